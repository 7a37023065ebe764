//! Severities as people write them in configuration and on the command line.

use std::str::FromStr;

use backlint_finding::{ParseLevelError, Severity};
use serde::{Deserialize, Deserializer, de};

/// A severity by its word, `info` being another word for `note`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeverityWord(pub Severity);

/// From which severity on a shown finding makes the run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// No finding does.
    Nothing,
    /// Findings of this severity and above do.
    Severity(Severity),
}

impl FailOn {
    /// Whether a finding of this severity makes the run fail.
    pub fn is_reached_by(self, severity: Severity) -> bool {
        matches!(self, Self::Severity(least) if severity >= least)
    }
}

impl FromStr for SeverityWord {
    type Err = ParseLevelError;

    fn from_str(word: &str) -> Result<Self, ParseLevelError> {
        match word {
            "info" => Ok(Self(Severity::Note)),
            word => word.parse().map(Self),
        }
    }
}

impl FromStr for FailOn {
    type Err = ParseLevelError;

    fn from_str(word: &str) -> Result<Self, ParseLevelError> {
        match word {
            "none" => Ok(Self::Nothing),
            word => word.parse().map(|SeverityWord(severity)| Self::Severity(severity)),
        }
    }
}

impl<'de> Deserialize<'de> for SeverityWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for FailOn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
