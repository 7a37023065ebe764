//! Buckets, thresholds, severities, audits, fingerprints and order.

use std::collections::BTreeSet;

use backlint_finding::{Bucket, Outcome, Severity};

use crate::{MALFORMED_COMMENT, MISPLACED_GUARD, outcome, places, shown};

fn hidden(outcome: &Outcome) -> Vec<String> {
    places(outcome, |triaged| triaged.bucket == Bucket::BelowThreshold)
}

#[test]
fn findings_below_a_threshold_are_kept_in_their_bucket() {
    let files = [("app/api.py", MISPLACED_GUARD), ("app/rows.py", MALFORMED_COMMENT)];
    let outcome = outcome("select = [\"AUTH003\", \"SUP\"]\nmin-severity = \"high\"", &files);
    assert_eq!(shown(&outcome), ["app/api.py:6 AUTH003"]);
    assert_eq!(hidden(&outcome), ["app/rows.py:1 SUP003"]);
    assert_eq!((outcome.summary.shown, outcome.summary.below_threshold), (1, 1));
}

#[test]
fn an_audience_includes_the_ones_before() {
    let limiter = "\
attempts = {}

def is_rate_limited(key):
    attempts[key] = attempts.get(key, 0) + 1
    return attempts[key] > 5
";
    let run = |audience: &str| {
        let config = format!("select = [\"RATE001\"]\naudience = \"{audience}\"");
        outcome(&config, &[("app/limits.py", limiter)])
    };
    let counts = |outcome: &Outcome| (outcome.summary.shown, outcome.summary.below_threshold);
    assert_eq!(["regular", "pedantic", "auditor"].map(|audience| counts(&run(audience))), [(0, 1), (1, 0), (1, 0)]);
}

#[test]
fn a_severity_of_the_configuration_is_that_of_all_findings() {
    let outcome = outcome("[severity]\nSUP003 = \"critical\"", &[("app/rows.py", MALFORMED_COMMENT)]);
    assert_eq!(outcome.findings[0].finding.severity, Severity::Critical);
}

#[test]
fn findings_carry_the_audit_items_that_name_their_rule() {
    let outcome = outcome("select = [\"AUTH003\"]", &[("app/api.py", MISPLACED_GUARD)]);
    let audits: Vec<&str> = outcome.findings[0].audits.iter().map(|audit| audit.0.as_str()).collect();
    assert_eq!(audits, ["000:1"]);
}

#[test]
fn a_fingerprint_outlives_moved_lines_and_tells_twins_apart() {
    let fingerprints = |text: &str| {
        let outcome = outcome("select = [\"AUTH003\"]", &[("app/api.py", text)]);
        outcome.findings.iter().map(|triaged| triaged.fingerprint.clone()).collect::<Vec<_>>()
    };
    let moved = format!("\n\n{MISPLACED_GUARD}");
    assert_eq!(fingerprints(MISPLACED_GUARD), fingerprints(&moved));
    let twins = fingerprints(&format!("{MISPLACED_GUARD}{MISPLACED_GUARD}"));
    assert_eq!(twins.len(), 2);
    assert_eq!(twins.iter().collect::<BTreeSet<_>>().len(), 2);
    assert_eq!(twins[0], fingerprints(MISPLACED_GUARD)[0]);
}

#[test]
fn findings_come_by_path_place_and_code() {
    let text = "# backlint: ignore[SUP001, SUP999] until=2020-01-01\nx = 1  # backlint: skip\n";
    let outcome = outcome("require-reason = true", &[("b.py", text), ("a.py", MALFORMED_COMMENT)]);
    assert_eq!(shown(&outcome), ["a.py:1 SUP003", "b.py:1 SUP002", "b.py:1 SUP004", "b.py:1 SUP005", "b.py:2 SUP003"]);
}

#[test]
fn the_summary_counts_files_and_routes() {
    let files = [("app/api.py", MISPLACED_GUARD), ("app/rows.py", ""), ("Dockerfile", "FROM python:3.12\n")];
    let summary = outcome("", &files).summary;
    assert_eq!(summary.files, 2);
    assert!(summary.routes >= 1);
}

#[test]
fn the_outcome_names_the_rules_that_ran() {
    let outcome = outcome("select = [\"SUP001\", \"AUTH003\"]", &[("app/rows.py", "")]);
    assert_eq!(outcome.rules.iter().map(|rule| rule.code).collect::<Vec<_>>(), ["AUTH003", "SUP001"]);
}
