//! AUTH014: another site can make the browser of a signed-in user change something.

mod admin_views;
mod forgeable;
mod forms;
mod pages;

use std::collections::BTreeSet;

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::Project;

use crate::changes::describe;
use crate::places::line_seen_from;
use forgeable::Forgeable;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.csrf_defence().is_some() {
        return;
    }
    let forgeable = Forgeable::of(project);
    report_routes(project, &forgeable, findings);
    admin_views::check(project, &forgeable, findings);
    forms::check(project, &forgeable, findings);
}

/// One finding per handler, at the first of its routes.
fn report_routes(project: &Project, forgeable: &[Forgeable<'_>], findings: &mut Findings) {
    let mut reported = BTreeSet::new();
    for one in forgeable {
        let Some(handler) = one.route.handler.function() else { continue };
        if !one.takes_form(project) || !reported.insert(handler) {
            continue;
        }
        let place = line_seen_from(project, one.route.at, one.effect.at);
        let message = format!(
            "`{}` {} ({place}) and trusts the session cookie alone: any page that a signed-in user visits can send \
             this request. No CSRF extension, middleware or hook is registered, and nothing here checks a token.",
            one.route.label(),
            describe(one.effect.kind),
        );
        let finding = findings
            .report(one.route.at, one.route.label(), message)
            .also(one.guard.at, format!("`{}` looks at the session only", one.guard.name))
            .also(one.effect.at, format!("`{}`: here it {}", one.effect.what, describe(one.effect.kind)));
        if one.same_site {
            finding.severity(Severity::Low).audience(Audience::Pedantic);
        }
    }
}
