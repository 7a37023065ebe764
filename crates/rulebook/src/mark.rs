//! Marks: comments in example code that say which rule reports on which line.

use crate::text::is_code;

/// One expected finding, as a comment announces it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The 1-based line that is reported.
    pub line: u32,
    /// The rule's code as written, so that a misspelt one fails a comparison instead of vanishing.
    pub code: String,
}

/// The marks of a text, in its order.
///
/// `# finding: CODE` or `# finding: CODE1, CODE2` means its own line and may stand anywhere in it, after other
/// comments too. `# finding-below: CODE` means the next line, for places that take no comment. A list of codes ends at
/// the next `#`, at a closing `-->`, or with the line.
pub fn marks(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (line, comment) in comments(text) {
        let Some((codes, line)) = codes_and_line(comment, line) else { continue };
        let codes = codes.trim_end().trim_end_matches("-->");
        marks.extend(codes.split(',').map(|code| Mark { line, code: code.trim().to_owned() }));
    }
    marks
}

/// Comments that were meant as marks and are none, with their lines.
pub(crate) fn failed_marks(text: &str) -> impl Iterator<Item = (u32, &str)> {
    comments(text).filter(|&(line, comment)| codes_and_line(comment, line).is_none() && is_near_mark(comment))
}

/// What follows each `#`, with its line. Strings are not told from comments: no mark is worth hiding in one.
fn comments(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(text.lines()).flat_map(|(line, content)| content.split('#').skip(1).map(move |comment| (line, comment)))
}

fn codes_and_line(comment: &str, line: u32) -> Option<(&str, u32)> {
    let rest = comment.trim_start().strip_prefix("finding")?;
    match rest.strip_prefix("-below:") {
        Some(codes) => Some((codes, line + 1)),
        None => rest.strip_prefix(':').map(|codes| (codes, line)),
    }
}

fn is_near_mark(comment: &str) -> bool {
    let comment = comment.trim_start();
    let is_about_findings = comment.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("finding"));
    let mut words = comment.split(|c: char| !c.is_ascii_alphanumeric());
    is_about_findings && (comment.contains(':') || words.any(is_code))
}
