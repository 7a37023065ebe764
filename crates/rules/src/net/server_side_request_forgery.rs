//! NET002: `server-side-request-forgery`.

use backlint_finding::{Audience, Findings};
use backlint_model::{Hazard, Project};

use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for flow in flows::deployed(project, Hazard::Url) {
        let kept = flow.stored_as.as_ref().map(|column| format!("kept as `{column}` and ")).unwrap_or_default();
        let message =
            format!("`{}` from {} is {kept}fetched unchecked: internal addresses can be reached", flow.name, flow.what);
        let finding = flows::report(project, findings, flow, message, "the server sends a request there");
        if flows::is_configured(flow) {
            finding.audience(Audience::Pedantic);
        }
    }
}
