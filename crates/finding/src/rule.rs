//! What is known of a rule, and of the audit items it stands for.

use serde::{Deserialize, Serialize};

use crate::{Audience, Confidence, Severity};

/// A rule's code, such as `AUTH001`.
pub type RuleCode = &'static str;

/// What a check looks at, which decides its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleScope {
    /// One file at a time.
    File,
    /// The linked model of the whole project.
    Project,
    /// What became of the findings of all other rules. The engine reports it itself.
    Triage,
}

/// The header of a rule's page, as constant data.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RuleMeta {
    /// `AUTH001`.
    pub code: RuleCode,
    /// `unguarded-state-change`: the pattern, in words that read well after "allow".
    pub name: &'static str,
    /// One sentence without final period.
    pub summary: &'static str,
    /// How bad it is if true; a finding may differ where the page says so.
    pub severity: Severity,
    /// How sure the rule is; a finding may lower it, never raise it.
    pub confidence: Confidence,
    /// Who wants it; a finding may be for a narrower audience, never for a wider one.
    pub audience: Audience,
    /// What the check looks at.
    pub scope: RuleScope,
    /// CWE numbers.
    pub cwe: &'static [u16],
    /// Audit items, such as `000:1`.
    pub audits: &'static [&'static str],
    /// Version that brought the rule.
    pub since: &'static str,
    /// The page's section "What it does": the longer description.
    pub description: &'static str,
    /// The page below its header, as Markdown.
    pub help: &'static str,
}

/// An audit that findings are mapped to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditCatalogue {
    /// Short id, such as `000`.
    pub id: String,
    /// What was audited.
    pub title: String,
    /// One sentence on it.
    pub summary: String,
    /// Its items, in its own order.
    pub items: Vec<AuditItem>,
}

/// What a closer look at the code said of an audit item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The code has the defect.
    Confirmed,
    /// Part of the claim holds.
    Partial,
    /// A matter of taste or policy.
    Opinion,
    /// The code contradicts the claim.
    Contradicted,
}

/// One item of an audit catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditItem {
    /// Id within its audit, such as `1-A`.
    pub id: String,
    /// Priority in the words of the audit.
    pub priority: String,
    /// Title in our words.
    pub title: String,
    /// What is wrong and why it matters.
    pub description: String,
    /// What a closer look at the code said.
    pub verdict: Verdict,
    /// Codes of the rules that decide the item.
    pub rules: Vec<String>,
}

/// `000:1`: an audit and one of its items.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct AuditRef(pub String);

impl AuditRef {
    /// The reference to `item` of `audit`.
    pub fn new(audit: &str, item: &str) -> Self {
        Self(format!("{audit}:{item}"))
    }
}
