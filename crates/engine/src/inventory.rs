//! The routes of a project as rows for people and scripts.

use backlint_finding::{GuardLink, GuardRow, GuardState, Problem, RouteEffect, RouteRow, ThrottleRow};
use backlint_model::{EffectKind, Guard, Guarding, Project, Route, Verdict};
use backlint_source::Location;

/// The routes of a project.
#[derive(Debug)]
pub struct Inventory {
    /// One row per route, sorted by application, path, methods and place.
    pub routes: Vec<RouteRow>,
    /// What kept files from being read in full.
    pub problems: Vec<Problem>,
    /// Files that were named by the user and not read.
    pub refused: Vec<String>,
}

/// One row per route, sorted by application, path, methods and place.
pub(crate) fn rows(project: &Project) -> Vec<RouteRow> {
    let mut rows: Vec<RouteRow> = project.routes().iter().map(|route| row(project, route)).collect();
    rows.sort_by(|a, b| {
        let key = |row: &RouteRow| (row.app.clone(), row.path.clone(), row.methods.clone(), row.file.clone(), row.line);
        key(a).cmp(&key(b))
    });
    rows
}

fn row(project: &Project, route: &Route) -> RouteRow {
    let (file, line) = place(project, project.handler_place(route));
    let app = route.app.map(|app| project.container(app).import_path.clone()).unwrap_or_default();
    let guards = route.guards.iter().map(|guard| guard_row(project, guard)).collect();
    let throttle = route.throttles.first().map(|throttle| {
        let (path, line) = place(project, throttle.at);
        ThrottleRow { name: throttle.name.clone(), path, line }
    });
    RouteRow {
        methods: route.methods.iter().cloned().collect(),
        path: route.path.clone(),
        file,
        line,
        registration_line: place(project, route.at).1,
        handler: project.handler_name(route.handler).to_owned(),
        framework: route.framework.name().to_owned(),
        registered: route.app.is_some(),
        app,
        guard: state(&route.guarding),
        guards,
        reason: route.guarding.reason.clone(),
        throttle,
        effect: effect(project, route),
    }
}

fn place(project: &Project, at: Location) -> (String, u32) {
    let file = project.sources().file(at.file);
    (file.path().to_owned(), file.line(at.span.start))
}

fn guard_row(project: &Project, guard: &Guard) -> GuardRow {
    let (path, line) = place(project, guard.at);
    GuardRow { name: guard.name.clone(), kind: link(guard.link), path, line }
}

fn state(guarding: &Guarding) -> GuardState {
    match guarding.verdict {
        _ if !guarding.guarded_methods.is_empty() => GuardState::Partial,
        Verdict::Yes => GuardState::Guarded,
        Verdict::Conditional => GuardState::Conditional,
        Verdict::Public => GuardState::Public,
        Verdict::No => GuardState::Unguarded,
        Verdict::Unknown => GuardState::Unknown,
    }
}

fn link(link: backlint_model::GuardLink) -> GuardLink {
    use backlint_model::GuardLink as Model;
    match link {
        Model::Decorator => GuardLink::Decorator,
        Model::Dependency => GuardLink::Dependency,
        Model::Router => GuardLink::Router,
        Model::Include => GuardLink::Include,
        Model::App => GuardLink::App,
        Model::Hook => GuardLink::Hook,
        Model::Middleware => GuardLink::Middleware,
        Model::Class => GuardLink::Class,
        Model::Body => GuardLink::Body,
        Model::Signature => GuardLink::Signature,
    }
}

fn effect(project: &Project, route: &Route) -> RouteEffect {
    match project.changing_effect(route) {
        Some(effect) if effect.kind == EffectKind::UnresolvedWrite => RouteEffect::Unknown,
        Some(_) => RouteEffect::StateChange,
        None => RouteEffect::Read,
    }
}
