//! What a run came to: findings in buckets, problems, numbers.

use backlint_source::Sources;
use serde::Serialize;

use crate::{AuditCatalogue, AuditRef, Finding, RuleMeta};

/// Why a finding is or is not shown. Nothing is dropped without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Shown, and counted for the exit code.
    Shown,
    /// Silenced by a comment.
    Suppressed {
        /// The reason given in the comment, if any.
        reason: Option<String>,
    },
    /// Below the audience, severity or confidence asked for.
    BelowThreshold,
    /// Known from the baseline.
    Baselined,
}

/// A finding, its bucket, and its stable identity.
#[derive(Clone, Debug)]
pub struct Triaged {
    /// The finding.
    pub finding: Finding,
    /// Where it went and why.
    pub bucket: Bucket,
    /// The audit items it stands for.
    pub audits: Vec<AuditRef>,
    /// Identity over time: code, path, anchor and occurrence, no line numbers.
    pub fingerprint: String,
}

/// Kinds of problems, as in the JSON output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// A file could not be parsed in full.
    Syntax,
    /// A file could not be read or decoded.
    Unreadable,
    /// A file is above the size limit or the parse budget.
    TooLarge,
    /// A fault of the tool itself.
    Internal,
}

/// Something that kept part of the job from being done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file as reports show it.
    pub path: String,
    /// What kind.
    pub kind: ProblemKind,
    /// What happened and what to do.
    pub message: String,
}

/// The numbers of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Python files analysed.
    pub files: usize,
    /// Routes in the model.
    pub routes: usize,
    /// Findings shown.
    pub shown: usize,
    /// Findings silenced by comments.
    pub suppressed: usize,
    /// Findings known from the baseline.
    pub baselined: usize,
    /// Findings below a threshold.
    pub below_threshold: usize,
}

/// All that a run found out, ready to be rendered.
#[derive(Debug)]
pub struct Outcome {
    /// The texts, for code frames and positions.
    pub sources: Sources,
    /// Every finding in stable order: path, position, code, message.
    pub findings: Vec<Triaged>,
    /// Problems in stable order.
    pub problems: Vec<Problem>,
    /// The numbers.
    pub summary: Summary,
    /// All rules that ran, by code.
    pub rules: Vec<&'static RuleMeta>,
    /// The audit catalogues that findings are mapped to.
    pub catalogues: Vec<AuditCatalogue>,
}

impl Outcome {
    /// The findings that are shown.
    pub fn shown(&self) -> impl Iterator<Item = &Triaged> {
        self.findings.iter().filter(|t| t.bucket == Bucket::Shown)
    }
}
