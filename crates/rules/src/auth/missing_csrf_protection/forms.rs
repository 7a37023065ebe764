//! Forms of templates that post to such routes, or sign callers in, without a token.

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{Form, FormTarget, Liveness, Project, Route};

use super::forgeable::Forgeable;
use super::pages::Pages;

/// What a form posts to.
#[derive(Clone, Copy)]
enum Aim<'f> {
    /// A route that trusts the session alone.
    Forgeable(&'f Forgeable<'f>),
    /// A route that signs callers in: forging it signs the visitor in as somebody else.
    Login(&'f Route),
}

pub(super) fn check(project: &Project, forgeable: &[Forgeable<'_>], findings: &mut Findings) {
    let open: Vec<&Form> = project.forms().iter().filter(|form| !form.has_token).collect();
    if open.is_empty() {
        return;
    }
    let posting: Vec<&Route> = project
        .routes()
        .iter()
        .filter(|route| route.methods.contains("POST") && route.liveness != Liveness::Dead)
        .collect();
    let pages = Pages::of(project, &posting);
    for form in open {
        let targets: Vec<&Route> = posting.iter().copied().filter(|route| hits(project, form, route, &pages)).collect();
        if let Some(aim) = aim(project, &targets, forgeable) {
            report(form, aim, findings);
        }
    }
}

/// What all the routes that a form may mean have in common; none if one of them is neither.
fn aim<'f>(project: &Project, targets: &[&'f Route], forgeable: &'f [Forgeable<'f>]) -> Option<Aim<'f>> {
    let aims: Option<Vec<Aim<'f>>> = targets
        .iter()
        .map(|target| {
            let one = forgeable.iter().find(|one| one.route.id == target.id).map(Aim::Forgeable);
            one.or_else(|| is_login(project, target).then_some(Aim::Login(target)))
        })
        .collect();
    aims?.into_iter().next()
}

/// A handler that puts an identity into the session.
fn is_login(project: &Project, route: &Route) -> bool {
    let Some(handler) = route.handler.function() else { return false };
    let is_named = ["login", "signin", "sign_in", "log_in"]
        .iter()
        .any(|word| project.handler_name(route.handler).contains(word) || route.path.replace('-', "_").contains(word));
    is_named && project.signs_in_by_session(handler)
}

/// Whether a form may post to a route.
fn hits(project: &Project, form: &Form, route: &Route, pages: &Pages<'_>) -> bool {
    match &form.target {
        FormTarget::Endpoint(endpoint) => {
            let name = endpoint.rsplit('.').next().unwrap_or(endpoint);
            // A view of a class posts to its own endpoints by names that begin with a dot.
            let is_own = endpoint.starts_with('.');
            project.handler_name(route.handler) == name
                && route.handler.class.is_none_or(|class| !is_own || pages.may_belong_to(&form.template, class))
        }
        FormTarget::Path(path) => fits(path, &route.path),
        FormTarget::Same => route.handler.function().is_some_and(|handler| pages.is_shown_by(&form.template, handler)),
        FormTarget::Elsewhere => false,
    }
}

/// Whether the known beginning of a form's path is the beginning of a route's path, up to its parameters.
fn fits(form: &str, route: &str) -> bool {
    let is_part = form.len() > 1 && form.ends_with('/') && !route.ends_with('/');
    if is_part {
        let fixed = route.split(['<', '{']).next().unwrap_or(route);
        return fixed == form;
    }
    form.trim_end_matches('/') == route.trim_end_matches('/')
}

fn report(form: &Form, aim: Aim<'_>, findings: &mut Findings) {
    let (route, why) = match aim {
        Aim::Forgeable(one) => (one.route, "which trusts the session cookie alone"),
        Aim::Login(route) => (route, "which signs callers in: another site can sign a visitor in under a foreign name"),
    };
    let message = format!(
        "This form posts to `{}`, {why}, and carries no token against forged requests. Register a CSRF extension and add \
         its token here.",
        route.label(),
    );
    let anchor = format!("{}: form to {}", form.template, route.path);
    let finding = findings.report(form.at, anchor, message);
    match aim {
        Aim::Forgeable(one) => {
            let finding = finding.also(one.guard.at, format!("`{}` looks at the session only", one.guard.name));
            if one.same_site {
                finding.severity(Severity::Low).audience(Audience::Pedantic);
            }
        }
        Aim::Login(route) => {
            finding.severity(Severity::Low).also(route.at, "the session is written here");
        }
    }
}
