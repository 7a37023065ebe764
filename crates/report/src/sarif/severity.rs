//! Our severities on the scales of SARIF and of code scanning.

use backlint_finding::Severity;

use super::model::Level;

/// The level of a result or rule.
pub(super) fn level(severity: Severity) -> Level {
    match severity {
        Severity::Critical | Severity::High => Level::Error,
        Severity::Medium => Level::Warning,
        Severity::Low | Severity::Note => Level::Note,
    }
}

/// The score that code scanning turns back into critical (above 9), high (from 7), medium (from 4) and low.
pub(super) fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
        Severity::Note => "0.5",
    }
}

/// The word code scanning has for rules that are not about security.
pub(super) fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Note => "recommendation",
    }
}
