//! NET003: `unbounded-download`.

use std::collections::BTreeSet;

use backlint_finding::{Audience, Findings};
use backlint_model::{Hazard, Project};

use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    // However often an answer is read, it is loaded once: where it is read first.
    let mut told = BTreeSet::new();
    for flow in flows::deployed(project, Hazard::Download) {
        let answered = flow.steps.last().map(|step| step.at);
        if !told.insert((flow.function, answered)) {
            continue;
        }
        let message = format!(
            "The answer of a host that `{}` from {} names is read into memory whatever its size",
            flow.name, flow.what
        );
        let finding = flows::report(project, findings, flow, message, "the answer is read whole");
        if flows::is_configured(flow) {
            finding.audience(Audience::Pedantic);
        }
    }
}
