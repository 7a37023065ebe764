//! AUTH022: a link is enough to change something.

mod verbs;
mod writes;

use std::collections::BTreeSet;

use backlint_finding::{Audience, Findings};
use backlint_model::{FunctionRef, Liveness, Project, Role, Route};
use backlint_semantic::Call;
use backlint_source::Location;

use crate::changes::describe;
use crate::places::line_seen_from;
use verbs::{Intent, intent};
use writes::write;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for route in project.routes() {
        let Some(handler) = route.handler.function().filter(|_| is_candidate(project, route)) else { continue };
        if !seen.insert(handler) || is_decided_by_method(project, route, handler) {
            continue;
        }
        let Some(change) = change(project, route, handler) else { continue };
        report(project, route, &change, findings);
    }
}

fn is_candidate(project: &Project, route: &Route) -> bool {
    route.liveness == Liveness::Live
        && route.methods.contains("GET")
        && project.file(route.at.file).is_some_and(|file| file.role() == Role::App)
        && !project.is_dev_only(route)
}

/// Whether a handler that also answers other methods may write for those only.
fn is_decided_by_method(project: &Project, route: &Route, handler: FunctionRef) -> bool {
    const WORDS: &[&str] =
        &["method", "validate", "is_submitted", ".form", ".files", ".get_json", ".json", ".body", "Form("];
    if route.is_read_only_method() {
        return false;
    }
    let callees = project.callees(handler).iter().map(|callee| callee.function);
    std::iter::once(handler).chain(callees).any(|function| {
        let Some(file) = project.file(function.file) else { return false };
        let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
        WORDS.iter().any(|word| text.contains(word))
    })
}

/// What a GET changes.
struct Change {
    /// As the verb of a sentence about the route.
    does: &'static str,
    /// The code that does it.
    what: String,
    at: Location,
    audience: Audience,
}

fn change(project: &Project, route: &Route, handler: FunctionRef) -> Option<Change> {
    let intent = intent(project, route);
    if intent == Intent::SignIn {
        return None;
    }
    if intent == Intent::SignOut {
        let call = sign_out(project, handler)?;
        let (file, what) = (project.file(handler.file)?, call.function);
        let at = file.at(file.first_line(call.span()));
        return Some(Change {
            does: "signs the caller out",
            what: file.text_of(what).to_owned(),
            at,
            audience: Audience::Pedantic,
        });
    }
    let effect = write(project, handler, intent)?;
    let audience = match intent {
        Intent::Act(_) => Audience::Regular,
        _ => Audience::Pedantic,
    };
    Some(Change { does: describe(effect.kind), what: effect.what.to_string(), at: effect.at, audience })
}

/// The call that ends the session of the caller.
fn sign_out(project: &Project, handler: FunctionRef) -> Option<Call<'_>> {
    let file = project.file(handler.file)?;
    project.calls_in(handler).into_iter().find(|call| match call.name() {
        Some("logout_user" | "unset_jwt_cookies" | "unset_access_cookies" | "delete_cookie") => true,
        Some("clear" | "pop") => {
            call.receiver().is_some_and(|receiver| file.text_of(receiver).rsplit('.').next() == Some("session"))
        }
        _ => false,
    })
}

fn report(project: &Project, route: &Route, change: &Change, findings: &mut Findings) {
    let place = line_seen_from(project, route.at, change.at);
    let message = format!(
        "`GET {}` {} ({place}): a link preview, a crawler or an image tag is enough to trigger it. Answer POST or \
         DELETE instead.",
        route.path, change.does,
    );
    findings
        .report(route.at, route.label(), message)
        .audience(change.audience)
        .also(change.at, format!("`{}`: here it {}", change.what, change.does));
}
