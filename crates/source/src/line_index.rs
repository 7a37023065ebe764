//! Byte offsets to lines and columns.

use serde::{Deserialize, Serialize};

use crate::Span;

/// A position for people and reports: both numbers count from 1, columns in Unicode code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineColumn {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in code points.
    pub column: u32,
}

/// Where each line of one text starts. Lines end at LF, CR LF or a lone CR, as Python's tokenizer has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Indexes `text`.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = Vec::with_capacity(bytes.len() / 32 + 1);
        starts.push(0);
        for (i, &byte) in bytes.iter().enumerate() {
            let ends_line = byte == b'\n' || (byte == b'\r' && bytes.get(i + 1) != Some(&b'\n'));
            if ends_line {
                starts.push(offset_u32(i + 1));
            }
        }
        Self { starts }
    }

    /// Number of lines, counting a last line without line end but not an empty one behind the last line end.
    pub fn line_count(&self, text: &str) -> u32 {
        let lines = offset_u32(self.starts.len());
        if self.starts.last().is_some_and(|&last| last as usize == text.len()) { lines - 1 } else { lines }
    }

    /// The 1-based line of `offset`.
    pub fn line(&self, offset: u32) -> u32 {
        offset_u32(self.starts.partition_point(|&start| start <= offset))
    }

    /// Line and column of `offset` in `text`.
    pub fn position(&self, text: &str, offset: u32) -> LineColumn {
        let line = self.line(offset);
        let start = self.starts[line as usize - 1];
        let before = Span::new(start, offset).of(text);
        LineColumn { line, column: offset_u32(before.chars().count()) + 1 }
    }

    /// Offset of the first byte of the 1-based `line`; the end of the last known line when there is none.
    pub fn line_start(&self, line: u32) -> u32 {
        let i = (line.max(1) as usize - 1).min(self.starts.len() - 1);
        self.starts[i]
    }

    /// Span of the 1-based `line` without its line end.
    pub fn line_span(&self, text: &str, line: u32) -> Span {
        let start = self.line_start(line);
        let next = self.starts.get(line.max(1) as usize).map_or(text.len(), |&next| next as usize);
        let content = text.get(start as usize..next).unwrap_or("").trim_end_matches(['\n', '\r']);
        Span::new(start, start + offset_u32(content.len()))
    }
}

/// Texts above the size limit of discovery are never loaded, so every offset fits 32 bits.
fn offset_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
