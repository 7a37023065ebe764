//! The words of scales and formats as values of options.

use backlint_engine::{FailOn, SeverityWord};
use backlint_finding::{Audience, Confidence, Severity};
use backlint_report::Format;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

pub(crate) fn audience() -> impl TypedValueParser<Value = Audience> {
    PossibleValuesParser::new(Audience::WORDS).try_map(|word| word.parse::<Audience>())
}

pub(crate) fn confidence() -> impl TypedValueParser<Value = Confidence> {
    PossibleValuesParser::new(Confidence::WORDS).try_map(|word| word.parse::<Confidence>())
}

pub(crate) fn severity() -> impl TypedValueParser<Value = SeverityWord> {
    PossibleValuesParser::new(severities()).try_map(|word| word.parse::<SeverityWord>())
}

pub(crate) fn fail_on() -> impl TypedValueParser<Value = FailOn> {
    let words = std::iter::once(PossibleValue::new("none")).chain(severities());
    PossibleValuesParser::new(words).try_map(|word| word.parse::<FailOn>())
}

pub(crate) fn format() -> impl TypedValueParser<Value = Format> {
    let words = Format::ALL.iter().map(|format| format.word());
    PossibleValuesParser::new(words).try_map(|word| word.parse::<Format>())
}

/// The severities as the command line shows them: the lowest goes by `info` there, and by its own word too.
fn severities() -> impl Iterator<Item = PossibleValue> {
    Severity::ALL.iter().map(|severity| match severity {
        Severity::Note => PossibleValue::new("info").alias(severity.word()),
        severity => PossibleValue::new(severity.word()),
    })
}
