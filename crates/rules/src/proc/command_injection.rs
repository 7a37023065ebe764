//! PROC003: `command-injection`.

use backlint_finding::Findings;
use backlint_model::{Hazard, Project};

use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for flow in flows::deployed(project, Hazard::Command) {
        let message = format!(
            "`{}` from {} becomes part of a line that a shell reads: it can run commands of its own",
            flow.name, flow.what
        );
        flows::report(project, findings, flow, message, "a shell reads it");
    }
}
