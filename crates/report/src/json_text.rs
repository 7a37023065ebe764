//! Writes JSON whose raw bytes are as harmless as its values.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;

use crate::escape::is_hazard;

/// Writes `value` indented, with a final line feed.
pub(crate) fn write_pretty(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    write_escaped(serde_json::to_string_pretty(value)?, out)
}

/// Writes `value` on one line.
pub(crate) fn write_line(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    write_escaped(serde_json::to_string(value)?, out)
}

/// JSON leaves direction marks and the upper control characters as they are. They occur inside string literals only, so
/// writing them as `\u202e` keeps every value and makes the file safe to look at.
fn write_escaped(json: String, out: &mut dyn io::Write) -> io::Result<()> {
    let acts = |c: char| c != '\n' && is_hazard(c);
    let mut json = json;
    if json.contains(acts) {
        let mut escaped = String::with_capacity(json.len() + 64);
        for c in json.chars() {
            if acts(c) {
                // Writing to a `String` cannot fail.
                let _ = write!(escaped, "\\u{:04x}", u32::from(c));
            } else {
                escaped.push(c);
            }
        }
        json = escaped;
    }
    json.push('\n');
    out.write_all(json.as_bytes())
}
