//! SEC011: `unescaped-html`.

use backlint_finding::Findings;
use backlint_model::{Hazard, Project};

use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for flow in flows::deployed(project, Hazard::Html) {
        let message = format!("`{}` comes with {} and enters the HTML unescaped", flow.name, flow.what);
        flows::report(project, findings, flow, message, "it is shown as markup");
    }
}
