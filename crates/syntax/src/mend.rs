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
    // The grammar knows no defaults of type parameters (PEP 696); a second bound it does know.
    for at in type_param_defaults(text) {
        bytes.to_mut()[at] = b':';
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

/// The equals signs between the brackets of `class C[T = int]`, also behind `def f` and `type A`.
fn type_param_defaults(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut done = 0;
    for open in memchr_iter(b'[', text.as_bytes()) {
        if open < done || !follows_defined_name(&text[..open]) {
            continue;
        }
        let (signs, end) = signs_in_brackets(text.as_bytes(), open);
        found.extend(signs);
        done = end;
    }
    found
}

/// Whether `before` ends in `class C`, `def f` or `type A`.
fn follows_defined_name(before: &str) -> bool {
    let before = before.trim_end_matches(BLANKS);
    let head = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
    let keyword = head.trim_end_matches(BLANKS);
    head.len() < before.len()
        && keyword.len() < head.len()
        && ["class", "def", TYPE].iter().any(|word| {
            keyword.strip_suffix(word).is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
}

/// The equals signs directly between the brackets that open at `open`, and where they close; none if they never do.
fn signs_in_brackets(bytes: &[u8], open: usize) -> (Vec<usize>, usize) {
    let mut signs = Vec::new();
    let mut depth = 0;
    // The byte that ends the string or comment being passed.
    let mut until = None;
    for (at, &byte) in bytes.iter().enumerate().skip(open) {
        if let Some(end) = until {
            until = until.filter(|_| byte != end);
            continue;
        }
        match byte {
            b'\'' | b'"' => until = Some(byte),
            b'#' => until = Some(b'\n'),
            b'[' | b'(' | b'{' => depth += 1,
            b']' | b')' | b'}' => depth -= 1,
            b'=' if depth == 1 && bytes.get(at + 1) != Some(&b'=') => signs.push(at),
            _ => {}
        }
        if depth == 0 {
            return (signs, at);
        }
    }
    (Vec::new(), bytes.len())
}
