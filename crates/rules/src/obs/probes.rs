//! Who asks the health routes of an application, and what it needs.

use std::collections::BTreeMap;

use backlint_model::{BackingService, Container, ContainerId, HealthCheck, Project, Purpose};
use backlint_source::Location;

use crate::areas::Areas;

/// The health routes of one application.
pub(super) struct Health<'c, 'p> {
    pub(super) app: &'p Container,
    pub(super) checks: Vec<&'c HealthCheck<'p>>,
    /// Whether a library answers health routes of its own.
    pub(super) has_library_route: bool,
}

impl<'c, 'p> Health<'c, 'p> {
    /// The health routes of each application, each handler once.
    pub(super) fn by_app(project: &'p Project, checks: &'c [HealthCheck<'p>]) -> Vec<Self> {
        let mut found: BTreeMap<ContainerId, Vec<&'c HealthCheck<'p>>> = BTreeMap::new();
        for check in checks {
            let Some(app) = check.route.app else { continue };
            let known = found.entry(app).or_default();
            if known.iter().all(|other| other.handler != check.handler) {
                known.push(check);
            }
        }
        let library = |app| {
            let mut routes = project.routes().iter().filter(move |route| route.app == Some(app));
            routes.any(|route| route.handler.function().is_none() && route.path.contains("health"))
        };
        let make = |(id, checks)| Self { app: project.container(id), checks, has_library_route: library(id) };
        found.into_iter().map(make).collect()
    }
}

/// The services whose clients are loaded with the file that makes an application, each product or kind once; those that
/// a setting turns on or nothing uses are left out.
pub(super) fn services_of<'s>(
    project: &Project,
    app: &Container,
    services: &'s [BackingService],
) -> Vec<&'s BackingService> {
    let loaded = project.loaded_with(app.made.file);
    let mut found: Vec<&BackingService> = Vec::new();
    for service in services {
        let is_needed = service.is_used && !service.is_optional && loaded.contains(&service.at.file);
        if is_needed && found.iter().all(|known| known.label() != service.label()) {
            found.push(service);
        }
    }
    found
}

/// The names of services, for messages.
pub(super) fn joined(services: &[&BackingService]) -> String {
    let names: Vec<&str> = services.iter().map(|service| service.label()).collect();
    match names.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => names.concat(),
    }
}

/// The checks of containers that ask a route before they let callers in: what they belong to, and where they stand.
pub(super) fn probes_of(project: &Project, areas: &Areas<'_>, check: &HealthCheck<'_>) -> Vec<(String, Location)> {
    let deployment = project.deployment();
    let services = deployment.services.iter().filter(|service| service.purpose != Purpose::Foreign);
    let of_services = services.flat_map(|service| service.probes.iter().map(|probe| (service.name.as_str(), probe)));
    let images = deployment.images.iter().filter(|image| image.purpose != Purpose::Foreign);
    let of_images = images.filter_map(|image| Some(("the image", image.probe.as_ref()?)));
    let path = check.route.path.trim_end_matches('/');
    let asks = |text: &str| text.split([' ', '"', '\'', ',', '[', ']', ')']).any(|word| path_of(word) == path);
    let is_near = |at: Location| {
        let home = areas.of(at.file);
        areas.of(check.route.at.file).starts_with(home)
    };
    let all = of_images.chain(of_services);
    let asking = all.filter(|(_, probe)| probe.is_readiness && is_near(probe.at) && asks(&probe.text));
    let mut found: Vec<(String, Location)> = asking.map(|(name, probe)| (name.to_owned(), probe.at)).collect();
    found.sort_by_key(|(_, at)| *at);
    found.dedup_by_key(|(_, at)| *at);
    found
}

/// The path of a URL, or a path itself, without its query.
fn path_of(word: &str) -> &str {
    let path = word.split_once("://").map_or(word, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
    path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/')
}
