//! A session lifetime that browsers are never told.

use backlint_finding::{Audience, Findings};
use backlint_model::{ConfigWrite, ContainerKind, Framework, Project};
use backlint_syntax::ast::{Expr, Stmt};

const KEY: &str = "PERMANENT_SESSION_LIFETIME";

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let is_flask = |container: &backlint_model::Container| {
        container.kind == ContainerKind::App && container.framework == Framework::Flask
    };
    let apps = project.containers().filter(|(_, container)| is_flask(container));
    let Some(write) = apps.flat_map(|(app, _)| project.config_writes(app, KEY)).find(|write| is_in_force(write)) else {
        return;
    };
    // Server-side sessions are permanent unless told otherwise, and extensions may choose for the app.
    if !uses_sessions(project) || project.reported_files().any(is_made_permanent) {
        return;
    }
    let message = format!(
        "No session is made permanent, so browsers drop the cookie when they close, and `{KEY}` only makes Flask refuse \
         cookies that are older. Set `session.permanent = True` where users sign in, if they are to stay signed in."
    );
    findings.report(write.at, KEY, message).audience(Audience::Pedantic);
}

fn is_in_force(write: &ConfigWrite) -> bool {
    write.takes_effect() && !write.is_dev_only
}

/// Whether something is kept in the session that Flask signs.
fn uses_sessions(project: &Project) -> bool {
    project.app_files().any(|file| {
        let module = file.module();
        let targets = module.stmt_ids().filter_map(|stmt| match module.stmt(stmt) {
            Stmt::Assign { targets, .. } => Some(module.list(targets)),
            _ => None,
        });
        module.symbol("session").is_some()
            && targets.flatten().any(|&target| match module.expr(target) {
                Expr::Subscript { value, .. } => file.path_of(value).as_deref() == Some("flask.session"),
                _ => false,
            })
    })
}

/// Whether sessions are made permanent in a file, as far as one can tell, or kept by an extension.
fn is_made_permanent(file: backlint_model::File<'_>) -> bool {
    let module = file.module();
    ["SESSION_PERMANENT", "flask_session", "flask_security", "flask_appbuilder", "flask_kvsession"]
        .iter()
        .any(|name| module.symbol(name).is_some())
        || module.symbol("permanent").is_some()
        || module.symbol("session_interface").is_some()
}
