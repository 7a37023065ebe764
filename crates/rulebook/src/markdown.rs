//! The little of Markdown that pages need: lines of text, and code fences with their content.

use std::ops::Range;

use crate::section::Heading;

/// A line of text or a whole fence.
pub(crate) struct Block<'t> {
    /// The line it begins on.
    pub(crate) line: u32,
    /// The bytes it covers, line feeds included.
    pub(crate) span: Range<usize>,
    pub(crate) content: Content<'t>,
}

pub(crate) enum Content<'t> {
    Text(&'t str),
    Fence(Fence<'t>),
}

/// A code fence.
#[derive(Clone, Copy)]
pub(crate) struct Fence<'t> {
    /// What follows the opening backticks.
    pub(crate) info: &'t str,
    /// The lines between the opening and the closing line.
    pub(crate) text: &'t str,
}

impl Block<'_> {
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self.content, Content::Text(text) if text.trim().is_empty())
    }
}

/// The blocks of a text that begins on line `first`, and the lines of fences that are not closed.
///
/// A fence ends early where a fence with a language or one of the page's own headings begins: both are signs of a
/// forgotten closing line, and reading on there keeps one mistake from hiding all that follows.
pub(crate) fn blocks(text: &str, first: u32) -> (Vec<Block<'_>>, Vec<u32>) {
    let mut blocks = Vec::new();
    let mut unclosed = Vec::new();
    let mut open: Option<OpenFence> = None;
    let mut offset = 0;
    for (number, raw) in (first..).zip(text.split_inclusive('\n')) {
        let span = offset..offset + raw.len();
        offset = span.end;
        let line = raw.trim_end();
        if let Some(fence) = open.take() {
            if fence.is_closed_by(line) {
                blocks.push(fence.close(text, span.start, span.end));
                continue;
            }
            if !fence.is_cut_by(line) {
                open = Some(fence);
                continue;
            }
            unclosed.push(fence.line);
            blocks.push(fence.close(text, span.start, span.start));
        }
        match Delimiter::of(line) {
            Some(delimiter) => open = Some(OpenFence { line: number, delimiter, span }),
            None => blocks.push(Block { line: number, span, content: Content::Text(line) }),
        }
    }
    if let Some(fence) = open {
        unclosed.push(fence.line);
        blocks.push(fence.close(text, offset, offset));
    }
    (blocks, unclosed)
}

/// A line of at least three backticks or tildes.
struct Delimiter<'t> {
    symbol: char,
    length: usize,
    info: &'t str,
}

impl<'t> Delimiter<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let shown = line.trim_start_matches(' ');
        let symbol = shown.chars().next().filter(|symbol| matches!(symbol, '`' | '~'))?;
        let info = shown.trim_start_matches(symbol);
        let length = shown.len() - info.len();
        // Four spaces make an indented code block, and backticks that close on the same line make code in a sentence.
        let is_fence = line.len() - shown.len() < 4 && length >= 3 && !info.contains('`');
        is_fence.then(|| Self { symbol, length, info: info.trim() })
    }
}

/// A fence whose closing line is still to come.
struct OpenFence<'t> {
    line: u32,
    delimiter: Delimiter<'t>,
    /// The opening line.
    span: Range<usize>,
}

impl<'t> OpenFence<'t> {
    fn is_closed_by(&self, line: &str) -> bool {
        self.matching(line).is_some_and(|delimiter| delimiter.info.is_empty())
    }

    fn is_cut_by(&self, line: &str) -> bool {
        Heading::of_line(line).is_some() || self.matching(line).is_some_and(|delimiter| !delimiter.info.is_empty())
    }

    fn matching<'l>(&self, line: &'l str) -> Option<Delimiter<'l>> {
        let Delimiter { symbol, length, .. } = self.delimiter;
        Delimiter::of(line).filter(|other| other.symbol == symbol && other.length >= length)
    }

    /// The fence whose text ends at `text_end` and which itself, closing line included, ends at `end`.
    fn close(self, text: &'t str, text_end: usize, end: usize) -> Block<'t> {
        let fence = Fence { info: self.delimiter.info, text: &text[self.span.end..text_end] };
        Block { line: self.line, span: self.span.start..end, content: Content::Fence(fence) }
    }
}
