//! What is behind a syntax error, where the text gives it away: a parser only knows where it lost track.

use backlint_source::Span;

/// A mistake that explains a syntax error.
pub(super) enum Cause {
    /// A line with the marker of a conflict.
    Conflict(Span),
    /// A bracket that nothing closes.
    Unclosed(Span),
    /// The start of a line that is indented otherwise than the lines before allow.
    Indent(Span),
    /// A clause of a statement that does not stand before it: its `if` was taken out.
    Orphan(Span),
    /// A brace of an f-string that has no other half.
    LoneBrace(Span),
}

impl Cause {
    /// A cause of the error that a parser found at `found`.
    pub(super) fn find(text: &str, found: u32) -> Option<Self> {
        let found = found as usize;
        conflict(text)
            .map(Self::Conflict)
            .or_else(|| unclosed(text).map(Self::Unclosed))
            .or_else(|| misplaced_line(text, found).map(Self::Indent))
            .or_else(|| orphan(text).map(Self::Orphan))
            .or_else(|| lone_brace(text, found).map(Self::LoneBrace))
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

/// The first line before `found` that stands further in or out than it may.
fn misplaced_line(text: &str, found: usize) -> Option<Span> {
    let mut rest = Scanner { text: text.as_bytes(), at: 0 };
    let mut indents = vec![0];
    let mut is_block_due = false;
    while let Some(line) = rest.next_line() {
        if line.start >= found {
            return None;
        }
        let innermost = indents.last().copied().unwrap_or_default();
        if line.indent < innermost {
            indents.retain(|&indent| indent <= line.indent);
        }
        let is_known = indents.last() == Some(&line.indent);
        if is_block_due != (line.indent > innermost) || !is_block_due && !is_known {
            return Some(span_at(line.start, 1));
        }
        if is_block_due {
            indents.push(line.indent);
        }
        is_block_due = rest.pass_line().ok()? == Some(b':');
    }
    None
}

/// The first `elif`, `else`, `except` or `finally` with no statement in front that could have one.
fn orphan(text: &str) -> Option<Span> {
    let mut rest = Scanner { text: text.as_bytes(), at: 0 };
    // The first words of the last statements around, each with how far in it stands.
    let mut before: Vec<(usize, &str)> = Vec::new();
    while let Some(line) = rest.next_line() {
        let word = first_word(&text[line.start..]);
        before.retain(|&(indent, _)| indent <= line.indent);
        let previous = before.pop_if(|(indent, _)| *indent == line.indent).map(|(_, word)| word);
        let owners = owners_of(word);
        if !owners.is_empty() && !previous.is_some_and(|previous| owners.contains(&previous)) {
            return Some(span_at(line.start, word.len()));
        }
        before.push((line.indent, word));
        rest.pass_line().ok()?;
    }
    None
}

/// The first words of the clauses that one with this first word may follow; none for what is no such clause.
fn owners_of(word: &str) -> &'static [&'static str] {
    match word {
        "elif" => &["if", "elif"],
        "else" => &["if", "elif", "for", "while", "async", "except"],
        "except" => &["try", "except"],
        "finally" => &["try", "except", "else"],
        _ => &[],
    }
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The brace in the f-string around `found` that has no other half.
fn lone_brace(text: &str, found: usize) -> Option<Span> {
    let bytes = text.as_bytes();
    let mut rest = Scanner { text: bytes, at: 0 };
    while let Some(&byte) = bytes.get(rest.at) {
        let at = rest.at;
        match byte {
            b'#' => rest.pass_comment(),
            b'"' | b'\'' => {
                rest.at += 1;
                rest.skip_string(at, byte).ok()?;
                let prefix = text[..at].trim_end_matches(['f', 'F', 'r', 'R', 'b', 'B', 't', 'T']).len();
                if (prefix..rest.at).contains(&found) {
                    let is_formatted = text[prefix..at].contains(['f', 'F']);
                    return is_formatted.then(|| brace_in(bytes, at, rest.at)).flatten();
                }
            }
            _ => rest.at += 1,
        }
    }
    None
}

/// The first brace between these places that is neither doubled nor one of a pair.
fn brace_in(bytes: &[u8], start: usize, end: usize) -> Option<Span> {
    let mut at = start;
    while at < end {
        let byte = *bytes.get(at)?;
        match byte {
            b'{' | b'}' if bytes.get(at + 1) == Some(&byte) => at += 2,
            b'{' => match field_end(bytes, at, end) {
                Some(close) => at = close + 1,
                None => return Some(span_at(at, 1)),
            },
            b'}' => return Some(span_at(at, 1)),
            _ => at += 1,
        }
    }
    None
}

/// Where the field that opens at `open` closes. It may hold further braces: a dict, or fields in its format.
fn field_end(bytes: &[u8], open: usize, end: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    for at in open..end {
        let byte = *bytes.get(at)?;
        match byte {
            _ if quote.is_some() => quote = quote.filter(|&other| other != byte),
            b'"' | b'\'' => quote = Some(byte),
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn is_pair(opening: u8, closing: u8) -> bool {
    matches!((opening, closing), (b'(', b')') | (b'[', b']') | (b'{', b'}'))
}

fn span_at(start: usize, len: usize) -> Span {
    let fits = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(fits(start), fits(start + len))
}

/// A string that does not end, or a bracket that nothing opened: nothing behind it can be trusted.
struct Unterminated;

/// Steps over strings and comments.
struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
}

/// The first character of a line with code, and how far in it stands.
struct LineStart {
    start: usize,
    indent: usize,
}

impl Scanner<'_> {
    /// The next byte outside strings and comments; none at the end.
    fn next_code_byte(&mut self) -> Result<Option<(usize, u8)>, Unterminated> {
        loop {
            let Some(&byte) = self.text.get(self.at) else { return Ok(None) };
            let at = self.at;
            match byte {
                b'#' => self.pass_comment(),
                b'"' | b'\'' => self.skip_string(at, byte)?,
                _ => {
                    self.at += 1;
                    return Ok(Some((at, byte)));
                }
            }
        }
    }

    fn pass_comment(&mut self) {
        self.at += self.text[self.at..].iter().take_while(|&&byte| byte != b'\n').count();
    }

    /// Goes to the next line that holds more than blanks and a comment.
    fn next_line(&mut self) -> Option<LineStart> {
        const TAB: usize = 8;
        let mut indent = 0;
        loop {
            match *self.text.get(self.at)? {
                b' ' => indent += 1,
                b'\t' => indent = (indent / TAB + 1) * TAB,
                b'\n' | b'\r' | b'\x0c' => indent = 0,
                b'#' => {
                    self.pass_comment();
                    continue;
                }
                _ => return Some(LineStart { start: self.at, indent }),
            }
            self.at += 1;
        }
    }

    /// Goes to the end of the line, which brackets and backslashes make longer; its last byte that is no blank.
    fn pass_line(&mut self) -> Result<Option<u8>, Unterminated> {
        let mut depth = 0_usize;
        let mut last = None;
        while let Some(&byte) = self.text.get(self.at) {
            let at = self.at;
            match byte {
                b'#' => {
                    self.pass_comment();
                    continue;
                }
                b'"' | b'\'' => {
                    self.skip_string(at, byte)?;
                    last = Some(byte);
                    continue;
                }
                // The end of the line behind it does not count.
                b'\\' => self.at += usize::from(self.text.get(at + 1) == Some(&b'\r')) + 1,
                b'\n' if depth == 0 => break,
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.checked_sub(1).ok_or(Unterminated)?,
                _ => {}
            }
            self.at += 1;
            last = if byte.is_ascii_whitespace() { last } else { Some(byte) };
        }
        Ok(last)
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
