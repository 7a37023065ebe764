//! The hash by which code scanning recognises a line after the file around it has changed.
//!
//! The uploading action computes the same value and warns about every result that carries another one, so this follows
//! its algorithm exactly: a rolling hash over the 100 UTF-16 code units from the start of each line, blanks left out.

use std::collections::HashMap;

/// Code units in the window.
const WINDOW: usize = 100;
/// Multiplier of the rolling hash.
const FACTOR: u64 = 37;
/// Stands behind the last character of a text.
const END_OF_TEXT: u16 = 65535;

const BLANKS: [u16; 2] = [b' ' as u16, b'\t' as u16];
const LINE_FEED: u16 = b'\n' as u16;
const CARRIAGE_RETURN: u16 = b'\r' as u16;

/// The hashes of all lines of a text.
pub(super) struct LineHashes {
    lines: Vec<String>,
}

impl LineHashes {
    /// Hashes each line of `text`.
    pub(super) fn new(text: &str) -> Self {
        let mut rolling = Rolling::new();
        let mut is_line_start = true;
        let mut is_after_return = false;
        for unit in text.encode_utf16().chain([END_OF_TEXT]) {
            let is_second_half_of_line_end = is_after_return && unit == LINE_FEED;
            if is_second_half_of_line_end || BLANKS.contains(&unit) {
                is_after_return = false;
                continue;
            }
            is_after_return = unit == CARRIAGE_RETURN;
            let unit = if is_after_return { LINE_FEED } else { unit };
            rolling.push(unit, is_line_start);
            is_line_start = unit == LINE_FEED;
        }
        Self { lines: rolling.finish() }
    }

    /// The hash of the 1-based `line` and which occurrence of it this is: `de1ca236fca5954d:1`.
    pub(super) fn line(&self, line: u32) -> Option<&str> {
        let line = (line as usize).checked_sub(1)?;
        self.lines.get(line).map(String::as_str)
    }
}

/// The window, its hash, and the finished hashes.
struct Rolling {
    units: [u16; WINDOW],
    /// Whether a line starts at the unit in the same place.
    starts: [bool; WINDOW],
    next: usize,
    hash: u64,
    /// What the oldest unit contributes once it leaves the window.
    oldest_factor: u64,
    seen: HashMap<u64, u32>,
    lines: Vec<String>,
}

impl Rolling {
    fn new() -> Self {
        Self {
            units: [0; WINDOW],
            starts: [false; WINDOW],
            next: 0,
            hash: 0,
            oldest_factor: (0..WINDOW).fold(1, |factor: u64, _| factor.wrapping_mul(FACTOR)),
            seen: HashMap::new(),
            lines: Vec::new(),
        }
    }

    /// Moves the window by one unit. A line whose first unit leaves it is complete: the window held all that counts.
    fn push(&mut self, unit: u16, starts_line: bool) {
        if self.starts[self.next] {
            self.record();
        }
        let leaving = u64::from(self.units[self.next]);
        self.hash = self
            .hash
            .wrapping_mul(FACTOR)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.oldest_factor.wrapping_mul(leaving));
        self.units[self.next] = unit;
        self.starts[self.next] = starts_line;
        self.next = (self.next + 1) % WINDOW;
    }

    fn record(&mut self) {
        let occurrence = self.seen.entry(self.hash).or_insert(0);
        *occurrence += 1;
        self.lines.push(format!("{:x}:{occurrence}", self.hash));
    }

    fn finish(mut self) -> Vec<String> {
        for _ in 0..WINDOW {
            self.push(0, false);
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_equal_those_of_the_uploading_action() {
        let hashes = LineHashes::new("a = 1\r\n\tb = \"é😀\"\r\n\r\nx = 1\nx = 1\nx = 1\n");
        let expected = [
            "de1ca236fca5954d:1",
            "c90dcd1a0e7bccfc:1",
            "b792415f5b7fbcd:1",
            "b06211268476d237:1",
            "87c133c3324ef59b:1",
            "8e00d41f0ebba6bf:1",
        ];
        for (line, expected) in (1..).zip(expected) {
            assert_eq!(hashes.line(line), Some(expected), "line {line}");
        }
    }

    #[test]
    fn equal_surroundings_are_told_apart_by_their_occurrence() {
        let text = format!("{0}{0}", format!("x = 1\n{}", "y\n".repeat(WINDOW)));
        let hashes = LineHashes::new(&text);
        let first = hashes.line(1).expect("the text has a first line");
        let line_of_repetition = u32::try_from(WINDOW).expect("the window is small") + 2;
        let second = hashes.line(line_of_repetition).expect("the text is repeated");
        assert_eq!(first.strip_suffix(":1"), second.strip_suffix(":2"));
    }
}
