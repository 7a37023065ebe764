//! Rewrites, byte for byte, what the grammar is known to misread, so that offsets stay what they are.

use std::borrow::Cow;

use memchr::memchr_iter;
use memchr::memmem::find_iter;

/// `text` as tree-sitter is to see it; names and strings are taken from the original.
pub(crate) fn mended(text: &str) -> Cow<'_, [u8]> {
    let mut bytes = Cow::Borrowed(text.as_bytes());
    // A lone carriage return ends a line for Python but not for the grammar.
    for at in memchr_iter(b'\r', text.as_bytes()) {
        if text.as_bytes().get(at + 1) != Some(&b'\n') {
            bytes.to_mut()[at] = b'\n';
        }
    }
    // `type(x).y = z` and `type[x] = y` are read as definitions of aliases.
    for at in find_iter(text.as_bytes(), TYPE) {
        let after = text[at + TYPE.len()..].trim_start_matches(BLANKS);
        if after.starts_with(['(', '[']) && starts_statement(&text[..at]) {
            bytes.to_mut()[at] = b'T';
        }
    }
    // A star without brackets around is read in front of names only; a sign may stand in front of more.
    for at in memchr_iter(b'*', text.as_bytes()) {
        if opens_item(&text[..at]) && is_no_name(&text[at + 1..]) {
            bytes.to_mut()[at] = b'~';
        }
    }
    bytes
}

const TYPE: &str = "type";

const BLANKS: [char; 3] = [' ', '\t', '\x0c'];

fn starts_statement(before: &str) -> bool {
    let before = before.trim_end_matches(BLANKS);
    before.is_empty() || before.ends_with(['\n', '\r', ';', ':'])
}

/// Whether a star behind `before` cannot be a multiplication.
fn opens_item(before: &str) -> bool {
    let before = before.trim_ascii_end();
    let word = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next();
    before.ends_with([',', '=', '(', '[', '{']) || matches!(word, Some("return" | "yield" | "in"))
}

/// Whether an operand follows that is neither a name nor what a parameter list may have behind a star.
fn is_no_name(after: &str) -> bool {
    let after = after.trim_ascii_start();
    let length = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
    let (word, rest) = after.split_at(length);
    match word {
        "" => rest.starts_with(['(', '[', '{', '\'', '"', '-', '+', '~', '.']),
        "True" | "False" | "None" | "await" => true,
        _ => word.starts_with(|c: char| c.is_ascii_digit()) || rest.starts_with(['\'', '"']),
    }
}
