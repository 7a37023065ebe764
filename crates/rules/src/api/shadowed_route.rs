//! API011: a route that can never be reached, because one that is registered before it answers the same requests.

mod patterns;

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{Findings, Severity};
use backlint_model::{
    Container, ContainerId, Framework, Guard, GuardLink, Liveness, Project, Role, Route, RouteId, Verdict,
};
use backlint_semantic::BindingKind;
use backlint_source::Location;

use patterns::{Pattern, Table};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut winners: BTreeMap<RouteId, Vec<&Route>> = BTreeMap::new();
    for (realm, routes) in served(project) {
        for (route, winner) in shadowed(project, &routes) {
            if route.methods.contains(&realm.method) {
                winners.entry(route.id).or_default().push(winner);
            }
        }
    }
    let mut reported = BTreeSet::new();
    for (id, winners) in winners {
        let route = project.route(id);
        // What still answers some of its methods was declared for the rest.
        let is_unreachable = winners.len() == route.methods.len();
        if is_unreachable && reported.insert((winners[0].handler, route.handler)) && !is_wanted(project, route) {
            report(project, route, winners[0], findings);
        }
    }
}

/// In Flask, an endpoint that strings name may be there to make addresses only.
fn is_wanted(project: &Project, route: &Route) -> bool {
    let name = project.handler_name(route.handler);
    if route.framework != Framework::Flask {
        return false;
    }
    let mentions = project.mentions(&BTreeSet::from([name]));
    let is_string = |at: &Location| at.span.of(project.sources().file(at.file).text()).ends_with(['"', '\'']);
    mentions.get(name).is_some_and(|places| places.iter().any(is_string))
}

/// What tells routes apart before their paths do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Realm {
    app: ContainerId,
    framework: Framework,
    method: String,
}

/// The live routes that functions of the project answer, in the order of their declarations.
fn served(project: &Project) -> BTreeMap<Realm, Vec<&Route>> {
    let mut found: BTreeMap<Realm, Vec<&Route>> = BTreeMap::new();
    for route in project.routes() {
        let Some(app) = route.app.filter(|_| route.liveness == Liveness::Live) else { continue };
        let is_app = project.file(route.at.file).is_some_and(|file| file.role() == Role::App);
        if !is_app || route.handler.function().is_none() || is_chosen_otherwise(project, route) {
            continue;
        }
        if route.container.is_some_and(|id| is_rebound(project, project.container(id))) {
            continue;
        }
        for method in &route.methods {
            let realm = Realm { app, framework: route.framework, method: method.clone() };
            found.entry(realm).or_default().push(route);
        }
        // Flask answers HEAD wherever it answers GET.
        if route.framework == Framework::Flask && route.methods.contains("GET") && !route.methods.contains("HEAD") {
            let realm = Realm { app, framework: route.framework, method: "HEAD".to_owned() };
            found.entry(realm).or_default().push(route);
        }
    }
    found
}

/// Whether the variable of a router is made anew in the same module, which router a route is on being a matter of order.
fn is_rebound(project: &Project, container: &Container) -> bool {
    let Some(file) = project.file(container.made.file) else { return false };
    let index = file.index();
    let Some(name) = file.module().symbol(&container.name) else { return false };
    let bindings = index.bindings_of(index.scope_of(container.made.expr), name);
    bindings.iter().filter(|binding| matches!(binding.kind, BindingKind::Assign { value: Some(_), .. })).count() > 1
}

/// Whether more than method and path choose the route: a host, or a version that a decorator gives.
fn is_chosen_otherwise(project: &Project, route: &Route) -> bool {
    const CHOICES: &[&str] = &["host=", "subdomain=", "version=", "defaults=", "build_only=", "redirect_to="];
    let Some(file) = project.file(route.at.file) else { return true };
    let declaration = file.slice(route.at.span);
    let has_version = |name: &str| name.to_ascii_lowercase().contains("version");
    let mut decorators = route.decorators.iter().filter_map(|at| Some(project.file(at.file)?.text_of(at.expr)));
    CHOICES.iter().any(|choice| declaration.contains(choice))
        || decorators.any(|text| has_version(text.split('(').next().unwrap_or(text)))
}

/// The routes that can never be reached, each with the one that answers instead.
fn shadowed<'p>(project: &Project, routes: &[&'p Route]) -> Vec<(&'p Route, &'p Route)> {
    let patterns: Vec<Option<Pattern>> = routes.iter().map(|route| Pattern::of(route)).collect();
    let table = Table::of(patterns.iter().map(Option::as_ref));
    let mut found = Vec::new();
    for (place, route) in routes.iter().enumerate() {
        let Some(pattern) = &patterns[place] else { continue };
        let rivals = table.covering(pattern).into_iter().map(|other| routes[other]);
        let winner = rivals
            .filter(|rival| rival.handler.function() != route.handler.function())
            .find(|rival| project.is_registered_before(rival, route) == Some(true));
        found.extend(winner.map(|winner| (*route, winner)));
    }
    found
}

fn report(project: &Project, route: &Route, winner: &Route, findings: &mut Findings) {
    let (name, other) = (project.handler_name(route.handler), project.handler_name(winner.handler));
    let message = if Pattern::of(route) == Pattern::of(winner) {
        format!(
            "`{}` is registered twice: `{other}` comes first and answers, `{name}` never runs. Remove one of them or \
             give it a path of its own.",
            route.label()
        )
    } else {
        format!(
            "`{}` can never be reached: `{}` is registered before it and takes its requests. Put the fixed path first.",
            route.label(),
            winner.label(),
        )
    };
    let (here, there) = (guards(route), guards(winner));
    let finding =
        findings.report(route.at, route.label(), message).also(winner.at, format!("`{other}` is registered first"));
    let only_here = here.iter().find(|guard| !there.iter().any(|found| is_same(found, guard)));
    let only_there = there.iter().find(|guard| !here.iter().any(|found| is_same(found, guard)));
    match (only_here, only_there) {
        (None, None) => finding.severity(Severity::Medium),
        (Some(guard), _) => finding.also(guard.at, difference(guard, name, other)),
        (None, Some(guard)) => finding.also(guard.at, difference(guard, other, name)),
    };
}

/// A check in a body goes by the name of its handler, so that those of two handlers never have the same.
fn is_same(one: &Guard, other: &Guard) -> bool {
    one.name == other.name || one.link == GuardLink::Body && other.link == GuardLink::Body
}

fn difference(guard: &Guard, guarded: &str, open: &str) -> String {
    match guard.link {
        GuardLink::Body => format!("`{guarded}` checks its callers itself, `{open}` does not"),
        _ => format!("`{guarded}` has the guard `{}`, `{open}` has not", guard.name),
    }
}

/// What guards a route for certain.
fn guards(route: &Route) -> Vec<&Guard> {
    route.guards.iter().filter(|guard| guard.verdict >= Verdict::Conditional).collect()
}
