//! RATE007: nothing in an application answers "too many requests".

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::{ContainerId, Project, Role, Route, Verdict};

use super::{unthrottled_auth_route, unthrottled_expensive_route};
use crate::served::is_served;

/// How many routes are listed.
const MAX_LISTED: usize = 10;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let open = open_posts(project);
    if open.is_empty() || limits_in_proxy(project) {
        return;
    }
    let is_told_already = !unthrottled_auth_route::unthrottled(project).is_empty()
        || !unthrottled_expensive_route::unthrottled(project).is_empty();
    for (app, routes) in open.into_iter().filter(|_| !is_told_already) {
        let container = project.container(app);
        let Some(file) = project.file(container.made.file).filter(|file| file.role() == Role::App) else { continue };
        let count = if routes.len() == 1 {
            "1 public POST route".to_owned()
        } else {
            format!("{} public POST routes", routes.len())
        };
        let message = format!("No limit on requests was found in this repository; the app has {count}.");
        let at = file.at(file.first_line(file.module().span(container.made.expr)));
        let mut finding = findings.report(at, format!("app {}", container.import_path), message);
        for route in routes.iter().take(MAX_LISTED) {
            finding = finding.also(route.at, format!("`{}` is open and has no limit", route.label()));
        }
    }
}

/// The POST routes open to everybody of apps in which nothing limits calls.
fn open_posts(project: &Project) -> BTreeMap<ContainerId, Vec<&Route>> {
    let mut found: BTreeMap<ContainerId, Vec<&Route>> = BTreeMap::new();
    for route in project.routes().iter().filter(|route| is_served(project, route)) {
        let is_open = matches!(route.guarding.verdict, Verdict::No | Verdict::Public) && route.methods.contains("POST");
        if let Some(app) = route.app.filter(|_| is_open && route.handler.function().is_some()) {
            found.entry(app).or_default().push(route);
        }
    }
    let limited = project.routes().iter().filter(|route| !route.throttles.is_empty()).filter_map(|route| route.app);
    for app in limited {
        found.remove(&app);
    }
    found
}

/// Whether a configuration of a proxy limits requests.
fn limits_in_proxy(project: &Project) -> bool {
    const DIRECTIVES: &[&str] = &["limit_req", "rate_limit", "ratelimit"];
    let texts = project.sources().iter().filter(|(id, _)| project.file(*id).is_none()).map(|(_, file)| file.text());
    texts.into_iter().any(|text| DIRECTIVES.iter().any(|directive| text.contains(directive)))
}
