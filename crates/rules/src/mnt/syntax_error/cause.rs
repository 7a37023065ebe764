//! What is behind a syntax error, where the text gives it away: a parser only knows where it lost track.

use backlint_source::Span;

/// A mistake that explains a syntax error.
pub(super) enum Cause {
    /// A line with the marker of a conflict.
    Conflict(Span),
    /// A bracket that nothing closes.
    Unclosed(Span),
}

impl Cause {
    /// A cause that is in a text which has an error.
    pub(super) fn find(text: &str) -> Option<Self> {
        conflict(text).map(Self::Conflict).or_else(|| unclosed(text).map(Self::Unclosed))
    }
}

fn conflict(text: &str) -> Option<Span> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("<<<<<<< ") {
            return Some(span_at(start, line.trim_end().len()));
        }
        start += line.len();
    }
    None
}

/// The outermost bracket that is still open when the text ends.
fn unclosed(text: &str) -> Option<Span> {
    let mut open: Vec<(usize, u8)> = Vec::new();
    let mut rest = Scanner { text: text.as_bytes(), at: 0 };
    while let Some((at, byte)) = rest.next_code_byte().ok()? {
        match byte {
            b'(' | b'[' | b'{' => open.push((at, byte)),
            b')' | b']' | b'}' => {
                let (_, opening) = open.pop()?;
                if !is_pair(opening, byte) {
                    return None;
                }
            }
            _ => {}
        }
    }
    open.first().map(|&(at, _)| span_at(at, 1))
}

fn is_pair(opening: u8, closing: u8) -> bool {
    matches!((opening, closing), (b'(', b')') | (b'[', b']') | (b'{', b'}'))
}

fn span_at(start: usize, len: usize) -> Span {
    let fits = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(fits(start), fits(start + len))
}

/// A string that does not end: nothing behind its start can be trusted.
struct Unterminated;

/// Steps over strings and comments.
struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
}

impl Scanner<'_> {
    /// The next byte outside strings and comments; none at the end.
    fn next_code_byte(&mut self) -> Result<Option<(usize, u8)>, Unterminated> {
        loop {
            let Some(&byte) = self.text.get(self.at) else { return Ok(None) };
            let at = self.at;
            self.at += 1;
            match byte {
                b'#' => self.at += self.text[at..].iter().take_while(|&&b| b != b'\n').count() - 1,
                b'"' | b'\'' => self.skip_string(at, byte)?,
                _ => return Ok(Some((at, byte))),
            }
        }
    }

    fn skip_string(&mut self, start: usize, quote: u8) -> Result<(), Unterminated> {
        let triple = [quote; 3];
        let is_triple = self.text[start..].starts_with(&triple);
        let end: &[u8] = if is_triple { &triple } else { &triple[..1] };
        self.at = start + end.len();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            match *rest.first().ok_or(Unterminated)? {
                b'\\' => self.at += 2,
                b'\n' if !is_triple => return Err(Unterminated),
                _ if rest.starts_with(end) => {
                    self.at += end.len();
                    return Ok(());
                }
                _ => self.at += 1,
            }
        }
    }
}
