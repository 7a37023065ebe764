//! OBS001: health checks that stay green while everything behind the application is down.

use std::collections::BTreeSet;

use backlint_finding::{Findings, Severity};
use backlint_model::{HealthCheck, HealthPurpose, Project};

use super::probes::{Health, joined, probes_of, services_of};
use crate::areas::Areas;

/// Packages that bring health routes which look at services.
const LIBRARIES: &[&str] = &[
    "django-health-check",
    "fastapi-health",
    "fastapi-healthchecks",
    "flask-healthz",
    "healthcheck",
    "py-healthcheck",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.own_packages().any(|package| LIBRARIES.contains(&package.name.as_str())) {
        return;
    }
    let areas = Areas::read(project);
    let checks = project.health_checks();
    let services = project.backing_services();
    let mut told = BTreeSet::new();
    for health in Health::by_app(project, &checks) {
        let Some(check) = shallow(&health).filter(|_| !looks_elsewhere(project)) else { continue };
        let mut behind = services_of(project, health.app, &services);
        behind.retain(|service| service.kind.is_own());
        let Some(first) = behind.first() else { continue };
        let probes = probes_of(project, &areas, check);
        let path = &check.route.path;
        let asked = if probes.is_empty() { "" } else { ", and a container check relies on it" };
        let names = joined(&behind);
        let message = format!(
            "`{path}` answers that all is well while {names} cannot be reached{asked}: nothing that runs for it looks \
             at what the application needs."
        );
        let severity = if probes.is_empty() { Severity::Low } else { Severity::Medium };
        let mut report = findings.report(check.route.at, path.clone(), message).severity(severity);
        report = report.also(first.at, format!("connects to {}", first.label()));
        for &(_, at) in &probes {
            report = report.also(at, "asks this route");
        }
        // Several services of one repository may answer under the same path: which one is asked cannot be told.
        let is_alike = |other: &HealthCheck<'_>| other.route.path != *path || other.is_shallow();
        let probes = probes.into_iter().filter(|(_, at)| checks.iter().all(is_alike) && told.insert(*at));
        for (name, at) in probes {
            let message = format!(
                "The check of `{name}` asks `{path}`, which looks at nothing outside the process: it stays green while \
                 {names} cannot be reached."
            );
            findings.report(at, format!("{name} {path}"), message).severity(severity).also(check.route.at, "the route");
        }
    }
}

/// The check that machines would ask, if none of the application looks at anything.
fn shallow<'c, 'p>(health: &Health<'c, 'p>) -> Option<&'c HealthCheck<'p>> {
    let asked = health.checks.iter().filter(|check| check.purpose != HealthPurpose::Liveness);
    let is_deep = health.has_library_route || asked.clone().any(|check| !check.is_shallow());
    asked.min_by_key(|check| check.purpose).filter(|_| !is_deep).copied()
}

/// Whether a route under another name looks at a service: `/status/database`.
fn looks_elsewhere(project: &Project) -> bool {
    let mut handlers = project.routes().iter().filter_map(|route| route.handler.function());
    handlers.any(|function| {
        let Some(file) = project.file(function.file) else { return false };
        let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
        ["SELECT 1", "select 1", ".ping()"].iter().any(|look| text.contains(look))
    })
}
