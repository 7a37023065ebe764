//! What becomes of a caught error.

use backlint_model::words::snake_case;
use backlint_model::{File, Project};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId};

use super::answer::{error_status, is_failure_notice, returned_status};
use super::clause::{Clause, calls_in, expressions_in, next_statement};
use super::words::{WORDS, has_part};
use crate::data;
use crate::expressions::{label, literal};
use crate::logging::{calls_logging_function, is_log_call, logs_traceback};

/// What a clause does with the error.
pub(super) struct Reaction {
    /// How it is logged, here or by a function that is called.
    pub(super) log: Log,
    /// It, or one that carries it, is raised on some path.
    pub(super) is_passed_on: bool,
    /// The statement that raises another error without it.
    pub(super) replaced_at: Option<StmtId>,
    /// Its text or attributes are used, or that it happened is kept: in a status, a counter, a list.
    pub(super) is_noted: bool,
    /// What stands for it afterwards.
    pub(super) answer: Option<Answer>,
    /// Something else is tried: a call that is no answer and no cleaning up.
    pub(super) has_alternative: bool,
}

/// How an error is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Log {
    None,
    Plain,
    WithTraceback,
}

/// What is left of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// An HTTP status.
    Status(u16),
    /// A fixed value that says that something failed.
    Notice,
}

impl Reaction {
    pub(super) fn of(project: &Project, clause: &Clause<'_>) -> Self {
        let file = clause.file;
        let module = file.module();
        let calls = clause.handling_calls();
        let aborted =
            calls.iter().filter(|call| call.name() == Some("abort")).find_map(|call| error_status(file, call.expr));
        let mut reaction = Self {
            log: calls.iter().map(|&call| log_of(project, file, call)).max().unwrap_or(Log::None),
            is_passed_on: false,
            replaced_at: None,
            is_noted: uses_error(clause)
                || clause.handling_statements().iter().any(|&stmt| records(clause, stmt))
                || calls.iter().any(|call| call.name().is_some_and(is_recorder))
                || is_told_later(clause),
            answer: aborted.map(Answer::Status),
            has_alternative: calls.iter().any(|&call| is_alternative(call)),
        };
        for stmt in clause.handling_statements() {
            match module.stmt(stmt) {
                Stmt::Raise { exception, cause } => reaction.see_raise(clause, stmt, exception, cause),
                Stmt::Return(Some(value)) => {
                    let notice = || is_failure_notice(file, value).then_some(Answer::Notice);
                    let answer = returned_status(file, value).map(Answer::Status).or_else(notice);
                    reaction.answer = reaction.answer.or(answer);
                }
                _ => {}
            }
        }
        reaction
    }

    /// Whether nobody will ever learn of the error.
    pub(super) fn is_silent(&self) -> bool {
        self.log == Log::None && !self.is_passed_on && !self.is_noted
    }

    fn see_raise(&mut self, clause: &Clause<'_>, stmt: StmtId, raised: Option<ExprId>, from: Option<ExprId>) {
        let module = clause.file.module();
        let is_cut = from.is_some_and(|from| module.expr(from) == Expr::None);
        let is_same =
            raised.is_none_or(|raised| matches!(module.expr(raised), Expr::Name(name) if Some(name) == clause.name));
        if !is_cut && (is_same || from.is_some()) {
            self.is_passed_on = true;
            return;
        }
        self.replaced_at = self.replaced_at.or(Some(stmt));
        let status = raised.and_then(|raised| error_status(clause.file, raised));
        self.answer = self.answer.or(status.map(Answer::Status));
    }
}

fn log_of(project: &Project, file: File<'_>, call: Call<'_>) -> Log {
    if logs_traceback(file, call) {
        return Log::WithTraceback;
    }
    let is_logged = is_log_call(file, call) || calls_logging_function(project, file, call);
    if is_logged { Log::Plain } else { Log::None }
}

/// Whether the error is read. A mere look at its type is no use: it tells nobody what happened.
fn uses_error(clause: &Clause<'_>) -> bool {
    let file = clause.file;
    let module = file.module();
    let Some(name) = clause.name else { return false };
    expressions_in(file, clause.handling).into_iter().any(|expr| {
        let is_error = matches!(module.expr(expr), Expr::Name(found) if found == name);
        let is_test = file
            .index()
            .parent(expr)
            .and_then(|p| Call::of(module, p))
            .is_some_and(|call| call.name() == Some("isinstance"));
        is_error && !is_test
    })
}

fn is_failure_word(text: &str) -> bool {
    has_part(&WORDS.failure_words, &snake_case(text))
}

/// `failed += 1`, `job.status = "failed"`, `errors.append(name)`.
fn records(clause: &Clause<'_>, stmt: StmtId) -> bool {
    let file = clause.file;
    let module = file.module();
    let is_telling = |target: ExprId| label(file, target).is_some_and(is_failure_word);
    match module.stmt(stmt) {
        Stmt::AugAssign { .. } => true,
        Stmt::Assign { targets, value } => {
            module.list(targets).iter().any(|&target| is_telling(target))
                || literal(file, value).is_some_and(is_failure_word)
        }
        Stmt::AnnAssign { target, .. } => is_telling(target),
        Stmt::Expr(value) => Call::of(module, value).is_some_and(|call| {
            let is_collected =
                matches!(call.name(), Some("add" | "append" | "inc" | "put" | "put_nowait" | "setdefault"));
            is_collected && call.receiver().is_some_and(is_telling) || call.name() == Some("inc")
        }),
        _ => false,
    }
}

/// Functions that exist to take note of failures.
fn is_recorder(name: &str) -> bool {
    has_part(&WORDS.recorder_words, &snake_case(name))
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
    after_loop.into_iter().chain(after).chain(test_behind_branch(clause)).any(|stmt| speaks(&[stmt]))
}

/// The test that follows the branch which the clause ends, if it asks for a name that the clause binds.
fn test_behind_branch(clause: &Clause<'_>) -> Option<StmtId> {
    let file = clause.file;
    let module = file.module();
    let outer = |&stmt: &StmtId| {
        let parent = file.index().stmt_parent(stmt)?.stmt;
        (next_statement(clause, stmt).is_none() && matches!(module.stmt(parent), Stmt::If { .. } | Stmt::With { .. }))
            .then_some(parent)
    };
    let next = std::iter::successors(Some(clause.stmt), outer).skip(1).find_map(|stmt| next_statement(clause, stmt))?;
    let Stmt::If { clauses, .. } = module.stmt(next) else { return None };
    let test = file.text_of(module.list(clauses).first()?.test);
    let is_asked_for =
        |target: &str| test.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == target);
    let mut bound = clause.handling_statements().into_iter().filter_map(|stmt| match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => module.list(targets).first().map(|&target| file.text_of(target)),
        _ => None,
    });
    bound.any(is_asked_for).then_some(next)
}

/// Whether the call does something else than answering, cleaning up or making a value.
fn is_alternative(call: Call<'_>) -> bool {
    let Some(name) = call.name() else { return true };
    let is_made = name.ends_with("Response") || name.ends_with("Error") || name.ends_with("Exception");
    !is_made && !data::has(&WORDS.plain_calls, name)
}
