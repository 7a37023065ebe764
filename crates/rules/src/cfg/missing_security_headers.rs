//! CFG020: pages and sessions without the headers that browsers protect them by.

use backlint_finding::Findings;
use backlint_model::{ContainerId, File, Project};
use backlint_source::{FileId, Location};

use crate::areas::{Areas, own_texts, served_apps};

/// The headers, as code and configurations spell them.
const HEADERS: &[&str] = &[
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "content-security-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
];

/// Packages that set them.
const HARDENERS: &[&str] = &["Secweb", "flask_talisman", "secure"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let areas = Areas::read(project);
    let used = served_apps(project)
        .into_iter()
        .filter_map(|(app, at)| Some((app, at, browser_use(project, &areas, app.made.file)?)))
        .collect::<Vec<_>>();
    if used.is_empty() || is_hardened(project) {
        return;
    }
    for (app, at, (evidence, what)) in used {
        let message = format!(
            "This application {what}, and no code, server or deployment file of the repository sets \
             `Content-Security-Policy`, `X-Frame-Options`, `X-Content-Type-Options` or `Strict-Transport-Security`: other sites may frame its pages, and browsers may \
             guess types and fall back to plain HTTP."
        );
        findings.report(at, app.import_path.clone(), message).also(evidence, what);
    }
}

fn is_hardened(project: &Project) -> bool {
    let sets = |text: &str| HEADERS.iter().any(|header| text.contains(header));
    project.reported_files().any(|file| imports_hardener(file) || sets(file.source().text()))
        || own_texts(project).any(|(_, text)| sets(text))
}

fn imports_hardener(file: File<'_>) -> bool {
    HARDENERS.iter().any(|hardener| file.imports_package(hardener))
}

/// Where the project of this app renders pages or sets a cookie that a login rests on.
fn browser_use(project: &Project, areas: &Areas<'_>, app: FileId) -> Option<(Location, &'static str)> {
    let is_this = |id: ContainerId| project.container(id).made.file == app;
    let session = project.containers().filter(|(id, _)| is_this(*id)).find_map(|(id, _)| project.session_login(id));
    if let Some(at) = session {
        return Some((at, "signs callers in by a session cookie"));
    }
    let files = project.app_files().filter(|file| areas.share(file.id(), app));
    files.into_iter().find_map(|file| {
        let mut pages = file.calls_named(&["TemplateResponse", "render_template", "render_template_string"]);
        pages.next().map(|call| (file.at_expr(call.expr), "renders pages"))
    })
}
