//! SEC011: `unescaped-html`.

use backlint_finding::{Audience, Findings};
use backlint_model::{Flow, Hazard, Project, words};

use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for flow in flows::deployed(project, Hazard::Html) {
        let message = format!("`{}` comes with {} and enters the HTML unescaped", flow.name, flow.what);
        let report = flows::report(project, findings, flow, message, "it is shown as markup");
        if !flow.is_joined && is_of_administrators(project, flow) {
            report.audience(Audience::Pedantic);
        }
    }
}

/// Whether only administrators reach the place where a whole text enters, going by the names of what stands in front: they
/// write the pages, and markup is what they mean.
fn is_of_administrators(project: &Project, flow: &Flow) -> bool {
    const WORDS: &[&str] = &["admin", "administrator", "superuser"];
    let is_for_them = |name: &str| WORDS.iter().any(|word| words::has_word(&words::snake_case(name), word));
    let mut routes = project.routes_of(flow.entry).iter().map(|&route| project.route(route)).peekable();
    routes.peek().is_some() && routes.all(|route| route.guards.iter().any(|guard| is_for_them(&guard.name)))
}
