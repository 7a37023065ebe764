//! NET002: `server-side-request-forgery`.

use backlint_finding::{Audience, Findings};
use backlint_model::{Flow, Hazard, Project};

use crate::expressions::tests_around;
use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for flow in flows::deployed(project, Hazard::Url) {
        if is_allowed_by_operator(project, flow) {
            continue;
        }
        let kept = flow.stored_as.as_ref().map(|column| format!("kept as `{column}` and ")).unwrap_or_default();
        let message =
            format!("`{}` from {} is {kept}fetched unchecked: internal addresses can be reached", flow.name, flow.what);
        let finding = flows::report(project, findings, flow, message, "the server sends a request there");
        if flows::is_configured(flow) {
            finding.audience(Audience::Pedantic);
        }
    }
}

/// Whether the request is only made when a switch says that inner addresses are allowed: `if options.allow_localhost:`.
fn is_allowed_by_operator(project: &Project, flow: &Flow) -> bool {
    const INNER: &[&str] = &["internal", "local", "loopback", "private", "unsafe"];
    let Some(file) = project.file(flow.at.file) else { return false };
    let Some(stmt) = file.index().stmt_of(flow.at.expr) else { return false };
    tests_around(file, stmt).any(|test| {
        let test = file.text_of(test).to_ascii_lowercase();
        test.contains("allow") && !test.starts_with("not ") && INNER.iter().any(|word| test.contains(word))
    })
}
