//! NET002: `server-side-request-forgery`.

use backlint_finding::Findings;
use backlint_model::{Hazard, Project};

use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for flow in flows::deployed(project, Hazard::Url) {
        let message =
            format!("`{}` from {} is fetched unchecked: internal addresses can be reached", flow.name, flow.what);
        flows::report(project, findings, flow, message, "the server sends a request there");
    }
}
