//! RATE004: a route starts expensive work as often as callers like.

mod callers;
mod checks;

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{Audience, Findings};
use backlint_model::{ContainerId, Cost, CostKind, Costs, Handler, Project, Route};

use super::unthrottled_auth_route;
use crate::served::{is_served, is_technical};
use callers::Callers;
pub(super) use checks::looks_before;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for finding in unthrottled(project) {
        report(&finding, findings);
    }
}

/// A route without a limit that starts expensive work.
pub(super) struct Expensive<'p> {
    route: &'p Route,
    cost: Cost,
    callers: Callers,
    custom: Option<Custom<'p>>,
}

/// What says that the app limits such routes.
struct Custom<'p> {
    sibling: &'p Route,
    ratio: Option<(usize, usize)>,
}

/// From how many expensive routes on an app has a custom.
const MIN_ROUTES: usize = 5;

/// The routes without a limit that start expensive work, the first of each handler.
pub(super) fn unthrottled(project: &Project) -> Vec<Expensive<'_>> {
    let auth: BTreeSet<Handler> = unthrottled_auth_route::unthrottled(project).iter().map(|(r, _)| r.handler).collect();
    let mut costs = Costs::of(project);
    let mut by_app: BTreeMap<ContainerId, Vec<(&Route, Cost)>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let is_candidate = |route: &&Route| is_served(project, route) && !is_technical(route) && starts_work(route);
    for route in project.routes().iter().filter(is_candidate) {
        let (Some(app), Some(handler)) = (route.app, route.handler.function()) else { continue };
        if !seen.insert((app, handler)) {
            continue;
        }
        if let Some(cost) = most_telling(route, costs.reached(handler)) {
            by_app.entry(app).or_default().push((route, cost));
        }
    }
    let mut found = Vec::new();
    for routes in by_app.into_values() {
        // A limit on sign-in is there for another reason.
        let tells = |route: &&Route| !route.throttles.is_empty() && !unthrottled_auth_route::is_auth(project, route);
        let throttled: Vec<&Route> = routes.iter().map(|(route, _)| *route).filter(tells).collect();
        for (route, cost) in &routes {
            let Some(callers) = Callers::of(route) else { continue };
            if !route.throttles.is_empty() || auth.contains(&route.handler) || looks_before(project, route) {
                continue;
            }
            let custom = custom(route, &throttled, routes.len());
            found.push(Expensive { route, cost: cost.clone(), callers, custom });
        }
    }
    found
}

/// Whether a route is there to start something, rather than to stop it or to sign in through another service.
fn starts_work(route: &Route) -> bool {
    const OTHERS: &[&str] = &[
        "abort",
        "auth",
        "callback",
        "cancel",
        "interrupt",
        "kill",
        "login",
        "logout",
        "oauth",
        "oauth2",
        "oidc",
        "saml",
        "sso",
        "stop",
        "terminate",
    ];
    let is_removal = route.methods.iter().all(|method| method == "DELETE");
    let segments = route.path.split(['/', '-', '_']).map(str::to_ascii_lowercase);
    !is_removal && !segments.into_iter().any(|segment| OTHERS.contains(&segment.as_str()))
}

/// The cost that says most about a route. What a read does a few calls away is mostly how it fills a cache.
fn most_telling(route: &Route, costs: Vec<Cost>) -> Option<Cost> {
    let max_depth = if route.is_read_only_method() { 1 } else { 3 };
    let is_near = |cost: &Cost| match cost.kind {
        CostKind::Outbound => cost.depth <= max_depth.min(2) && !route.is_read_only_method(),
        _ => cost.depth <= max_depth,
    };
    costs.into_iter().filter(is_near).min_by_key(|cost| (cost.depth, cost.kind, cost.at))
}

/// What other expensive routes of the app say: a throttled one of the same module, or nearly all.
fn custom<'p>(route: &Route, throttled: &[&'p Route], all: usize) -> Option<Custom<'p>> {
    if let Some(sibling) = throttled.iter().find(|other| other.at.file == route.at.file) {
        return Some(Custom { sibling, ratio: None });
    }
    let is_norm = all >= MIN_ROUTES && throttled.len() * 5 >= all * 4;
    let sibling = throttled.first().filter(|_| is_norm)?;
    Some(Custom { sibling, ratio: Some((throttled.len(), all)) })
}

fn report(expensive: &Expensive<'_>, findings: &mut Findings) {
    let Expensive { route, cost, callers, custom } = expensive;
    let each = cost.each_of.as_ref().map_or(String::new(), |list| format!(", once for each element of `{list}`"));
    let compare = match custom {
        Some(Custom { sibling, ratio: None }) => format!("`{}` next to it has a limit", sibling.label()),
        Some(Custom { ratio: Some((some, all)), .. }) => {
            format!("{some} of {all} such routes of this app have a limit")
        }
        None => "no limit for it was found in this repository".to_owned(),
    };
    let who = match callers {
        Callers::Anybody => "without a login and without a limit",
        Callers::KeyHolders => "for whoever holds a fixed key, without a limit",
        Callers::Users => "as often as a caller likes",
    };
    let message = format!("`{}` {}{each}, {who}: {compare}.", route.label(), describe(cost.kind));
    let mut finding = findings
        .report(route.at, route.label(), message)
        .also(cost.at, format!("`{}`: here it {}", cost.what, describe(cost.kind)));
    if let Some(Custom { sibling, .. }) = custom
        && let Some(throttle) = sibling.throttles.first()
    {
        finding = finding.also(throttle.at, format!("`{}` is limited by `{}`", sibling.label(), throttle.name));
    }
    let is_plain = *callers == Callers::Users && custom.is_none();
    // A few calls away, what costs may lie behind a condition that nobody sees here.
    let is_far = cost.depth > 1 || cost.kind == CostKind::Outbound && cost.depth > 0;
    if is_plain || is_far && custom.is_none() {
        finding.audience(Audience::Pedantic);
    }
}

/// What a cost is, as the verb of a sentence about a route.
fn describe(kind: CostKind) -> &'static str {
    match kind {
        CostKind::Inference => "has a model answer",
        CostKind::Process => "starts a process",
        CostKind::Enqueue => "starts background work",
        CostKind::Rendering => "renders a document",
        CostKind::Upload => "uploads to an object store",
        CostKind::Mail => "sends mail",
        CostKind::Outbound => "makes writing calls to another service",
    }
}
