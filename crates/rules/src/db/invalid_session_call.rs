//! DB030: calls that raise whenever they are reached.

use backlint_finding::{FindingBuilder, Findings};
use backlint_model::{Entity, File, FunctionRef, Project, Session, SessionAction, SessionEvent, SessionKind, Type};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId};

use super::versions::{Sqlalchemy, sqlalchemy};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if matches!(sqlalchemy(project), Sqlalchemy::Unknown | Sqlalchemy::Legacy) {
        return;
    }
    for file in project.reported_files() {
        for call in file.calls_named(&["execute", "scalar", "scalars"]) {
            plain_string(project, file, call, findings);
        }
    }
    for function in project.session_users() {
        let Some(file) = project.file(function.file).filter(|file| file.role().is_reported()) else { continue };
        let events = project.session_events(function);
        for event in events {
            if event.action == SessionAction::Begin {
                begun_twice(project, file, event, events, findings);
            }
            awaited(project, file, function, event, findings);
        }
    }
}

/// `session.execute("SELECT 1")`.
fn plain_string(project: &Project, file: File<'_>, call: Call<'_>, findings: &mut Findings) {
    let Some(statement) = call.positional(0) else { return };
    if !matches!(file.module().expr(statement), Expr::Str(_) | Expr::FString(_)) {
        return;
    }
    let Some(receiver) = call.receiver() else { return };
    if !takes_statements(project, file, receiver) {
        return;
    }
    let name = call.name().unwrap_or_default();
    let message = format!(
        "`{name}(\"…\")` raises whenever it is called: SQLAlchemy 2 takes no plain string; wrap it in `text()`."
    );
    let report = findings.report(file.at_expr(statement), file.context_name(call.expr), message);
    swallowed(file, call.expr, report);
}

/// Whether an expression is a session or connection of SQLAlchemy, by more than its name.
fn takes_statements(project: &Project, file: File<'_>, receiver: ExprId) -> bool {
    if matches!(project.session_kind(file.id(), receiver), Some(SessionKind::Sync | SessionKind::Async)) {
        return true;
    }
    match project.resolve(file.id(), receiver) {
        Entity::Result { of: path, .. } => {
            let engine = ["sqlalchemy.create_engine()", "sqlalchemy.ext.asyncio.create_async_engine()"];
            engine
                .iter()
                .any(|engine| path.strip_prefix(engine).is_some_and(|rest| matches!(rest, ".connect" | ".begin")))
        }
        Entity::Instance { of: Type::External(path), .. } => matches!(
            path.as_str(),
            "sqlalchemy.Connection" | "sqlalchemy.engine.Connection" | "sqlalchemy.ext.asyncio.AsyncConnection"
        ),
        _ => false,
    }
}

/// An `except` around the call tells something else than the truth.
fn swallowed<'f>(file: File<'_>, call: ExprId, report: FindingBuilder<'f>) -> FindingBuilder<'f> {
    let module = file.module();
    let around = file.index().stmt_of(call).into_iter().flat_map(|stmt| file.index().stmt_ancestors(stmt));
    let handler =
        around.filter(|parent| parent.block == backlint_semantic::Block::Body).find_map(|parent| {
            match module.stmt(parent.stmt) {
                Stmt::Try { handlers, .. } => module.list(handlers).first().copied(),
                _ => None,
            }
        });
    match handler {
        Some(handler) => report.also(file.at(handler.header), "reports the mistake as a failure of the database"),
        None => report,
    }
}

/// `with session.begin():` behind a statement that has begun a transaction already.
fn begun_twice(
    project: &Project,
    file: File<'_>,
    begin: &SessionEvent,
    events: &[SessionEvent],
    findings: &mut Findings,
) {
    let module = file.module();
    let Some(with) = file.index().stmt_of(begin.expr) else { return };
    let is_typed = Call::of(module, begin.expr).and_then(|call| call.receiver()).is_some_and(|receiver| {
        matches!(project.session_kind(file.id(), receiver), Some(SessionKind::Sync | SessionKind::Async))
    });
    if !is_typed || !matches!(module.stmt(with), Stmt::With { .. }) {
        return;
    }
    let start = module.span(begin.expr).start;
    let before = |event: &&SessionEvent| event.session == begin.session && module.span(event.expr).end < start;
    let ends = |event: &SessionEvent| {
        matches!(
            event.action,
            SessionAction::Commit | SessionAction::Rollback | SessionAction::Close | SessionAction::Begin
        )
    };
    let last_end = events.iter().filter(before).filter(|event| ends(event)).map(|e| module.span(e.expr).end).max();
    let begins = |event: &&SessionEvent| {
        !ends(event)
            && last_end.is_none_or(|end| module.span(event.expr).start > end)
            && file.index().stmt_of(event.expr).is_some_and(|stmt| always_before(file, stmt, with))
    };
    let Some(first) = events.iter().filter(before).find(begins) else { return };
    let line = file.line(module.span(first.expr).start);
    let message = format!("`begin()` raises here: line {line} has begun a transaction on this session already.");
    findings
        .report(file.at_expr(begin.expr), file.context_name(begin.expr), message)
        .also(file.at_expr(first.expr), "begins a transaction by itself");
}

/// Whether a statement runs on every path to a later one: it stands in a block around that one.
fn always_before(file: File<'_>, earlier: StmtId, later: StmtId) -> bool {
    let block = file.index().stmt_parent(earlier);
    let is_simple = matches!(file.module().stmt(earlier), Stmt::Expr(_) | Stmt::Assign { .. } | Stmt::AnnAssign { .. });
    is_simple
        && (block == file.index().stmt_parent(later)
            || file.index().stmt_ancestors(later).any(|parent| file.index().stmt_parent(parent.stmt) == block))
        && file.index().stmt_scope(earlier) == file.index().stmt_scope(later)
}

/// `await session.commit()` with a session that is used by plain calls.
fn awaited(project: &Project, file: File<'_>, function: FunctionRef, event: &SessionEvent, findings: &mut Findings) {
    let module = file.module();
    let is_awaited = file.index().parent(event.expr).is_some_and(|outer| matches!(module.expr(outer), Expr::Await(_)));
    if !is_awaited || !file.function(function.id).is_async {
        return;
    }
    let Some(receiver) = Call::of(module, event.expr).and_then(|call| call.receiver()) else { return };
    if project.session_kind(file.id(), receiver) != Some(SessionKind::Sync) || !is_surely_sync(project, event.session) {
        return;
    }
    let text = file.text_of(receiver);
    let message = format!("`{text}` is no asynchronous session: awaiting what this call gives raises TypeError.");
    let mut report = findings.report(file.at_expr(event.expr), file.context_name(event.expr), message);
    for source in project.session_sources(event.session).iter().take(1) {
        report = report.also(source.at, "the session comes from here");
    }
}

/// Annotations may be wrong: what hands the session out decides.
fn is_surely_sync(project: &Project, session: Session) -> bool {
    let sources = project.session_sources(session);
    !sources.is_empty() && sources.iter().all(|source| source.kind == SessionKind::Sync)
}
