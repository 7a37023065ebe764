//! DB019: `sql-injection`.

use backlint_finding::Findings;
use backlint_model::{Hazard, Project};

use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for flow in flows::deployed(project, Hazard::Sql) {
        let message = format!("`{}` from {} becomes part of the SQL text", flow.name, flow.what);
        flows::report(project, findings, flow, message, "it becomes part of a statement");
    }
}
