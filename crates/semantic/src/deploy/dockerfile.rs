//! Dockerfiles: stages and their instructions.

use backlint_source::Span;

use super::dotenv::{Assignment, is_variable};
use super::{Word, lines, shell, span, trimmed};

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its keyword in upper case.
    pub keyword: String,
    /// What follows the keyword. It is as long as the source it comes from: continued lines are joined, and comments
    /// among them hidden, by blanks.
    pub arguments: String,
    /// Where the arguments stand.
    pub arguments_at: Span,
    /// Where the instruction stands.
    pub span: Span,
}

/// What stands from one `FROM` to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// `AS name`, in lower case.
    pub name: Option<String>,
    /// The image or the earlier stage it starts from.
    pub base: Word,
    /// Where its `FROM` stands.
    pub from: Span,
    /// What follows.
    pub instructions: Vec<Instruction>,
}

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// `ARG`s before the first stage.
    pub arguments: Vec<Instruction>,
    /// In their order.
    pub stages: Vec<Stage>,
}

impl Dockerfile {
    /// Reads a file. Nothing in one can keep the rest from being read.
    pub fn parse(text: &str) -> Self {
        let mut file = Self::default();
        for instruction in instructions(text) {
            if instruction.keyword == "FROM" {
                file.stages.extend(Stage::opened_by(&instruction));
            } else if let Some(stage) = file.stages.last_mut() {
                stage.instructions.push(instruction);
            } else {
                file.arguments.push(instruction);
            }
        }
        file
    }

    /// The stage that becomes the image, and those it starts from, the nearest first.
    pub fn lineage(&self, last: usize) -> Vec<&Stage> {
        let mut found = Vec::new();
        let mut next = self.stages.get(last).map(|_| last);
        while let Some(number) = next {
            let stage = &self.stages[number];
            found.push(stage);
            let base = stage.base.text.to_ascii_lowercase();
            // Only earlier stages can be started from, so this ends.
            next = self.stages[..number].iter().rposition(|earlier| earlier.name.as_deref() == Some(base.as_str()));
        }
        found
    }

    /// The last instruction with this keyword that the stage with this number is under.
    pub fn effective(&self, stage: usize, keyword: &str) -> Option<&Instruction> {
        self.lineage(stage).into_iter().find_map(|stage| stage.last(keyword))
    }
}

impl Stage {
    fn opened_by(from: &Instruction) -> Option<Self> {
        let words = shell::words(&from.arguments, from.arguments_at.start as usize);
        let mut words = words.into_iter().filter(|word| !word.text.starts_with("--"));
        let base = words.next()?;
        let is_named = words.next().is_some_and(|word| word.text.eq_ignore_ascii_case("as"));
        let name = words.next().filter(|_| is_named).map(|word| word.text.to_ascii_lowercase());
        Some(Self { name, base, from: from.span, instructions: Vec::new() })
    }

    /// The last instruction with this keyword.
    pub fn last(&self, keyword: &str) -> Option<&Instruction> {
        self.instructions.iter().rfind(|instruction| instruction.keyword == keyword)
    }
}

impl Instruction {
    /// The words of its arguments: those of the list in exec form, those of the shell text otherwise.
    pub fn words(&self) -> Vec<Word> {
        let start = self.arguments_at.start as usize;
        exec_form(&self.arguments, start).unwrap_or_else(|| shell::words(&self.arguments, start))
    }

    /// The variables that `ENV` or `ARG` sets; one without value is left out.
    pub fn variables(&self) -> Vec<Assignment> {
        let words = shell::words(&self.arguments, self.arguments_at.start as usize);
        let is_old_form = self.keyword == "ENV" && words.first().is_some_and(|word| !word.text.contains('='));
        if is_old_form {
            return self.old_form(&words).into_iter().collect();
        }
        words.iter().filter_map(assigned).collect()
    }

    /// `ENV KEY the whole rest`.
    fn old_form(&self, words: &[Word]) -> Option<Assignment> {
        let (key, second) = (words.first()?, words.get(1)?);
        let from = (second.span.start - self.arguments_at.start) as usize;
        let value = trimmed(second.span.start as usize, self.arguments.get(from..)?);
        is_variable(&key.text).then(|| Assignment { key: key.clone(), value })
    }
}

fn assigned(word: &Word) -> Option<Assignment> {
    let (key, value) = word.text.split_once('=')?;
    let behind = u32::try_from(key.len()).ok()? + 1;
    let key_at = Span::new(word.span.start, word.span.start + behind - 1);
    let value_at = Span::new(word.span.start + behind, word.span.end);
    is_variable(key).then(|| Assignment {
        key: Word { text: key.to_owned(), span: key_at },
        value: Word { text: value.to_owned(), span: value_at },
    })
}

/// `["a", "b"]` as words; none if it is anything else.
fn exec_form(text: &str, start: usize) -> Option<Vec<Word>> {
    let content = text.trim();
    let inner = content.strip_prefix('[')?.strip_suffix(']')?;
    let base = start + (text.len() - text.trim_start().len()) + 1;
    let mut words = Vec::new();
    let mut rest = inner;
    loop {
        let at = base + inner.len() - rest.len();
        let Some(open) = rest.find('"') else { break };
        let body = &rest[open + 1..];
        let close = closing_quote(body)?;
        let text = body[..close].replace("\\\"", "\"").replace("\\\\", "\\");
        words.push(Word { text, span: span(at + open, at + open + close + 2) });
        rest = &body[close + 1..];
    }
    (!words.is_empty()).then_some(words)
}

