//! The routes that an application of the project serves in production.

use std::collections::{BTreeMap, BTreeSet};

use backlint_model::{ContainerId, FunctionRef, Liveness, Project, Role, Route};

/// Whether an app serves the route in production, from a file that rules report in.
pub(crate) fn is_served(project: &Project, route: &Route) -> bool {
    route.liveness == Liveness::Live
        && !project.is_dev_only(route)
        && project.file(route.at.file).is_some_and(|file| file.role() == Role::App)
}

/// The served routes that functions of the project answer, by app; the first route of each function.
pub(crate) fn handlers_by_app(project: &Project) -> BTreeMap<ContainerId, Vec<(FunctionRef, &Route)>> {
    let mut found: BTreeMap<ContainerId, Vec<(FunctionRef, &Route)>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for route in project.routes().iter().filter(|route| is_served(project, route)) {
        let (Some(app), Some(handler)) = (route.app, route.handler.function()) else { continue };
        if seen.insert((app, handler)) {
            found.entry(app).or_default().push((handler, route));
        }
    }
    found
}

/// Routes for machines around the application rather than for its clients: health, metrics, documentation, static files.
pub(crate) fn is_technical(route: &Route) -> bool {
    const SEGMENTS: &[&str] = &[
        "alive",
        "docs",
        "favicon.ico",
        "health",
        "healthcheck",
        "healthz",
        "heartbeat",
        "live",
        "livez",
        "liveness",
        "metrics",
        "openapi.json",
        "ping",
        "ready",
        "readiness",
        "readyz",
        "redoc",
        "robots.txt",
        "static",
        "status",
        "swagger",
        "version",
    ];
    let mut segments = route.path.split('/').filter(|segment| !segment.is_empty());
    segments.any(|segment| SEGMENTS.contains(&segment.to_ascii_lowercase().as_str()))
}
