//! The vocabulary of findings: what a rule is, what it reports, and what a whole run came to.

mod finding;
mod inventory;
mod level;
mod outcome;
mod rule;

pub use finding::{Finding, FindingBuilder, Findings, FlowStep, Note};
pub use inventory::{GuardLink, GuardRow, GuardState, RouteEffect, RouteRow, ThrottleRow};
pub use level::{Audience, Confidence, ParseLevelError, Severity};
pub use outcome::{Bucket, Outcome, Problem, ProblemKind, Summary, Triaged};
pub use rule::{AuditCatalogue, AuditItem, AuditRef, RuleCode, RuleMeta, RuleScope, Verdict};
