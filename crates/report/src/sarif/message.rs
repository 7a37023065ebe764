//! Texts for SARIF: nothing in them acts, and none is longer than code scanning takes.

use crate::escape::visible;

/// Characters of a description that code scanning takes.
const DESCRIPTION_LIMIT: usize = 1024;

/// A text from a finding. Brackets would begin a link in a SARIF message, so they are escaped as the standard says, and
/// so are the backslashes before them, which would undo that.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut backslashes = 0;
    for c in visible(text).chars() {
        if matches!(c, '[' | ']') {
            escaped.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        escaped.push(c);
    }
    escaped
}

/// A link to the related location with this id.
pub(super) fn link(text: &str, id: usize) -> String {
    format!("[{}]({id})", plain(text))
}

/// A sentence with its final period.
pub(super) fn sentence(text: &str) -> String {
    let text = visible(text);
    if text.ends_with(['.', '!', '?']) { text.into_owned() } else { format!("{text}.") }
}

/// Prose cut to the length of a description, on one line per paragraph line.
pub(super) fn description(text: &str) -> String {
    cut(text.trim(), DESCRIPTION_LIMIT)
}

/// `text` with at most `limit` characters.
pub(super) fn cut(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    text.chars().take(limit - 1).chain(['…']).collect()
}
