//! Environment files: `KEY=value`, one a line.

use super::{Word, lines, span, trimmed, unquoted};

/// A variable that a file sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub key: Word,
    /// Its value.
    pub value: Word,
}

/// The variables of an environment file. Lines that set nothing are passed over.
pub fn assignments(text: &str) -> Vec<Assignment> {
    lines(text).filter_map(|(start, line)| assignment(line, start)).collect()
}

/// The variable that `KEY=value` at byte `start` sets.
pub fn assignment(text: &str, start: usize) -> Option<Assignment> {
    let (key, value) = text.split_once('=')?;
    let value_at = start + key.len() + 1;
    let content = key.trim_start();
    let content = content.strip_prefix("export ").unwrap_or(content);
    let key = trimmed(start + key.len() - content.len(), content);
    is_variable(&key.text).then(|| Assignment { key, value: value_word(value, value_at) })
}

/// Whether a text can name a variable.
pub fn is_variable(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
}

fn value_word(value: &str, start: usize) -> Word {
    let content = value.trim_start();
    let at = start + value.len() - content.len();
    if let Some(quote) = content.chars().next().filter(|c| matches!(c, '"' | '\''))
        && let Some(end) = content[1..].find(quote)
    {
        return Word { text: content[1..=end].to_owned(), span: span(at, at + end + 2) };
    }
    // A comment starts behind a blank; `a#b` is a value.
    let end = if content.starts_with('#') { 0 } else { content.find(" #").unwrap_or(content.len()) };
    unquoted(at, &content[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_at_quotes_and_comments() {
        let text = "# head\nexport A = 'x # y' # z\nB=a#b # c\n\nC=\nnot a line\nD=\"q\nE=#gone\n";
        let found: Vec<_> = assignments(text).into_iter().map(|a| (a.key.text, a.value.text)).collect();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(found, [pair("A", "x # y"), pair("B", "a#b"), pair("C", ""), pair("D", "\"q"), pair("E", "")]);
    }

    #[test]
    fn places_are_exact() {
        let text = "  export KEY=\"va lue\"\n";
        let [found] = &assignments(text)[..] else { panic!("one") };
        assert_eq!(found.key.span.of(text), "KEY");
        assert_eq!(found.value.span.of(text), "\"va lue\"");
    }
}
