//! NET004: `open-redirect`.

use backlint_finding::{Audience, Findings};
use backlint_model::{Hazard, Project};

use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for flow in flows::deployed(project, Hazard::Redirect) {
        let message = format!(
            "`{}` from {} decides where the browser is sent; accept only paths of this site",
            flow.name, flow.what
        );
        let finding = flows::report(project, findings, flow, message, "the browser is sent there");
        // To be sent where a stored link leads is what links are for.
        if flow.stored_as.is_some() {
            finding.audience(Audience::Pedantic);
        }
    }
}
