//! Where a setting was written, so that a complaint about it can say so.

use std::fmt;
use std::ops::Range;

/// Where a setting was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the command line, as the value of this option.
    CommandLine(&'static str),
    /// In a configuration file.
    File {
        /// The file as it was found.
        file: String,
        /// The 1-based line.
        line: u32,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine(option) => f.write_str(option),
            Self::File { file, line } => write!(f, "{file}:{line}"),
        }
    }
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

/// The text of a configuration file and the name that complaints call it by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConfigText<'t> {
    pub(crate) name: &'t str,
    pub(crate) text: &'t str,
}

impl ConfigText<'_> {
    /// The place of a byte range of the text, of its beginning when there is none.
    pub(crate) fn place(&self, span: Option<Range<usize>>) -> Place {
        let start = span.map_or(0, |span| span.start);
        let line_feeds = self.text.bytes().take(start).filter(|byte| *byte == b'\n');
        Place::File { file: self.name.to_owned(), line: line_feeds.fold(1, |line, _| line + 1) }
    }

    /// A value with the place of its span.
    pub(crate) fn placed<T>(&self, value: toml::Spanned<T>) -> Placed<T> {
        let place = self.place(Some(value.span()));
        Placed { value: value.into_inner(), place }
    }
}
