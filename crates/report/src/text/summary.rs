//! The last line of a report.

use backlint_finding::{Outcome, Severity, Summary};

use crate::words::count;

/// The run in one line without line feed: `12 findings: 2 critical, 10 high in 120 files, 84 routes; 3 suppressed`.
pub fn summary_text(outcome: &Outcome) -> String {
    let Summary { files, routes, .. } = outcome.summary;
    let found = match found(outcome) {
        Some(found) => found,
        None if files == 0 => return format!("Nothing was checked: there are no Python files here{}", rest(outcome)),
        None => "No findings".to_owned(),
    };
    format!("{found} in {}, {}{}", count(files, "file"), count(routes, "route"), rest(outcome))
}

/// The shown findings by severity, worst first; nothing when there are none.
fn found(outcome: &Outcome) -> Option<String> {
    let shown = outcome.shown().count();
    if shown == 0 {
        return None;
    }
    let by_severity = Severity::ALL.iter().rev().filter_map(|&severity| {
        let number = outcome.shown().filter(|triaged| triaged.finding.severity == severity).count();
        (number > 0).then(|| format!("{number} {severity}"))
    });
    Some(format!("{}: {}", count(shown, "finding"), by_severity.collect::<Vec<_>>().join(", ")))
}

/// What was not shown, and what was not done.
fn rest(outcome: &Outcome) -> String {
    let summary = &outcome.summary;
    let problems = outcome.problems.len();
    let parts = [
        (summary.suppressed, format!("{} suppressed", summary.suppressed)),
        (summary.baselined, format!("{} in the baseline", summary.baselined)),
        (summary.below_threshold, format!("{} below the thresholds", summary.below_threshold)),
        (problems, count(problems, "problem")),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, text)| text).collect();
    if parts.is_empty() { String::new() } else { format!("; {}", parts.join(", ")) }
}
