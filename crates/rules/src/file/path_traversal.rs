//! FILE001: `path-traversal`.

pub(super) mod validators;

use backlint_finding::Findings;
use backlint_model::{Hazard, Project, SentKind};

use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for flow in flows::deployed(project, Hazard::Path) {
        // Names of uploads are FILE005.
        if flow.kind == SentKind::UploadName {
            continue;
        }
        let message = format!(
            "`{}` from {} decides which file is used: `..` and absolute paths lead out of any folder",
            flow.name, flow.what
        );
        flows::report(project, findings, flow, message, "it is used as the path of a file");
    }
    validators::check(project, findings);
}
