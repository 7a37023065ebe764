//! The output formats of findings and their words.

use std::fmt;
use std::str::FromStr;

/// A form in which findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Code frames for people.
    #[default]
    Text,
    /// One JSON object.
    Json,
    /// One JSON object per line.
    Jsonl,
    /// SARIF 2.1.0 for code scanning.
    Sarif,
    /// Annotations of a GitHub workflow.
    Github,
}

impl Format {
    /// All formats.
    pub const ALL: &'static [Self] = &[Self::Text, Self::Json, Self::Jsonl, Self::Sarif, Self::Github];

    /// The word that users write.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Github => "github",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, UnknownFormat> {
        let meant = Self::ALL.iter().copied().find(|format| format.word() == word);
        meant.ok_or_else(|| UnknownFormat { given: word.to_owned() })
    }
}

/// A word that stands for no format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat {
    /// What was asked for.
    pub given: String,
}

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = Format::ALL.iter().map(|format| format.word()).collect();
        write!(f, "`{}` is none of {}", self.given, known.join(", "))
    }
}

impl std::error::Error for UnknownFormat {}
