//! The session cookie of Starlette's middleware.

use backlint_finding::{Confidence, Findings};
use backlint_model::{ContainerKind, Framework, Project};
use backlint_source::{FileId, Location};

use super::flags::{Flag, flag};
use crate::expressions::path_ends_with;
use crate::overrides::Overrides;

pub(super) fn check(project: &Project, overrides: &Overrides, findings: &mut Findings) {
    if login(project, None).is_none() {
        return;
    }
    for file in project.app_files() {
        for call in file.calls_named(&["Middleware", "add_middleware"]) {
            let is_sessions = call.argument("middleware_class", 0).is_some_and(|class| {
                let class = project.resolve(file.id(), class);
                class.external().is_some_and(|path| path_ends_with(path, "sessions.SessionMiddleware"))
            });
            if !is_sessions || call.has_unpacking() || file.is_dev_only(call.expr) {
                continue;
            }
            let Some(login) = login(project, Some(file.id())) else { continue };
            let unless = match call.keyword("https_only") {
                None => None,
                Some(arg) => match flag(project, file, arg.value, overrides) {
                    Flag::On => continue,
                    Flag::Off { unless, .. } => unless,
                },
            };
            let at = file.at(file.first_line(call.span()));
            report(at, &file.context_name(call.expr), unless.as_deref(), login, findings);
        }
    }
}

/// Where an app signs its callers in by this session: the app that is made in this file, else any.
fn login(project: &Project, made_in: Option<FileId>) -> Option<Location> {
    let apps = || {
        let all = project.containers();
        all.filter(|(_, app)| app.kind == ContainerKind::App && app.framework == Framework::FastApi)
    };
    let is_its_own = apps().any(|(_, app)| Some(app.made.file) == made_in);
    let mut meant = apps().filter(|(_, app)| !is_its_own || Some(app.made.file) == made_in);
    meant.find_map(|(id, _)| project.session_login(id))
}

fn report(at: Location, context: &str, unless: Option<&str>, login: Location, findings: &mut Findings) {
    let condition = unless.map_or_else(String::new, |name| format!(" unless `{name}` is set"));
    let message = format!(
        "Callers are signed in by this session, and `https_only` is off{condition}: browsers send the cookie over plain \
         HTTP too. Pass `https_only=True` outside development."
    );
    let report = findings
        .report(at, format!("{context}: SessionMiddleware"), message)
        .also(login, "callers are signed in by the session here");
    if unless.is_some() {
        report.confidence(Confidence::Medium);
    }
}
