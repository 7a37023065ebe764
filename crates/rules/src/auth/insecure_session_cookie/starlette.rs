//! The session cookie of Starlette's middleware.

use backlint_finding::{Confidence, Findings};
use backlint_model::{ContainerKind, Framework, Project};
use backlint_source::Location;

use super::flags::{Flag, flag};
use crate::expressions::path_ends_with;
use crate::overrides::Overrides;

pub(super) fn check(project: &Project, overrides: &Overrides, findings: &mut Findings) {
    let Some(login) = login(project) else { return };
    for file in project.app_files() {
        for call in file.calls_named(&["Middleware", "add_middleware"]) {
            let is_sessions = call.argument("middleware_class", 0).is_some_and(|class| {
                let class = project.resolve(file.id(), class);
                class.external().is_some_and(|path| path_ends_with(path, "sessions.SessionMiddleware"))
            });
            if !is_sessions || call.has_unpacking() || file.is_dev_only(call.expr) {
                continue;
            }
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

/// Where some app signs its callers in by this session.
fn login(project: &Project) -> Option<Location> {
    let apps = project
        .containers()
        .filter(|(_, container)| container.kind == ContainerKind::App && container.framework == Framework::FastApi);
    apps.into_iter().find_map(|(id, _)| project.session_login(id))
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
