//! What becomes of a caught error.

use backlint_model::Project;
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId};

use super::answer::{error_status, is_failure_notice, returned_status};
use super::clause::{Clause, calls_in, expressions_in};
use crate::expressions::{label, literal};
use crate::logging::{calls_logging_function, is_log_call, logs_traceback};

/// What a clause does with the error.
pub(super) struct Reaction {
    /// It is logged, here or by a function that is called.
    pub(super) is_logged: bool,
    /// It is logged with its traceback.
    pub(super) has_traceback: bool,
    /// It, or one that carries it, is raised on some path.
    pub(super) is_passed_on: bool,
    /// The statement that raises another error without it.
    pub(super) replaced_at: Option<StmtId>,
    /// Its text, type or attributes are used.
    pub(super) is_used: bool,
    /// That it happened is kept: in a status, a counter, a list.
    pub(super) is_recorded: bool,
    /// The status of the answer that stands for it.
    pub(super) status: Option<u16>,
    /// It returns that something failed, and no more than that.
    pub(super) is_noticed: bool,
    /// Something else is tried: a call that is no answer and no cleaning up.
    pub(super) has_alternative: bool,
}

impl Reaction {
    pub(super) fn of(project: &Project, clause: &Clause<'_>) -> Self {
        let file = clause.file;
        let module = file.module();
        let calls = clause.handling_calls();
        let mut reaction = Self {
            is_logged: calls.iter().any(|&call| is_log_call(file, call) || calls_logging_function(project, file, call)),
            has_traceback: calls.iter().any(|&call| logs_traceback(file, call)),
            is_passed_on: false,
            replaced_at: None,
            is_used: uses_error(clause),
            is_recorded: clause.handling_statements().iter().any(|&stmt| records(clause, stmt))
                || calls.iter().any(|call| call.name().is_some_and(is_recorder))
                || is_told_later(clause),
            status: calls.iter().filter(|call| call.name() == Some("abort")).find_map(|call| error_status(file, call.expr)),
            is_noticed: false,
            has_alternative: calls.iter().any(|&call| is_alternative(call)),
        };
        for stmt in clause.handling_statements() {
            match module.stmt(stmt) {
                Stmt::Raise { exception, cause } => reaction.see_raise(clause, stmt, exception, cause),
                Stmt::Return(Some(value)) => {
                    reaction.status = reaction.status.or(returned_status(file, value));
                    reaction.is_noticed |= is_failure_notice(file, value);
                }
                _ => {}
            }
        }
        reaction
    }

    /// Whether nobody will ever learn of the error.
    pub(super) fn is_silent(&self) -> bool {
        !self.is_logged && !self.is_passed_on && !self.is_used && !self.is_recorded
    }

    fn see_raise(&mut self, clause: &Clause<'_>, stmt: StmtId, exception: Option<ExprId>, cause: Option<ExprId>) {
        let module = clause.file.module();
        let is_cut = cause.is_some_and(|cause| module.expr(cause) == Expr::None);
        let is_same = exception.is_none_or(|raised| {
            matches!(module.expr(raised), Expr::Name(name) if Some(name) == clause.name)
        });
        if !is_cut && (is_same || cause.is_some()) {
            self.is_passed_on = true;
            return;
        }
        self.replaced_at = self.replaced_at.or(Some(stmt));
        self.status = self.status.or_else(|| error_status(clause.file, exception?));
    }
}

/// Whether the error is read. A mere look at its type is no use: it tells nobody what happened.
fn uses_error(clause: &Clause<'_>) -> bool {
    let file = clause.file;
    let module = file.module();
    let Some(name) = clause.name else { return false };
    expressions_in(file, clause.handling).into_iter().any(|expr| {
        let is_error = matches!(module.expr(expr), Expr::Name(found) if found == name);
        let is_test = file.index().parent(expr).and_then(|p| Call::of(module, p)).is_some_and(|call| call.name() == Some("isinstance"));
        is_error && !is_test
    })
}

