//! One reported place, and the builder that refuses to make half of one.

use backlint_source::Location;

use crate::{Audience, Confidence, RuleMeta, Severity};

/// A related place and why it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub at: Location,
    /// Why a reader should look there.
    pub message: String,
}

/// One step of the way a value takes.
pub type FlowStep = Note;

/// One reported place.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that reports.
    pub rule: &'static RuleMeta,
    /// The one primary place.
    pub at: Location,
    /// What is wrong here, in one or two sentences.
    pub message: String,
    /// How bad.
    pub severity: Severity,
    /// How sure; at most the rule's own.
    pub confidence: Confidence,
    /// For whom; never wider than the rule's own.
    pub audience: Audience,
    /// What the finding is about, independent of line numbers: `DELETE /users/{id}`, `User.password`.
    pub anchor: String,
    /// Other places, in the order a reader should follow.
    pub related: Vec<Note>,
    /// The way of a value from its source to its sink, if the rule followed one.
    pub flow: Vec<FlowStep>,
}

/// Collects the findings of one check.
#[derive(Debug)]
pub struct Findings {
    rule: &'static RuleMeta,
    list: Vec<Finding>,
}

impl Findings {
    /// An empty collection for `rule`.
    pub fn new(rule: &'static RuleMeta) -> Self {
        Self { rule, list: Vec::new() }
    }

    /// Reports a place. `anchor` names what the finding is about without line numbers.
    pub fn report(
        &mut self,
        at: Location,
        anchor: impl Into<String>,
        message: impl Into<String>,
    ) -> FindingBuilder<'_> {
        self.list.push(Finding {
            rule: self.rule,
            at,
            message: message.into(),
            severity: self.rule.severity,
            confidence: self.rule.confidence,
            audience: self.rule.audience,
            anchor: anchor.into(),
            related: Vec::new(),
            flow: Vec::new(),
        });
        let last = self.list.len() - 1;
        FindingBuilder { finding: &mut self.list[last] }
    }

    /// What was reported, in the order of reporting.
    pub fn into_vec(self) -> Vec<Finding> {
        self.list
    }
}

/// Adds to a finding that already has its primary place.
#[derive(Debug)]
pub struct FindingBuilder<'a> {
    finding: &'a mut Finding,
}

impl FindingBuilder<'_> {
    /// Adds a related place and why it matters.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the finding is already collected; the builder only refines it"
    )]
    pub fn also(self, at: Location, message: impl Into<String>) -> Self {
        self.finding.related.push(Note { at, message: message.into() });
        self
    }

    /// Sets how bad this one is.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the finding is already collected; the builder only refines it"
    )]
    pub fn severity(self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    /// Lowers how sure the rule is; a higher value than the rule's own is cut to it.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the finding is already collected; the builder only refines it"
    )]
    pub fn confidence(self, confidence: Confidence) -> Self {
        self.finding.confidence = confidence.min(self.finding.rule.confidence);
        self
    }

    /// Narrows the audience; a wider one than the rule's own is cut to it.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the finding is already collected; the builder only refines it"
    )]
    pub fn audience(self, audience: Audience) -> Self {
        self.finding.audience = audience.max(self.finding.rule.audience);
        self
    }

    /// Adds one step to the way of a value.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the finding is already collected; the builder only refines it"
    )]
    pub fn step(self, at: Location, message: impl Into<String>) -> Self {
        self.finding.flow.push(Note { at, message: message.into() });
        self
    }
}
