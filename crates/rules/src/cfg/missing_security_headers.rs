//! CFG020: pages and sessions without the headers that browsers protect them by.

use backlint_finding::Findings;
use backlint_model::{ContainerId, Project};
use backlint_source::{FileId, Location};

use crate::areas::{Areas, own_texts, served_apps};

/// What sets the headers, wherever it stands.
const HARDENERS: &[&str] = &[
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "content-security-policy",
    "flask_talisman",
    "frame-ancestors",
    "from Secweb",
    "from secure import",
    "import secure",
    "x-frame-options",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if is_hardened(project) {
        return;
    }
    let areas = Areas::read(project);
    for (app, at) in served_apps(project) {
        let Some((evidence, what)) = browser_use(project, &areas, app.made.file) else { continue };
        let message = format!(
            "This application {what}, and nothing in the repository sets `Content-Security-Policy`, `X-Frame-Options`, \
             `X-Content-Type-Options` or `Strict-Transport-Security`: other sites may frame its pages, and browsers may \
             guess types and fall back to plain HTTP."
        );
        findings.report(at, app.import_path.clone(), message).also(evidence, what);
    }
}

fn is_hardened(project: &Project) -> bool {
    let sets = |text: &str| HARDENERS.iter().any(|word| text.contains(word));
    let in_code = project.files().filter(|file| file.role().is_reported()).any(|file| sets(file.source().text()));
    in_code || own_texts(project).any(|(_, text)| sets(text))
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
