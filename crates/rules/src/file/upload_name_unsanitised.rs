//! FILE005: `upload-name-unsanitised`.

use backlint_finding::{Findings, Severity};
use backlint_model::{Hazard, Project, SentKind};
use rustc_hash::FxHashSet;

use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let free: FxHashSet<_> = project.flows(Hazard::Path).map(|flow| flow.at).collect();
    for flow in flows::deployed(project, Hazard::FileName).filter(|flow| flow.kind == SentKind::UploadName) {
        let is_prefixed = !free.contains(&flow.at);
        let consequence = if is_prefixed {
            "separators and odd characters in it reach the file system"
        } else {
            "`..`, absolute paths and names of other files included"
        };
        let message = format!("The name that the client gives the file becomes part of a path: {consequence}");
        let finding = flows::report(project, findings, flow, message, "it becomes part of the path of a file");
        if is_prefixed {
            finding.severity(Severity::Low);
        }
    }
}
