//! How bad, how sure, and for whom: three independent scales.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A word that is on none of the scales.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseLevelError {
    /// What was asked for.
    pub given: String,
    /// What would have been understood.
    pub expected: &'static [&'static str],
}

impl fmt::Display for ParseLevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is none of {}", self.given, self.expected.join(", "))
    }
}

impl std::error::Error for ParseLevelError {}

macro_rules! scale {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// All values, lowest first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Their words, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word used in pages, configuration and output.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }

        impl FromStr for $name {
            type Err = ParseLevelError;

            fn from_str(word: &str) -> Result<Self, ParseLevelError> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(ParseLevelError { given: word.to_owned(), expected: Self::WORDS }),
                }
            }
        }
    };
}

scale! {
    /// How bad a finding is if it is true.
    Severity {
        /// A remark, no defect by itself.
        Note = "note",
        /// Costs little or happens seldom.
        Low = "low",
        /// Should be fixed in the normal course of work.
        Medium = "medium",
        /// Should be fixed before the next release.
        High = "high",
        /// Should be fixed now.
        Critical = "critical",
    }
}

scale! {
    /// How sure the rule is that the finding is true.
    Confidence {
        /// Less than nine of ten are right.
        Low = "low",
        /// At least nine of ten are right.
        Medium = "medium",
        /// At least nineteen of twenty are right.
        High = "high",
    }
}

scale! {
    /// Who wants to see it; each audience includes the ones before.
    Audience {
        /// Everybody, by default.
        Regular = "regular",
        /// People who want heuristics and opinions too.
        Pedantic = "pedantic",
        /// Auditors, who also want project-level wishes and notes.
        Auditor = "auditor",
    }
}