/// Words for things that say that something went wrong.
const FAILURE: &[&str] = &[
    "alive", "available", "bad", "broken", "dead", "degraded", "disconnected", "down", "err", "error", "errors", "exc", "exception",
    "fail", "failed", "failing", "failure", "failures", "fallback", "healthy", "invalid", "lost", "missing", "ok", "reason", "rejected",
    "retries", "retry", "skipped", "stale", "state", "status", "success", "successful", "unavailable", "unhealthy", "valid", "warnings",
];

fn is_failure_word(text: &str) -> bool {
    let snake = backlint_model::words::snake_case(text);
    snake.split(|c: char| !c.is_alphanumeric()).any(|word| FAILURE.contains(&word))
}

/// `failed += 1`, `job.status = "failed"`, `errors.append(name)`.
fn records(clause: &Clause<'_>, stmt: StmtId) -> bool {
    let file = clause.file;
    let module = file.module();
    let is_telling = |target: ExprId| label(file, target).is_some_and(is_failure_word);
    match module.stmt(stmt) {
        Stmt::AugAssign { .. } => true,
        Stmt::Assign { targets, value } => {
            module.list(targets).iter().any(|&target| is_telling(target)) || literal(file, value).is_some_and(is_failure_word)
        }
        Stmt::AnnAssign { target, .. } => is_telling(target),
        Stmt::Expr(value) => Call::of(module, value).is_some_and(|call| {
            let is_collected = matches!(call.name(), Some("add" | "append" | "inc" | "put" | "put_nowait" | "setdefault"));
            is_collected && call.receiver().is_some_and(is_telling) || call.name() == Some("inc")
        }),
        _ => false,
    }
}

/// Functions that exist to take note of failures.
fn is_recorder(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "alert", "audit", "callback", "emit", "error", "fail", "failed", "failure", "handle", "inc", "increment", "mark", "metric",
        "notify", "on", "record", "report", "track",
    ];
    let snake = backlint_model::words::snake_case(name);
    snake.split('_').any(|word| WORDS.contains(&word))
}

/// Whether what follows the block, or the loop around it, looks at what came of it and speaks up.
fn is_told_later(clause: &Clause<'_>) -> bool {
    let file = clause.file;
    let module = file.module();
    let speaks = |block: &[StmtId]| {
        let raises = backlint_semantic::own_statements(module, block)
            .into_iter()
            .any(|stmt| matches!(module.stmt(stmt), Stmt::Raise { .. }));
        raises || calls_in(file, block).into_iter().any(|call| is_log_call(file, call))
    };
    let after_loop = clause.enclosing_loop().and_then(|stmt| next_statement(clause, stmt));
    let after = next_statement(clause, clause.stmt).filter(|&stmt| matches!(module.stmt(stmt), Stmt::If { .. }));
    after_loop.into_iter().chain(after).any(|stmt| speaks(&[stmt]))
}

fn next_statement(clause: &Clause<'_>, stmt: StmtId) -> Option<StmtId> {
    let index = clause.file.index();
    let module = clause.file.module();
    let end = module.stmt_span(stmt).end;
    let parent = index.stmt_parent(stmt);
    let siblings = module.stmt_ids().filter(|&other| index.stmt_parent(other) == parent && index.stmt_scope(other) == index.stmt_scope(stmt));
    siblings.filter(|&other| module.stmt_span(other).start >= end).min_by_key(|&other| module.stmt_span(other).start)
}

/// Whether the call does something else than answering, cleaning up or making a value.
fn is_alternative(call: Call<'_>) -> bool {
    const PLAIN: &[&str] = &[
        "HTTPException", "abort", "aclose", "bool", "close", "delete", "dict", "flash", "float", "frozenset", "get", "int", "isinstance",
        "jsonify", "list", "make_response", "now", "redirect", "remove", "render_template", "rollback", "set", "sleep", "str", "tuple",
        "unlink", "url_for", "utcnow",
    ];
    let Some(name) = call.name() else { return true };
    let is_made = name.ends_with("Response") || name.ends_with("Error") || name.ends_with("Exception");
    !is_made && !PLAIN.contains(&name)
}