fn closing_quote(body: &str) -> Option<usize> {
    let mut is_escaped = false;
    body.char_indices().find_map(|(at, c)| {
        let closes = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        closes.then_some(at)
    })
}

fn instructions(text: &str) -> Vec<Instruction> {
    let mut found = Vec::new();
    let mut lines = lines(text);
    while let Some((start, line)) = lines.next() {
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let at = start + line.len() - content.len();
        let mut joined = String::from(content);
        let mut end = start + line.len();
        let mut is_open = hide_backslash(&mut joined);
        while is_open && let Some((next_start, next)) = lines.next() {
            blank(&mut joined, next_start - end);
            // Neither comments nor empty lines end what a backslash continued.
            if next.trim_start().starts_with('#') || next.trim().is_empty() {
                blank(&mut joined, next.len());
            } else {
                joined.push_str(next);
                is_open = hide_backslash(&mut joined);
            }
            end = next_start + next.len();
        }
        for tag in heredocs(&joined) {
            for (next_start, next) in lines.by_ref() {
                joined.push_str(&text[end..next_start]);
                joined.push_str(next);
                end = next_start + next.len();
                if next.trim() == tag {
                    break;
                }
            }
        }
        found.extend(instruction(&joined, at, end));
    }
    found
}

/// Puts a blank for the backslash that continues a line; whether there is one.
fn hide_backslash(joined: &mut String) -> bool {
    let content = joined.trim_end().len();
    let is_open = joined[..content].ends_with('\\');
    if is_open {
        joined.replace_range(content - 1..content, " ");
    }
    is_open
}

fn blank(joined: &mut String, bytes: usize) {
    joined.extend(std::iter::repeat_n(' ', bytes));
}

fn instruction(joined: &str, at: usize, end: usize) -> Option<Instruction> {
    let keyword_end = joined.find(char::is_whitespace)?;
    let keyword = joined[..keyword_end].to_ascii_uppercase();
    let arguments = joined[keyword_end..].trim_start();
    let arguments_start = at + joined.len() - arguments.len();
    let arguments = arguments.trim_end();
    let is_keyword = keyword.chars().all(|c| c.is_ascii_uppercase());
    is_keyword.then(|| Instruction {
        keyword,
        arguments: arguments.to_owned(),
        arguments_at: span(arguments_start, arguments_start + arguments.len()),
        span: span(at, end.min(at + joined.trim_end().len())),
    })
}

/// The tags of the here-documents that a `RUN` or `COPY` opens.
fn heredocs(joined: &str) -> Vec<String> {
    let upper = joined.get(..4).unwrap_or_default().to_ascii_uppercase();
    if !matches!(upper.as_str(), "RUN " | "COPY" | "ADD ") {
        return Vec::new();
    }
    let opened = joined.split("<<").skip(1).filter(|rest| !rest.starts_with('<'));
    let tags = opened.map(|rest| {
        let rest = rest.trim_start_matches(['-', '"', '\'']);
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>()
    });
    tags.filter(|tag| !tag.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_start_from_each_other() {
        let text = "ARG V=1\nFROM python:${V} AS base\nUSER app\nFROM base as Test\nCMD pytest\nFROM --platform=x base\n\
                    CMD [\"a\", \"b c\"]\n";
        let file = Dockerfile::parse(text);
        assert_eq!(file.stages.len(), 3);
        assert_eq!(file.stages[1].name.as_deref(), Some("test"));
        assert_eq!(file.effective(2, "USER").map(|user| user.arguments.as_str()), Some("app"));
        let command = file.effective(2, "CMD").expect("a command");
        assert_eq!(command.words().iter().map(|word| word.span.of(text)).collect::<Vec<_>>(), ["\"a\"", "\"b c\""]);
        assert!(file.effective(0, "CMD").is_none());
    }

    #[test]
    fn continued_lines_comments_and_places() {
        let text = "FROM x\r\nRUN a \\\r\n  # no\r\n  && b \\\r\n\r\n  --c\r\nENV A=1 \\\n  B=\"x y\"\nENV OLD some value\nCMD run --reload\n";
        let file = Dockerfile::parse(text);
        let stage = &file.stages[0];
        let words: Vec<_> = stage.instructions[0].words().into_iter().map(|word| word.span.of(text)).collect();
        assert_eq!(words, ["a", "b", "--c"]);
        let env: Vec<_> = stage.instructions[1..3].iter().flat_map(Instruction::variables).collect();
        let pairs: Vec<_> = env.iter().map(|a| (a.key.span.of(text), a.value.text.as_str())).collect();
        assert_eq!(pairs, [("A", "1"), ("B", "x y"), ("OLD", "some value")]);
        assert_eq!(stage.last("CMD").expect("a command").words()[1].span.of(text), "--reload");
    }

    #[test]
    fn here_documents_are_part_of_their_instruction() {
        let text = "FROM x\nRUN <<EOF\nFROM y\nUSER z\nEOF\nUSER app\n";
        let file = Dockerfile::parse(text);
        assert_eq!(file.stages.len(), 1);
        assert_eq!(file.stages[0].instructions.len(), 2);
    }
}
