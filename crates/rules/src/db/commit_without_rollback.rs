//! DB008: a session that stays in use after a failed flush or commit, without a rollback.

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project, Session, SessionAction, SessionEnd, SessionEvent};
use backlint_semantic::{Block, Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{Body, Expr, ExprId, Handler, Stmt, StmtId};

use super::sessions::session_users;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut globals: BTreeMap<Session, Vec<(File<'_>, SessionEvent)>> = BTreeMap::new();
    for (file, function) in session_users(project) {
        let events = project.session_events(function);
        if !events.iter().any(is_sending) {
            continue;
        }
        for failure in swallowed(project, file, function, events) {
            report_loop(file, &failure, findings);
        }
        for commit in events.iter().filter(|event| event.action == SessionAction::Commit) {
            if matches!(commit.session, Session::Global(..)) {
                globals.entry(commit.session).or_default().push((file, *commit));
            }
        }
    }
    report_globals(project, &globals, findings);
}

/// Whether an event sends changes to the database, where constraints may refuse them.
fn is_sending(event: &SessionEvent) -> bool {
    matches!(event.action, SessionAction::Flush | SessionAction::Commit)
}

/// A failure that a loop goes on after.
struct Swallowed {
    sends: ExprId,
    handler: Handler,
}

/// The `try` statements in loops that catch the failure of a flush or commit and go on with the same session.
fn swallowed(project: &Project, file: File<'_>, function: FunctionRef, events: &[SessionEvent]) -> Vec<Swallowed> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in own_statements(module, module.body(function.id)) {
        let Stmt::Try { body, handlers, finally, .. } = module.stmt(stmt) else { continue };
        let Some(turn) = loop_around(file, stmt) else { continue };
        let inside = |event: &&SessionEvent| is_in(file, body, event.expr);
        let Some(sends) = events.iter().filter(|event| is_sending(event)).find(inside) else { continue };
        let session = sends.session;
        let is_undone = |body: Body| undoes(project, file, body, session);
        let is_of_turn = is_opened_in(project, file, turn, session);
        let has_savepoint =
            events.iter().any(|event| event.action == SessionAction::Savepoint && is_inside(file, turn, event.expr));
        if is_of_turn || has_savepoint || is_undone(finally) {
            continue;
        }
        let swallowing = module.list(handlers).iter().find(|handler| catches_database(file, handler));
        if let Some(handler) = swallowing.filter(|handler| goes_on(file, handler) && !is_undone(handler.body)) {
            found.push(Swallowed { sends: sends.expr, handler: *handler });
        }
    }
    found
}

/// The innermost loop around a statement, unless a `try` between them undoes the work.
fn loop_around(file: File<'_>, stmt: StmtId) -> Option<StmtId> {
    let mut around = file.index().stmt_ancestors(stmt);
    let is_loop = |stmt| matches!(file.module().stmt(stmt), Stmt::For { .. } | Stmt::While { .. });
    around.find(|parent| is_loop(parent.stmt) && parent.block == Block::Body).map(|parent| parent.stmt)
}

fn is_inside(file: File<'_>, outer: StmtId, expr: ExprId) -> bool {
    let (outer, inner) = (file.module().stmt_span(outer), file.module().span(expr));
    outer.start <= inner.start && inner.end <= outer.end
}

fn is_in(file: File<'_>, body: Body, expr: ExprId) -> bool {
    file.module().list(body).iter().any(|&stmt| is_inside(file, stmt, expr))
}

/// Whether every turn of the loop has a session of its own.
fn is_opened_in(project: &Project, file: File<'_>, turn: StmtId, session: Session) -> bool {
    let is_here = |source: &backlint_model::SessionSource| {
        let span = file.module().stmt_span(turn);
        source.at.file == file.id() && span.start <= source.at.span.start && source.at.span.end <= span.end
    };
    match session {
        Session::Local(function, name) => {
            let scope = file.index().function_scope(function.id);
            let bindings = file.index().bindings_of(scope, name);
            let span = file.module().stmt_span(turn);
            bindings.iter().any(|binding| span.start <= binding.span.start && binding.span.end <= span.end)
        }
        _ => project.session_sources(session).iter().any(is_here),
    }
}

/// Whether a block rolls the session back or closes it, or hands it to something that may.
fn undoes(project: &Project, file: File<'_>, body: Body, session: Session) -> bool {
    let module = file.module();
    let statements = own_statements(module, module.list(body)).into_iter();
    let parts = statements.flat_map(|stmt| expressions_of(module, stmt)).flat_map(|expr| descendants(module, expr));
    parts.filter_map(|expr| Call::of(module, expr)).any(|call| {
        matches!(call.name(), Some("rollback" | "close" | "remove" | "expunge_all" | "invalidate" | "reset"))
            || call.args.iter().any(|arg| {
                matches!(module.expr(arg.value), Expr::Name(_) | Expr::Attribute { .. })
                    && project.session(file.id(), arg.value) == Some(session)
            })
    })
}

/// Whether an `except` clause catches what a refused change raises.
fn catches_database(file: File<'_>, handler: &Handler) -> bool {
    const KINDS: &[&str] = &[
        "BaseException",
        "DBAPIError",
        "DatabaseError",
        "Exception",
        "IntegrityError",
        "SQLAlchemyError",
        "StatementError",
    ];
    let Some(kind) = handler.kind else { return true };
    let text = file.text_of(kind);
    text.split(|c: char| !c.is_alphanumeric()).any(|word| KINDS.contains(&word))
}

/// Whether a clause lets the loop go on.
fn goes_on(file: File<'_>, handler: &Handler) -> bool {
    let module = file.module();
    own_statements(module, module.list(handler.body))
        .into_iter()
        .all(|stmt| !matches!(module.stmt(stmt), Stmt::Raise { .. } | Stmt::Return(_) | Stmt::Break))
}

fn report_loop(file: File<'_>, failure: &Swallowed, findings: &mut Findings) {
    let message = "After the first failed row the session is unusable and every later row fails too; use a savepoint \
                   per row, or roll back here.";
    let name = file.context_name(failure.sends);
    findings
        .report(file.at(failure.handler.header), name, message)
        .also(file.at_expr(failure.sends), "a failure here leaves the session waiting for a rollback");
}

/// Sessions of the module that nothing ever rolls back: one finding for each, at its first commit.
fn report_globals(
    project: &Project,
    globals: &BTreeMap<Session, Vec<(File<'_>, SessionEvent)>>,
    findings: &mut Findings,
) {
    for (&session, commits) in globals {
        let Some((file, commit)) = commits.first() else { continue };
        let is_rolled_back = project.session_users().into_iter().any(|function| {
            project.session_events(function).iter().any(|event| {
                event.session == session && matches!(event.action, SessionAction::Rollback | SessionAction::Close)
            })
        });
        if is_rolled_back || project.session_end(session) == Some(SessionEnd::Commits) {
            continue;
        }
        let text =
            Call::of(file.module(), commit.expr).and_then(|call| call.receiver()).map_or("", |r| file.text_of(r));
        let message = format!(
            "`{text}` is one session for the whole process and nothing rolls it back: after the first commit that \
             fails, everything that uses it fails."
        );
        let mut report = findings.report(file.at_expr(commit.expr), file.context_name(commit.expr), message);
        for (other, commit) in commits.iter().skip(1).take(3) {
            report = report.also(other.at_expr(commit.expr), "committed here, too");
        }
    }
}
