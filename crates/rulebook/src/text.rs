//! Texts with names, and small questions about words that several readers ask.

use std::ops::Range;
use std::path::Path;

/// A text and the name or path it goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    /// Its path, with forward slashes.
    pub path: String,
    /// What it holds.
    pub text: String,
}

impl TextFile {
    /// The text that goes by this path.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

/// The file name without folder and extension, which is the code a page must be about.
pub(crate) fn stem(path: &str) -> &str {
    Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
}

/// Whether `word` has the shape of a rule code: two to five capitals and three digits.
pub(crate) fn is_code(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = word.bytes().skip(letters);
    (2..=5).contains(&letters) && digits.clone().count() == 3 && digits.clone().all(|byte| byte.is_ascii_digit())
}

/// The known word most like `word`, if any is alike enough to be what was meant.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    const ALIKE: f64 = 0.6;
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|known| (strsim::normalized_damerau_levenshtein(&word, &known.to_lowercase()), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// The line on which `span` begins, when the text begins on line `first`.
pub(crate) fn line_of(text: &str, span: Option<Range<usize>>, first: u32) -> u32 {
    let start = span.map_or(0, |span| span.start);
    let line_feeds = text.bytes().take(start).filter(|byte| *byte == b'\n');
    line_feeds.fold(first, |line, _| line + 1)
}
