//! EXC002: an error of which nobody will ever learn.

mod fallback;
mod handlers;
mod reason;

use backlint_finding::{Audience, Confidence, Findings, Severity};
use backlint_model::Project;
use backlint_semantic::Call;
use backlint_syntax::ast::{ParamKind, Stmt};

use super::clause::{Clause, broad_clauses};
use super::reaction::{Answer, Reaction};
use super::stakes::{At, Stakes};
use fallback::is_tried_otherwise;
use handlers::{dropping_error_handlers, logs_server_errors};
use reason::has_reason;

/// How an error is lost.
pub(super) enum Loss {
    /// A middleware answers for all errors of the application.
    Middleware,
    /// The client is told that something failed, and that is all that is left of it.
    Answer {
        /// The status, if the answer has one.
        status: Option<u16>,
        /// What failed.
        call: At,
    },
    /// The program goes on; the call changes or asks something outside.
    Effect(At),
    /// The program goes on, and what is lost may not matter.
    Doubtful(Option<At>),
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let is_logged_elsewhere = logs_server_errors(project);
    for file in project.app_files() {
        for clause in broad_clauses(file) {
            if let Some(loss) = loss(project, &clause, is_logged_elsewhere) {
                report(&clause, loss, findings);
            }
        }
        for handler in dropping_error_handlers(project, file) {
            let name = file.function_name(handler);
            let message = format!(
                "`{name}` answers every error of the application and neither logs it nor passes it on: no failure leaves a trace. Log the error with its traceback before answering."
            );
            let report = findings.report(file.at_function(handler), file.qualified_name(handler), message);
            report.severity(Severity::High);
        }
    }
}

/// How the clause loses its error, if it does.
pub(super) fn loss(project: &Project, clause: &Clause<'_>, is_logged_elsewhere: bool) -> Option<Loss> {
    let reaction = Reaction::of(project, clause);
    if !reaction.is_silent() {
        return None;
    }
    let stakes = Stakes::of(project, clause);
    if let Some(Answer::Status(status @ 500..)) = reaction.answer {
        if is_middleware(clause) {
            return Some(Loss::Middleware);
        }
        let is_covered = reaction.replaced_at.is_some() && is_logged_elsewhere;
        return match stakes {
            // What is tried instead may fail in a clause of its own, and that one answers.
            Stakes::Effect(call) | Stakes::Work(call) if tries_again(clause) => Some(Loss::Doubtful(Some(call))),
            Stakes::Effect(call) | Stakes::Work(call) if !is_covered => {
                Some(Loss::Answer { status: Some(status), call })
            }
            _ => None,
        };
    }
    if matches!(reaction.answer, Some(Answer::Status(_)))
        || reaction.replaced_at.is_some()
        || is_harmless(clause, &stakes)
    {
        return None;
    }
    let is_doubtful =
        reaction.has_alternative || has_reason(clause) || clause.function().is_none() || is_tried_otherwise(clause);
    match stakes {
        Stakes::Effect(call) | Stakes::Work(call) if reaction.answer == Some(Answer::Notice) && !is_doubtful => {
            Some(Loss::Answer { status: None, call })
        }
        Stakes::Effect(call) if !is_doubtful => Some(Loss::Effect(call)),
        Stakes::Effect(call) | Stakes::Work(call) => Some(Loss::Doubtful(Some(call))),
        Stakes::Conversion => Some(Loss::Doubtful(None)),
        Stakes::Harmless => None,
    }
}

/// Whether a clause has clauses of its own.
fn tries_again(clause: &Clause<'_>) -> bool {
    let module = clause.file.module();
    clause.handling_statements().into_iter().any(|stmt| {
        let Stmt::Try { handlers, .. } = module.stmt(stmt) else { return false };
        !module.list(handlers).is_empty()
    })
}

fn is_harmless(clause: &Clause<'_>, stakes: &Stakes) -> bool {
    matches!(stakes, Stakes::Harmless) || clause.is_after_error()
}

/// Whether the block calls the rest of the application.
fn is_middleware(clause: &Clause<'_>) -> bool {
    let module = clause.file.module();
    let Some(function) = clause.function() else { return false };
    let params = module.list(clause.file.function(function).params);
    let next = params.iter().find(|param| {
        param.kind == ParamKind::Positional
            && matches!(module.text(param.name), "call_next" | "get_response" | "next_call")
    });
    next.is_some_and(|next| {
        clause.guarded_calls().iter().any(|call: &Call<'_>| call.name() == Some(module.text(next.name)))
    })
}

fn report(clause: &Clause<'_>, loss: Loss, findings: &mut Findings) {
    let at = clause.file.at(clause.at);
    let context = clause.context();
    match loss {
        Loss::Middleware => {
            let message = "Every error of the application ends here in a fixed answer, unlogged: no failure leaves a trace. Log it with its traceback before answering.";
            findings.report(at, format!("{context}: middleware"), message).severity(Severity::High);
        }
        Loss::Answer { status, call } => {
            let left = status.map_or_else(
                || "a fixed text for the caller".to_owned(),
                |status| format!("a {status} for the client"),
            );
            let message = format!(
                "The error of `{}` is dropped: no log, no cause, only {left}. Log it with its traceback, or raise `from` it.",
                call.what
            );
            findings.report(at, format!("{context}: {}", call.what), message).also(call.at, "its error is lost");
        }
        Loss::Effect(call) => {
            let message = format!(
                "If `{}` fails, nobody will know: any error is dropped here, unlogged. Log it with its traceback, or catch only what is expected.",
                call.what
            );
            findings.report(at, format!("{context}: {}", call.what), message).also(call.at, "its error is lost");
        }
        Loss::Doubtful(call) => {
            let what = call.as_ref().map_or("the block", |call| call.what.as_str());
            let message = format!(
                "Any error of `{what}` is dropped here, a misspelt name included; catch only what is expected, or log it."
            );
            let report = findings.report(at, format!("{context}: {what}"), message);
            report.severity(Severity::Low).confidence(Confidence::Low).audience(Audience::Pedantic);
        }
    }
}
