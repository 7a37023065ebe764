//! AUTH002: everybody may read what the siblings of a route keep to known callers.

mod exposed;
mod fields;

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{ContainerId, FunctionRef, Liveness, Project, Role, Route, Verdict};

use fields::{Answered, answered};

/// How many guarded siblings that change something tell that a router is not meant for everybody.
const MIN_GUARDED: usize = 2;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut routers: BTreeMap<ContainerId, Vec<&Route>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for route in project.routes().iter().filter(|route| is_served(project, route)) {
        if let Some(handler) = route.handler.function().filter(|handler| is_open(route) && seen.insert(*handler)) {
            exposed::check(project, route, handler, findings);
        }
        if let Some(router) = route.container {
            routers.entry(router).or_default().push(route);
        }
    }
    for routes in routers.values() {
        ask(project, routes, findings);
    }
}

fn is_served(project: &Project, route: &Route) -> bool {
    route.liveness == Liveness::Live
        && project.file(route.at.file).is_some_and(|file| file.role() == Role::App)
        && !project.is_dev_only(route)
}

fn is_open(route: &Route) -> bool {
    route.guarding.verdict == Verdict::No && route.methods.contains("GET")
}

/// An open route of a router and what it answers.
struct Reading<'p> {
    route: &'p Route,
    answered: Answered,
}

/// One question per router.
fn ask(project: &Project, routes: &[&Route], findings: &mut Findings) {
    let guarded = guarded_writers(project, routes);
    if guarded.len() < MIN_GUARDED {
        return;
    }
    let mut seen: BTreeSet<FunctionRef> = BTreeSet::new();
    let mut readings = Vec::new();
    for route in routes.iter().copied().filter(|route| is_open(route)) {
        let Some(handler) = route.handler.function().filter(|handler| seen.insert(*handler)) else { continue };
        readings.extend(answered(project, route, handler).map(|answered| Reading { route, answered }));
    }
    // Those that somebody called public come last: they may well be meant.
    readings.sort_by_key(|reading| (reading.answered.is_called_public, reading.route.at));
    if let Some((first, others)) = readings.split_first() {
        report(first, others, &guarded, findings);
    }
}

/// Handlers of a router that change something and are guarded, one route of each.
fn guarded_writers<'p>(project: &Project, routes: &[&'p Route]) -> Vec<&'p Route> {
    let mut seen = BTreeSet::new();
    let is_guarded = |route: &Route| matches!(route.guarding.verdict, Verdict::Yes | Verdict::Conditional);
    let writers = routes.iter().copied().filter(|route| !route.is_read_only_method() && is_guarded(route));
    writers.filter(|route| seen.insert(route.handler) && project.changing_effect(route).is_some()).collect()
}

fn report(first: &Reading<'_>, others: &[Reading<'_>], guarded: &[&Route], findings: &mut Findings) {
    let names = first.answered.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let rest = match others.len() {
        0 => String::new(),
        1 => ", and so does another open route".to_owned(),
        more => format!(", and so do {more} other open routes"),
    };
    let message = format!(
        "`{}` is open to everybody and answers {names}{rest}; the {} changing routes of this router are guarded. \
         Intended? If not, add the guard or drop the fields.",
        first.route.label(),
        guarded.len(),
    );
    let mut finding = findings
        .report(first.route.at, first.route.label(), message)
        .audience(if first.answered.is_called_public { Audience::Auditor } else { Audience::Pedantic })
        .confidence(Confidence::Medium)
        .also(first.answered.at, "the fields are written here");
    for other in others {
        finding = finding.also(other.route.at, format!("`{}` is open too", other.route.label()));
    }
    for sibling in guarded.iter().take(3) {
        finding = finding.also(sibling.at, format!("`{}` is guarded", sibling.label()));
    }
}
