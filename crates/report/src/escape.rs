//! Makes characters visible that would act on a terminal or reorder what a reader sees.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character acts instead of being shown: controls (escape sequences begin with one), line separators,
/// and everything that changes the direction of text.
pub(crate) fn is_hazard(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` on one line, with every hazard written out as `\u{202e}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    escape(text, is_hazard)
}

/// A line of source code: like [`visible`], but tabs stay, because they are how code is indented.
pub(crate) fn visible_code(line: &str) -> Cow<'_, str> {
    escape(line, |c| is_hazard(c) && c != '\t')
}

fn escape(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_escaped(c) {
            // Writing to a `String` cannot fail.
            let _ = write!(escaped, "\\u{{{:x}}}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}
