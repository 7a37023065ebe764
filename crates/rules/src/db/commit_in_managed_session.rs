//! DB006: a commit of a session that commits itself when the request ends.

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project, Session, SessionAction, SessionEnd, SessionEvent};
use backlint_semantic::{Block, Call};
use backlint_syntax::ast::{ExprId, Stmt};

use super::sessions::{handlers, is_generator, session_parameters, session_users};

/// How many handlers make a custom.
const FEW: usize = 5;

/// What a commit does before other steps.
const SPLITTING: &str = "saves half of the work if a later step fails";

/// What a commit does behind which a handler writes nothing more.
const ENDING: &str = "comes too early: what it saves stays even if the answer then fails";

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let Some(custom) = Custom::of(project) else { return };
    for (file, function) in session_users(project) {
        let events = project.session_events(function);
        for commit in events.iter().filter(|event| event.action == SessionAction::Commit) {
            if is_managed(project, commit.session) && !is_on_purpose(file, function, events, commit) {
                let harm = if ends_handler(project, file, function, commit) { ENDING } else { SPLITTING };
                report(project, file, commit, (harm, &custom), findings);
            }
        }
    }
}

/// How many handlers leave the commit to the session's provider.
struct Custom {
    handlers: usize,
    committing: usize,
}

impl Custom {
    /// None if committing is the project's habit, or if there are too few handlers to tell.
    fn of(project: &Project) -> Option<Self> {
        let mut custom = Self { handlers: 0, committing: 0 };
        for handler in handlers(project) {
            let managed: Vec<Session> =
                session_parameters(project, handler).into_iter().filter(|&s| is_managed(project, s)).collect();
            if managed.is_empty() {
                continue;
            }
            custom.handlers += 1;
            let steps = project.session_steps(handler);
            let commits = |step: &&backlint_model::SessionStep| {
                step.action == SessionAction::Commit && managed.contains(&step.session)
            };
            custom.committing += usize::from(steps.iter().any(|step| commits(&step)));
        }
        (custom.handlers >= FEW && custom.committing * 5 <= custom.handlers).then_some(custom)
    }
}

fn is_managed(project: &Project, session: Session) -> bool {
    matches!(session, Session::Param(..)) && project.session_end(session) == Some(SessionEnd::Commits)
}

/// A commit that has to come first: before a raise that would undo the work, before other work is started that needs
/// to see the rows, while a response is streamed, or of a savepoint.
fn is_on_purpose(file: File<'_>, function: FunctionRef, events: &[SessionEvent], commit: &SessionEvent) -> bool {
    const DISPATCHING: &[&str] = &[
        "add_task",
        "apply_async",
        "create_task",
        "delay",
        "enqueue",
        "ensure_future",
        "publish",
        "send_task",
        "submit",
    ];
    let module = file.module();
    let end = module.span(commit.expr).end;
    let dispatches = |call: Call<'_>| {
        call.name().is_some_and(|name| DISPATCHING.contains(&name))
            && file.index().function_of(call.expr) == Some(function.id)
            && call.span().start > end
    };
    is_generator(file, function)
        || file.calls_named(DISPATCHING).any(dispatches)
        || events.iter().any(|event| event.action == SessionAction::Savepoint)
        || is_followed_by_raise(file, commit.expr)
}

/// Whether a later statement of the same block raises, or the commit stands in an `except` clause.
fn is_followed_by_raise(file: File<'_>, commit: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(commit) else { return false };
    let is_handler = |block| matches!(block, Block::Handler(_));
    if file.index().stmt_ancestors(stmt).any(|parent| is_handler(parent.block)) {
        return true;
    }
    let parent = file.index().stmt_parent(stmt);
    let scope = file.index().stmt_scope(stmt);
    module.stmt_ids().any(|other| {
        matches!(module.stmt(other), Stmt::Raise { .. })
            && file.index().stmt_scope(other) == scope
            && file.index().stmt_parent(other) == parent
            && module.stmt_span(other).start > module.stmt_span(stmt).end
    })
}

/// Whether a handler writes nothing more behind a commit.
fn ends_handler(project: &Project, file: File<'_>, function: FunctionRef, commit: &SessionEvent) -> bool {
    let is_handler = project.routes().iter().any(|route| route.handler.function() == Some(function));
    let end = file.module().span(commit.expr).end;
    let writes = |action| matches!(action, SessionAction::Write | SessionAction::Flush | SessionAction::Commit);
    is_handler
        && !project
            .session_steps(function)
            .iter()
            .any(|step| writes(step.action) && file.module().span(step.expr).start > end)
}

fn report(
    project: &Project,
    file: File<'_>,
    commit: &SessionEvent,
    (harm, custom): (&str, &Custom),
    findings: &mut Findings,
) {
    let message = format!(
        "The session's provider commits already; this commit {harm} ({} of {} handlers leave it to the provider).",
        custom.handlers - custom.committing,
        custom.handlers
    );
    let mut report = findings.report(file.at_expr(commit.expr), file.context_name(commit.expr), message);
    for source in project.session_sources(commit.session).iter().take(1) {
        report = report.also(source.at, "the provider commits here");
    }
}
