//! String literals: prefixes, quotes and escape sequences.

/// The letters before the quotes of a string literal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each letter of a prefix is there or not, independent of the others")]
pub(crate) struct StringPrefix {
    pub(crate) is_raw: bool,
    pub(crate) is_bytes: bool,
    pub(crate) is_format: bool,
    pub(crate) is_template: bool,
}

/// A string literal taken apart.
pub(crate) struct Literal<'a> {
    pub(crate) prefix: StringPrefix,
    /// Between the quotes.
    pub(crate) content: &'a str,
    /// Number of quotes at the end.
    pub(crate) quote_width: usize,
    /// Python 2 had strings in backquotes.
    pub(crate) is_backquoted: bool,
}

impl<'a> Literal<'a> {
    /// Takes the source of a literal apart.
    pub(crate) fn of(source: &'a str) -> Self {
        let letters = source.bytes().take_while(u8::is_ascii_alphabetic).count();
        let mut prefix = StringPrefix::default();
        for letter in source.bytes().take(letters) {
            match letter.to_ascii_lowercase() {
                b'r' => prefix.is_raw = true,
                b'b' => prefix.is_bytes = true,
                b'f' => prefix.is_format = true,
                b't' => prefix.is_template = true,
                _ => {}
            }
        }
        let quoted = &source[letters..];
        let is_triple = quoted.starts_with("\"\"\"") || quoted.starts_with("'''");
        let width = if is_triple { 3 } else { 1 };
        let end = quoted.len().saturating_sub(width).max(width);
        Self {
            prefix,
            content: quoted.get(width..end).unwrap_or_default(),
            quote_width: width,
            is_backquoted: quoted.starts_with('`'),
        }
    }
}

impl StringPrefix {
    /// The prefix of text that is taken as it stands.
    pub(crate) const RAW: Self = Self { is_raw: true, is_bytes: false, is_format: false, is_template: false };

    /// Whether braces interpolate.
    pub(crate) fn is_interpolated(self) -> bool {
        self.is_format || self.is_template
    }

    /// Appends the value of `content` to `out`.
    pub(crate) fn decode(self, content: &str, has_carriage_returns: bool, out: &mut String) {
        if has_carriage_returns && content.contains('\r') {
            // Python reads source in universal-newlines mode.
            let normal = content.replace("\r\n", "\n").replace('\r', "\n");
            return self.decode(&normal, false, out);
        }
        if self.is_raw || !content.contains('\\') {
            out.push_str(content);
            return;
        }
        let mut rest = content;
        while let Some(at) = rest.find('\\') {
            out.push_str(&rest[..at]);
            rest = self.escape(&rest[at + 1..], out);
        }
        out.push_str(rest);
    }

    /// As [`decode`](Self::decode), for text in which doubled braces stand for single ones.
    pub(crate) fn decode_braces(self, content: &str, has_carriage_returns: bool, out: &mut String) {
        let mut rest = content;
        while let Some(at) = rest.find(['{', '}']) {
            let brace = &rest[at..=at];
            // `\N{NAME}` is an escape, not an interpolation.
            let named = brace == "{" && !self.is_raw && rest[..at].ends_with("\\N");
            let end = if named { rest[at..].find('}').map_or(rest.len(), |n| at + n + 1) } else { at + 1 };
            self.decode(&rest[..end], has_carriage_returns, out);
            rest = &rest[end..];
            if !named {
                rest = rest.strip_prefix(brace).unwrap_or(rest);
            }
        }
        self.decode(rest, has_carriage_returns, out);
    }

    /// Appends the value of the escape sequence behind a backslash and returns what follows it.
    fn escape<'a>(self, rest: &'a str, out: &mut String) -> &'a str {
        let Some(letter) = rest.chars().next() else {
            out.push('\\');
            return rest;
        };
        let after = &rest[letter.len_utf8()..];
        let simple = match letter {
            '\n' => return after,
            '\\' | '\'' | '"' => letter,
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            '0'..='7' => return octal(rest, self.is_bytes, out),
            'x' => return hex(rest, 2, out),
            'u' if !self.is_bytes => return hex(rest, 4, out),
            'U' if !self.is_bytes => return hex(rest, 8, out),
            'N' if !self.is_bytes && after.starts_with('{') => return named(after, out),
            other => {
                out.push('\\');
                other
            }
        };
        out.push(simple);
        after
    }
}

fn octal<'a>(rest: &'a str, is_bytes: bool, out: &mut String) -> &'a str {
    let digits = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
    let mut value = u32::from_str_radix(&rest[..digits], 8).unwrap_or(0);
    if is_bytes {
        value &= 0xFF;
    }
    push_code_point(value, out);
    &rest[digits..]
}

/// `x41`, `u0041` or `U00000041` at the head of `rest`.
fn hex<'a>(rest: &'a str, width: usize, out: &mut String) -> &'a str {
    if let Some(value) = rest.get(1..=width).and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
        push_code_point(value, out);
        return &rest[width + 1..];
    }
    out.push('\\');
    out.push_str(&rest[..1]);
    &rest[1..]
}

/// `{NAME}`: the table of character names is not part of the program, so the value is the replacement character.
fn named<'a>(rest: &'a str, out: &mut String) -> &'a str {
    out.push(char::REPLACEMENT_CHARACTER);
    rest.find('}').map_or("", |end| &rest[end + 1..])
}

/// A lone surrogate has no place in UTF-8 text and becomes the replacement character.
fn push_code_point(value: u32, out: &mut String) {
    out.push(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER));
}
