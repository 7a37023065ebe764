//! Places as people count them: path, line, column.

use backlint_finding::Note;
use backlint_source::{LineColumn, Location, SourceFile, Sources, Span};
use serde::Serialize;

/// A range of positions; the end is the position behind the last character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Range {
    /// Position of the first character.
    pub(crate) start: LineColumn,
    /// Position behind the last character.
    pub(crate) end: LineColumn,
}

/// A range in a file.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Place<'a> {
    /// The file as reports show it.
    pub(crate) path: &'a str,
    /// Where in it.
    pub(crate) range: Range,
}

impl<'a> Place<'a> {
    /// The place of `at`.
    pub(crate) fn of(sources: &'a Sources, at: Location) -> Self {
        let file = sources.file(at.file);
        let span = tight(file, at.span);
        let range = Range { start: file.position(span.start), end: file.position(span.end) };
        Self { path: file.path(), range }
    }
}

/// A place and what it has to do with the finding.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct NotedPlace<'a> {
    /// Where.
    #[serde(flatten)]
    pub(crate) place: Place<'a>,
    /// Why a reader should look there.
    pub(crate) message: &'a str,
}

impl<'a> NotedPlace<'a> {
    /// The place of `note`.
    pub(crate) fn of(sources: &'a Sources, note: &'a Note) -> Self {
        Self { place: Place::of(sources, note.at), message: &note.message }
    }
}

/// `span` without white space at its end and inside its text: a range that reaches into the next line would make
/// code hosts look at a line that has nothing to do with the finding.
pub(crate) fn tight(file: &SourceFile, span: Span) -> Span {
    let length = u32::try_from(file.slice(span).trim_end().len()).unwrap_or(u32::MAX);
    let end_of_text = u32::try_from(file.text().len()).unwrap_or(u32::MAX);
    let start = span.start.min(end_of_text);
    Span::new(start, start.saturating_add(length))
}
