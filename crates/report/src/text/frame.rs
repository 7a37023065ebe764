//! The few source lines around some places, cut and escaped for a terminal, in the form miette prints.

use std::collections::{BTreeMap, BTreeSet};

use backlint_source::{LineColumn, SourceFile, Span};
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::secrets::masked;
use crate::escape::{visible, visible_code};

/// Lines shown before and after each place.
pub(super) const CONTEXT_LINES: usize = 1;
/// A place that covers more lines is marked at its first line only: the rest would bury the message.
const MOST_LINES: u32 = 6;
/// Characters kept before the first place of a line that is cut.
const LEAD: usize = 24;

/// Source lines as they are shown. Offsets are those of the shown text; [`Frame::mark`] translates to them.
pub(super) struct Frame<'a> {
    file: &'a SourceFile,
    secrets: &'a [Span],
    name: String,
    text: String,
    lines: Vec<Line>,
    /// Positions in the file of the places that were marked, by their offset here.
    starts: BTreeMap<usize, LineColumn>,
}

/// One shown line.
struct Line {
    /// Its 1-based number in the file.
    number: u32,
    /// The part of the file that is shown.
    kept: Span,
    /// Where the shown part begins in the text of the frame, behind the mark of a cut.
    content: usize,
    /// Where the line begins and where its line feed ends in the text of the frame.
    whole: std::ops::Range<usize>,
}

impl<'a> Frame<'a> {
    /// The lines that `spans` of `file` need, none shown with more than about `width` characters of source, and
    /// nothing shown of its `secrets`.
    pub(super) fn new(file: &'a SourceFile, secrets: &'a [Span], spans: &[Span], width: usize) -> Self {
        let name = visible(file.path()).into_owned();
        let mut frame = Self { file, secrets, name, text: String::new(), lines: Vec::new(), starts: BTreeMap::new() };
        for number in needed_lines(file, spans) {
            frame.push_line(number, spans, width);
        }
        frame
    }

    /// Where `span` is in the text of the frame. Parts that are not shown are clamped to what is.
    pub(super) fn mark(&mut self, span: Span) -> SourceSpan {
        let (first, last) = marked_lines(self.file, span);
        let start = self.offset(first, span.start);
        let end = self.offset(last, span.end).max(start);
        self.starts.entry(start).or_insert_with(|| self.file.position(span.start));
        (start, end - start).into()
    }

    fn push_line(&mut self, number: u32, spans: &[Span], width: usize) {
        let line = self.file.lines().line_span(self.file.text(), number);
        let anchor = spans.iter().filter(|span| self.file.line(span.start) == number).map(|span| span.start).min();
        let kept = window(self.file, line, anchor.unwrap_or(line.start), width);
        let start = self.text.len();
        if kept.start > line.start {
            self.text.push('…');
        }
        let content = self.text.len();
        self.text.push_str(&self.shown(kept));
        if kept.end < line.end {
            self.text.push('…');
        }
        self.text.push('\n');
        self.lines.push(Line { number, kept, content, whole: start..self.text.len() });
    }

    fn offset(&self, number: u32, source: u32) -> usize {
        let Ok(i) = self.lines.binary_search_by_key(&number, |line| line.number) else { return 0 };
        let line = &self.lines[i];
        let until = source.clamp(line.kept.start, line.kept.end);
        line.content + self.shown(Span::new(line.kept.start, until)).len()
    }

    /// The text of a part of one line as it is shown. Character by character, so that the length of a beginning is the
    /// offset of what follows it.
    fn shown(&self, part: Span) -> String {
        visible_code(&masked(self.file, part, self.secrets)).into_owned()
    }

    /// Index of the shown line that holds `offset`; the last one for the end of the text.
    fn line_at(&self, offset: usize) -> Option<usize> {
        let i = self.lines.partition_point(|line| line.whole.end <= offset);
        (!self.lines.is_empty()).then(|| i.min(self.lines.len() - 1))
    }

    /// Whether no line is left out between two shown ones.
    fn is_gapless(&self, first: usize, last: usize) -> bool {
        (self.lines[last].number - self.lines[first].number) as usize == last - first
    }
}

impl SourceCode for Frame<'_> {
    fn read_span<'s>(
        &'s self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'s> + 's>, MietteError> {
        let end = span.offset() + span.len();
        let first = self.line_at(span.offset()).ok_or(MietteError::OutOfBounds)?;
        let last = self.line_at(end.saturating_sub(1).max(span.offset())).ok_or(MietteError::OutOfBounds)?;
        // Refusing to read across a gap makes miette print two frames instead of one with a hole in its numbers.
        if end > self.text.len() || !self.is_gapless(first, last) {
            return Err(MietteError::OutOfBounds);
        }
        let from = (first.saturating_sub(lines_before)..=first).find(|&i| self.is_gapless(i, first)).unwrap_or(first);
        let furthest = (last + lines_after).min(self.lines.len() - 1);
        let to = (last..=furthest).rev().find(|&i| self.is_gapless(last, i)).unwrap_or(last);
        let shown = self.lines[from].whole.start..self.lines[to].whole.end;
        let start = self.starts.get(&span.offset());
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            &self.text.as_bytes()[shown.clone()],
            (shown.start, shown.len()).into(),
            self.lines[from].number as usize - 1,
            // miette asks for the column of a place by reading it without context.
            if lines_before == 0 { start.map_or(0, |start| start.column as usize - 1) } else { 0 },
            to - from + 1,
        )))
    }
}

/// Numbers of the lines to show: those of the places and their context.
fn needed_lines(file: &SourceFile, spans: &[Span]) -> BTreeSet<u32> {
    let context = u32::try_from(CONTEXT_LINES).unwrap_or(u32::MAX);
    let mut lines = BTreeSet::new();
    for &span in spans {
        let (first, last) = marked_lines(file, span);
        let end = last.saturating_add(context).min(file.line_count().max(last));
        lines.extend(first.saturating_sub(context).max(1)..=end);
    }
    lines
}

/// First and last line that are marked for `span`.
fn marked_lines(file: &SourceFile, span: Span) -> (u32, u32) {
    let first = file.line(span.start);
    let last = file.line(span.end.saturating_sub(1).max(span.start));
    if last - first < MOST_LINES { (first, last) } else { (first, first) }
}

/// The part of `line` to show when it may have `width` characters: all of it, or a window that begins shortly
/// before `anchor`.
fn window(file: &SourceFile, line: Span, anchor: u32, width: usize) -> Span {
    let text = file.slice(line);
    if text.chars().nth(width).is_none() {
        return line;
    }
    let at = (anchor.saturating_sub(line.start) as usize).min(text.len());
    let before = text.get(..at).unwrap_or("");
    let start = before.char_indices().rev().nth(LEAD - 1).map_or(0, |(i, _)| i);
    let rest = &text[start..];
    let length = rest.char_indices().nth(width).map_or(rest.len(), |(i, _)| i);
    let offset = |bytes: usize| line.start + u32::try_from(bytes).unwrap_or(u32::MAX);
    Span::new(offset(start), offset(start + length))
}
