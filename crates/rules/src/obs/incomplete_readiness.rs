//! OBS002: readiness checks that cannot fail, or that leave out what the application needs.

mod failing;

use backlint_finding::{Audience, Confidence, Findings, Severity};
use backlint_model::{BackingService, HealthCheck, HealthPurpose, Project};

use super::probes::{Health, joined, probes_of, services_of};
use crate::areas::Areas;

use failing::Harmless;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let areas = Areas::read(project);
    let checks = project.health_checks();
    let services = project.backing_services();
    for health in Health::by_app(project, &checks) {
        for check in &health.checks {
            report_harmless(project, &areas, check, findings);
        }
        report_missing(project, &areas, &health, &services, findings);
    }
    for check in project.partial_health_checks() {
        report_harmless(project, &areas, &check, findings);
    }
}

/// Form (a): the answer says that something is down, the status does not.
fn report_harmless(project: &Project, areas: &Areas<'_>, check: &HealthCheck<'_>, findings: &mut Findings) {
    if check.purpose == HealthPurpose::Liveness {
        return;
    }
    let Some(found) = failing::find(project, check) else { return };
    let path = &check.route.path;
    let probes = probes_of(project, areas, check);
    let (at, message) = match found {
        Harmless::Caught(at) => (
            at,
            format!(
                "When this check fails, `{path}` still answers with status 200 and says so in the body only; probes \
                 and load balancers read the status."
            ),
        ),
        Harmless::Pair(at) => (
            at,
            format!(
                "FastAPI sends this pair as a list with status 200: `{path}` never answers with the status that stands \
                 here. Set `response.status_code`, or return a `JSONResponse`."
            ),
        ),
    };
    let is_asked = check.purpose == HealthPurpose::Readiness || !probes.is_empty();
    let mut report = findings.report(at, path.clone(), message);
    if !is_asked && matches!(found, Harmless::Caught(_)) {
        report = report.severity(Severity::Low).confidence(Confidence::Medium).audience(Audience::Pedantic);
    }
    if at != check.route.at {
        report = report.also(check.route.at, "the route");
    }
    for (_, at) in probes {
        report = report.also(at, "asks this route");
    }
}

/// Form (b): the check looks at some services and not at others.
fn report_missing(
    project: &Project,
    areas: &Areas<'_>,
    health: &Health<'_, '_>,
    services: &[BackingService],
    findings: &mut Findings,
) {
    let ready = health.checks.iter().filter(|check| check.purpose != HealthPurpose::Liveness);
    let is_unclear = ready.clone().any(|check| project.asks_something_unknown(check));
    let is_asked = |check: &&&HealthCheck<'_>| {
        check.purpose == HealthPurpose::Readiness || !probes_of(project, areas, check).is_empty()
    };
    let Some(check) = ready.clone().filter(|check| !check.is_shallow()).find(is_asked).filter(|_| !is_unclear) else {
        return;
    };
    let mut missing = services_of(project, health.app, services);
    missing.retain(|service| !ready.clone().any(|check| project.is_asked(check, service)));
    let has_own = missing.iter().any(|service| service.kind.is_own());
    missing.retain(|service| !has_own || service.kind.is_own());
    if missing.is_empty() {
        return;
    }
    let path = &check.route.path;
    let names = joined(&missing);
    let message = format!("`{path}` looks at some of what the application needs, but answers ready without {names}.");
    let audience = if has_own { Audience::Pedantic } else { Audience::Auditor };
    let mut report = findings.report(check.route.at, format!("{path} services"), message);
    report = report.severity(Severity::Low).confidence(Confidence::Medium).audience(audience);
    for service in missing {
        report = report.also(service.at, format!("connects to {}", service.label()));
    }
}
