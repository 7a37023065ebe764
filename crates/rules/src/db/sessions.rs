//! Questions about database sessions that several rules ask.

use std::collections::{BTreeMap, BTreeSet};

use backlint_model::{File, FunctionRef, Liveness, Project, Role, Session, SessionAction, SessionEnd, SessionStep};
use backlint_semantic::{descendants, expressions_of, own_statements};
use backlint_syntax::ast::{Expr, StmtId};

/// The functions that answer live routes, each once, in source order.
pub(super) fn handlers(project: &Project) -> Vec<FunctionRef> {
    let live = project.routes().iter().filter(|route| route.liveness != Liveness::Dead);
    let found: BTreeSet<FunctionRef> = live.filter_map(|route| route.handler.function()).collect();
    found.into_iter().collect()
}

/// The sessions that a function gets as parameters.
pub(super) fn session_parameters(project: &Project, function: FunctionRef) -> Vec<Session> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let count = file.module().list(file.function(function.id).params).len();
    let all = (0..).take(count).map(|place| Session::Param(function, place));
    all.filter(|&session| !project.session_sources(session).is_empty()).collect()
}

/// The functions of applications that use sessions themselves, with their files, in source order.
pub(super) fn session_users(project: &Project) -> Vec<(File<'_>, FunctionRef)> {
    let users = project.session_users().into_iter();
    users
        .filter_map(|function| Some((project.file(function.file)?, function)))
        .filter(|(file, _)| file.role() == Role::App)
        .collect()
}

/// Whether the work on a session that is not committed is undone when an exception leaves the request.
pub(super) fn is_undone_on_raise(project: &Project, session: Session) -> bool {
    match session {
        Session::Scoped => !commits_after_requests(project),
        _ => matches!(project.session_end(session), Some(SessionEnd::Commits | SessionEnd::Closes)),
    }
}

/// Whether a hook of the application commits the session of every request.
fn commits_after_requests(project: &Project) -> bool {
    const HOOKS: &[&str] = &["after_request", "teardown_appcontext", "teardown_request"];
    project.session_users().into_iter().any(|function| {
        let commits = project.session_events(function).iter().any(|event| event.action == SessionAction::Commit);
        commits
            && project.file(function.file).is_some_and(|file| {
                let decorators = file.module().list(file.function(function.id).decorators);
                decorators.iter().any(|decorator| HOOKS.iter().any(|hook| file.text_of(decorator.expr).ends_with(hook)))
            })
    })
}

/// Whether a function hands out values one by one.
pub(super) fn is_generator(file: File<'_>, function: FunctionRef) -> bool {
    let module = file.module();
    own_statements(module, module.body(function.id)).into_iter().any(|stmt| {
        let parts = expressions_of(module, stmt).into_iter().flat_map(|expr| descendants(module, expr));
        parts.into_iter().any(|part| matches!(module.expr(part), Expr::Yield(_) | Expr::YieldFrom(_)))
    })
}

/// What the function does with one session, by statement.
pub(super) fn steps_by_statement(
    file: File<'_>,
    steps: &[SessionStep],
    session: Session,
) -> BTreeMap<StmtId, Vec<SessionStep>> {
    let mut found: BTreeMap<StmtId, Vec<SessionStep>> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.session == session) {
        if let Some(stmt) = file.index().stmt_of(step.expr) {
            found.entry(stmt).or_default().push(*step);
        }
    }
    found
}

/// The sessions that a function or its callees use, each once, in stable order.
pub(super) fn sessions_of(steps: &[SessionStep]) -> Vec<Session> {
    let found: BTreeSet<Session> = steps.iter().map(|step| step.session).collect();
    found.into_iter().collect()
}
