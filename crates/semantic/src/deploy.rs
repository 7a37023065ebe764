//! Files that say how a project is built and run: what one of them holds, each part with its place.
//!
//! Readers never fail as a whole unless the format itself leaves no choice, and say then where they stopped.

pub mod dockerfile;
pub mod dotenv;
pub mod ini;
pub mod lock;
pub mod manifest;
pub mod nginx;
pub mod requirements;
pub mod shell;
pub mod substitution;
pub mod yaml;

use backlint_source::Span;

/// A piece of text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What it says, without quotes and escapes.
    pub text: String,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// Why a file could not be read, and where reading stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The place.
    pub at: Span,
    /// What is wrong there.
    pub what: String,
}

/// A span from byte positions. Texts above the size limit of discovery are never read, so every position fits.
fn span(start: usize, end: usize) -> Span {
    let fits = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
    Span::new(fits(start), fits(end))
}

/// The lines of a text with the position of their first byte, without line ends.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |next, line| {
        let start = *next;
        *next += line.len();
        Some((start, line.trim_end_matches(['\n', '\r'])))
    })
}

/// `text` at `start` without the blanks around it.
fn trimmed(start: usize, text: &str) -> Word {
    let content = text.trim_start();
    let start = start + text.len() - content.len();
    let content = content.trim_end();
    Word { text: content.to_owned(), span: span(start, start + content.len()) }
}

/// `text` at `start` without the blanks and without one pair of quotes around it.
fn unquoted(start: usize, text: &str) -> Word {
    let mut word = trimmed(start, text);
    for quote in ['"', '\''] {
        if let Some(inner) = word.text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            word.text = inner.to_owned();
            break;
        }
    }
    word
}
