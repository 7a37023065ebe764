//! PROC004: `code-execution`.

use backlint_finding::Findings;
use backlint_model::{Hazard, Project};

use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for flow in flows::deployed(project, Hazard::Code) {
        let message = format!("`{}` from {} is run as code in the server process", flow.name, flow.what);
        flows::report(project, findings, flow, message, "it is run as code");
    }
    for flow in flows::deployed(project, Hazard::Template) {
        let message = format!("`{}` from {} is run as the source of a template", flow.name, flow.what);
        flows::report(project, findings, flow, message, "it is run as a template");
    }
}
