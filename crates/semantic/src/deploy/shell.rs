//! Shell text: its commands and their words.

use super::{Word, span};

/// One simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its words: assignments before it, its name, its arguments.
    pub words: Vec<Word>,
}

/// The commands of a text that stands at byte `base` of its file, in their order: split at `;`, `&`, `|`, parentheses
/// and line ends, quotes and comments heeded. What is substituted stays as written.
pub fn commands(text: &str, base: usize) -> Vec<Command> {
    let mut splitter = Splitter { text, base, done: Vec::new(), current: Command::default(), word: None };
    splitter.run();
    splitter.done
}

/// The words of a text that is one command, such as the shell form of `CMD`, through all its operators.
pub fn words(text: &str, base: usize) -> Vec<Word> {
    commands(text, base).into_iter().flat_map(|command| command.words).collect()
}

struct Splitter<'t> {
    text: &'t str,
    base: usize,
    done: Vec<Command>,
    current: Command,
    /// The word that is being read, and where it began.
    word: Option<(usize, String)>,
}

impl Splitter<'_> {
    fn run(&mut self) {
        let mut chars = self.text.char_indices().peekable();
        let mut quote = None;
        // Inside `${…}` and `$(…)` blanks and operators are part of the word.
        let mut nesting = 0_u32;
        let mut previous = ' ';
        while let Some((at, c)) = chars.next() {
            let is_before_word = self.word.is_none();
            match (quote, c) {
                (Some(open), _) if c == open => quote = None,
                (Some('\''), _) => self.push(at, c),
                (Some(_), _) if c != '\\' => self.push(at, c),
                // Between double quotes only few characters are escaped; before others it is a character itself.
                (Some(_), _) if chars.peek().is_some_and(|&(_, next)| !"$`\"\\\n\r".contains(next)) => self.push(at, c),
                (_, '\\') => match chars.next() {
                    Some((_, '\n')) | None => {}
                    Some((_, '\r')) => {
                        chars.next_if(|&(_, next)| next == '\n');
                    }
                    Some((_, escaped)) => self.push(at, escaped),
                },
                (None, '"' | '\'') => {
                    quote = Some(c);
                    self.word.get_or_insert_with(|| (at, String::new()));
                }
                (None, '{' | '(') if previous == '$' => {
                    nesting += 1;
                    self.push(at, c);
                }
                (None, '}' | ')') if nesting > 0 => {
                    nesting -= 1;
                    self.push(at, c);
                }
                (None, _) if nesting > 0 => self.push(at, c),
                (None, '#') if is_before_word => while chars.next_if(|&(_, next)| next != '\n').is_some() {},
                (None, ';' | '&' | '|' | '\n' | '(' | ')' | '`') => {
                    // `2>&1` is a redirection.
                    if c == '&' && previous == '>' { self.push(at, c) } else { self.end_command(at) }
                }
                (None, c) if c.is_whitespace() => self.end_word(at),
                (_, c) => self.push(at, c),
            }
            previous = c;
        }
        self.end_command(self.text.len());
    }

    fn push(&mut self, at: usize, c: char) {
        self.word.get_or_insert_with(|| (at, String::new())).1.push(c);
    }

    fn end_word(&mut self, end: usize) {
        if let Some((start, text)) = self.word.take() {
            self.current.words.push(Word { text, span: span(self.base + start, self.base + end) });
        }
    }

    fn end_command(&mut self, end: usize) {
        self.end_word(end);
        if !self.current.words.is_empty() {
            self.done.push(std::mem::take(&mut self.current));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<Vec<String>> {
        commands(text, 0).into_iter().map(|c| c.words.into_iter().map(|word| word.text).collect()).collect()
    }

    #[test]
    fn between_double_quotes_few_characters_are_escaped() {
        assert_eq!(texts(r#"sed "s/\r$//" "a\"b\\c\$d" \r"#), [["sed", r"s/\r$//", "a\"b\\c$d", "r"]]);
    }

    #[test]
    fn operators_and_line_ends_split_commands() {
        assert_eq!(texts("a 1 && b 2; c | d\ne &"), [&["a", "1"][..], &["b", "2"], &["c"], &["d"], &["e"]]);
    }

    #[test]
    fn quotes_comments_and_continued_lines() {
        assert_eq!(
            texts("run \"a b\" 'c;d' e\\ f \\\n  g # not this\n# nor this\nh"),
            [&["run", "a b", "c;d", "e f", "g"][..], &["h"]]
        );
    }

    #[test]
    fn substitutions_stay_one_word() {
        assert_eq!(texts("x ${A:-b c} $(d | e) 2>&1"), [["x", "${A:-b c}", "$(d | e)", "2>&1"]]);
    }

    #[test]
    fn words_know_their_place() {
        let text = "exec  'a b'";
        let found = words(text, 3);
        assert_eq!((found[1].span.start, found[1].span.end), (9, 14));
    }
}
