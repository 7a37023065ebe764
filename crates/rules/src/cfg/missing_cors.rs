//! CFG008: a front end on an origin of its own, and an API that allows none.

use backlint_finding::Findings;
use backlint_model::{DeployKind, Project};
use backlint_source::{FileId, Location, Span};

use crate::areas::{Areas, own_texts, served_apps};
use crate::cors::policies;

/// Commands of front ends that serve themselves while they are developed.
const DEV_SERVERS: &[&str] = &[
    "\"@angular/cli\"",
    "\"@vue/cli-service\"",
    "\"next\"",
    "\"nuxt\"",
    "\"react-scripts\"",
    "\"vite\"",
    "\"webpack-dev-server\"",
];

/// The header that allows an origin, however it is set.
const ALLOW_ORIGIN: &[&str] = &["Access-Control-Allow-Origin", "access-control-allow-origin"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let front_ends: Vec<Location> = front_ends(project).collect();
    if front_ends.is_empty() || is_served_together(project) || sets_header(project) {
        return;
    }
    let areas = Areas::read(project);
    let allowed: Vec<FileId> = policies(project).map(|policy| policy.file.id()).collect();
    for (app, at) in served_apps(project) {
        let file = app.made.file;
        let Some(&front_end) = front_ends.iter().find(|front_end| are_one_product(project, front_end.file, file))
        else {
            continue;
        };
        if allowed.iter().any(|&policy| areas.share(policy, file)) || renders_pages(project, &areas, file) {
            continue;
        }
        let message = "A front end with a server of its own is in this repository, but this API allows no other origin: \
                       unless both are served from one origin, browsers refuse its answers.";
        findings.report(at, app.import_path.clone(), message).also(front_end, "the front end");
    }
}

/// The manifests of front ends with a development server of their own.
fn front_ends(project: &Project) -> impl Iterator<Item = Location> {
    own_texts(project).filter_map(|(id, text)| {
        let path = project.sources().file(id).path();
        let is_manifest = path.rsplit('/').next() == Some("package.json") && !text.contains("\"proxy\"");
        let at = DEV_SERVERS.iter().filter(|_| is_manifest).find_map(|name| Some((text.find(name)?, name.len())))?;
        let fits = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Some(Location { file: id, span: Span::new(fits(at.0), fits(at.0 + at.1)) })
    })
}

/// Whether the folder around that of a front end's manifest is one around the application, or both lie in one folder at
/// the top. A repository may hold several products.
fn are_one_product(project: &Project, manifest: FileId, app: FileId) -> bool {
    let Some(app) = project.file(app) else { return false };
    let Some(above) = app.path().strip_suffix(app.local_path()) else { return false };
    let manifest = project.sources().file(manifest).path();
    let Some(manifest) = manifest.strip_prefix(above) else { return false };
    let around = manifest.rsplitn(3, '/').nth(2).unwrap_or_default();
    let top = |path: &str| path.split_once('/').map(|(top, _)| top.to_owned());
    around.is_empty()
        || app.local_path().strip_prefix(around).is_some_and(|rest| rest.starts_with('/'))
        || top(manifest) == top(app.local_path())
}

/// Whether a reverse proxy of the repository may serve both.
fn is_served_together(project: &Project) -> bool {
    let deployment = project.deployment();
    deployment.files_of(DeployKind::Proxy).next().is_some()
        || own_texts(project).any(|(_, text)| text.contains("kind: Ingress") || text.contains("traefik.http"))
}

fn sets_header(project: &Project) -> bool {
    let sets = |text: &str| ALLOW_ORIGIN.iter().any(|header| text.contains(header));
    project.reported_files().any(|file| sets(file.source().text())) || own_texts(project).any(|(_, text)| sets(text))
}

/// Whether the project of this app serves its pages itself.
fn renders_pages(project: &Project, areas: &Areas<'_>, app: FileId) -> bool {
    let files = project.app_files().filter(|file| areas.share(file.id(), app));
    files.into_iter().any(|file| {
        let calls = &["Jinja2Templates", "StaticFiles", "render_template", "send_from_directory", "send_static_file"];
        file.calls_named(calls).next().is_some()
    })
}
