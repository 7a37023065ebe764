//! Rewrites, byte for byte, what the grammar is known to misread, so that offsets stay what they are.

use std::borrow::Cow;

/// `text` as tree-sitter is to see it; names and strings are taken from the original.
pub(crate) fn mended(text: &str) -> Cow<'_, [u8]> {
    let mut bytes = Cow::Borrowed(text.as_bytes());
    // A lone carriage return ends a line for Python but not for the grammar.
    for (at, _) in text.match_indices('\r') {
        if text.as_bytes().get(at + 1) != Some(&b'\n') {
            bytes.to_mut()[at] = b'\n';
        }
    }
    // `type(x).y = z` is read as the definition of an alias.
    for (at, word) in text.match_indices("type") {
        if starts_statement(&text[..at]) && text[at + word.len()..].trim_start_matches(BLANKS).starts_with('(') {
            bytes.to_mut()[at] = b'T';
        }
    }
    bytes
}

/// Makes of each `:=` a format that starts with another letter than `=`.
pub(crate) fn without_walruses(bytes: &mut Cow<'_, [u8]>, walruses: &[usize]) {
    for &at in walruses {
        bytes.to_mut()[at + 1] = b'~';
    }
}

const BLANKS: [char; 3] = [' ', '\t', '\x0c'];

fn starts_statement(before: &str) -> bool {
    let before = before.trim_end_matches(BLANKS);
    before.is_empty() || before.ends_with(['\n', '\r', ';', ':'])
}
