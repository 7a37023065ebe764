//! API004: routes of an interface that carry no version.

use std::collections::BTreeMap;

use backlint_finding::{Audience, Findings};
use backlint_model::{ContainerId, ExprRef, FunctionRef, Project, Route};
use backlint_source::Location;

use crate::served::{handlers_by_app, is_technical};

/// From how many routes on an app is an interface.
const MIN_ROUTES: usize = 3;

/// How many places are listed.
const MAX_LISTED: usize = 30;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for (app, handlers) in handlers_by_app(project) {
        let routes: Vec<&Route> = handlers
            .iter()
            .filter(|(handler, route)| is_interface(project, *handler, route))
            .map(|&(_, r)| r)
            .collect();
        if routes.len() < MIN_ROUTES || routes.iter().any(|route| route.path.contains('…')) {
            continue;
        }
        let (versioned, plain): (Vec<&Route>, Vec<&Route>) = routes.iter().partition(|route| is_versioned(&route.path));
        if plain.is_empty() || versioned.is_empty() && versions_elsewhere(project, app) {
            continue;
        }
        if versioned.is_empty() {
            report_app(project, app, &plain, findings);
        } else {
            report_mixture(project, &versioned, &plain, findings);
        }
    }
}

/// Whether a route is part of what clients program against: neither a page, nor a socket, nor for operations.
fn is_interface(project: &Project, handler: FunctionRef, route: &Route) -> bool {
    const PAGES: &[&str] =
        &["render_template", "TemplateResponse", "HTMLResponse", "send_from_directory", "FileResponse", "redirect("];
    let Some(file) = project.file(handler.file) else { return false };
    let body = file.slice(file.module().stmt_span(file.function(handler.id).stmt));
    let declaration = project.declaration(route).map_or("", |call| file.slice(call.span()));
    !is_technical(route)
        && route.path != "/"
        && !route.methods.contains("WEBSOCKET")
        && !PAGES.iter().any(|page| body.contains(page) || declaration.contains(page))
}

/// Whether a segment of the path is a version: `v1`, `v2.1`, `v1beta`.
fn is_versioned(path: &str) -> bool {
    path.split('/').any(|segment| {
        let rest = segment.strip_prefix(['v', 'V']);
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) || segment.contains("version")
    })
}

/// Whether clients choose the version by a header, or the application is told that something in front of it adds one.
fn versions_elsewhere(project: &Project, app: ContainerId) -> bool {
    const HEADERS: &[&str] = &["api-version", "accept-version", "api_version_header", "fastapi_versioning", "cadwyn"];
    let is_behind_version =
        |at: ExprRef| project.file(at.file).is_some_and(|file| file.text_of(at.expr).contains("/v1"));
    is_behind_version(project.container(app).made)
        || project.app_files().any(|file| {
            let text = file.source().text().to_ascii_lowercase();
            HEADERS.iter().any(|header| text.contains(header))
        })
}

fn report_app(project: &Project, app: ContainerId, plain: &[&Route], findings: &mut Findings) {
    let container = project.container(app);
    let Some(file) = project.file(container.made.file) else { return };
    let at = file.at(file.first_line(file.module().span(container.made.expr)));
    let message = format!(
        "None of the {} routes of this interface carries a version, so a change that breaks clients cannot be offered \
         beside the old form.",
        plain.len(),
    );
    let mut finding = findings.report(at, format!("app {}", container.import_path), message);
    for (at, what) in places(project, plain).into_iter().take(MAX_LISTED) {
        finding = finding.also(at, what);
    }
}

/// Where the routes get their paths: the routers they are on, and the calls that register those.
fn places(project: &Project, routes: &[&Route]) -> BTreeMap<Location, String> {
    let mut found = BTreeMap::new();
    for route in routes {
        if let Some(&edge) = route.chain.first()
            && let Some(edge) = project.registrations().get(edge)
        {
            found.entry(edge.at).or_insert_with(|| "registered without a version".to_owned());
        }
        let Some(container) = route.container.filter(|&id| Some(id) != route.app) else { continue };
        let container = project.container(container);
        let at = project.at(container.made);
        found.entry(at).or_insert_with(|| format!("`{}` has no version in its prefix", container.name));
    }
    found
}

/// Some routers carry a version and others do not: once, at the first of the fewer.
fn report_mixture(project: &Project, versioned: &[&Route], plain: &[&Route], findings: &mut Findings) {
    let (with, without) = (routers(project, versioned), routers(project, plain));
    let only_without: Vec<(&Location, &String)> = without.iter().filter(|(at, _)| !with.contains_key(*at)).collect();
    if only_without.is_empty() || with.is_empty() {
        return;
    }
    let is_without_minor = only_without.len() <= with.len();
    let first = if is_without_minor { only_without[0] } else { with.iter().next().unwrap_or(only_without[0]) };
    let message = format!(
        "{} under a versioned path, {} without a version: clients cannot tell which parts of the interface are stable.",
        counted(with.len()),
        only_without.len(),
    );
    let mut finding = findings.report(*first.0, first.1.clone(), message).audience(Audience::Pedantic);
    for (at, name) in &with {
        finding = finding.also(*at, format!("`{name}` has a version"));
    }
    for (at, name) in only_without.iter().take(MAX_LISTED) {
        finding = finding.also(**at, format!("`{name}` has none"));
    }
}

fn counted(number: usize) -> String {
    if number == 1 { "1 router of this app is".to_owned() } else { format!("{number} routers of this app are") }
}

/// The routers that routes are declared on, by place.
fn routers(project: &Project, routes: &[&Route]) -> BTreeMap<Location, String> {
    let containers = routes.iter().filter_map(|route| route.container);
    containers
        .map(|id| {
            let container = project.container(id);
            (project.at(container.made), container.name.clone())
        })
        .collect()
}
