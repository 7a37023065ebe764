//! What ends a wait for a process from outside: watchdogs, deadlines around it, supervision.

use backlint_model::File;
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use super::waits::Wait;
use crate::deadlines::is_within_deadline;
use crate::expressions::literal;

/// Whether something else ends the wait, or the wait is part of a supervision.
pub(super) fn is_limited(file: File<'_>, wait: &Wait) -> bool {
    let start = wait.started_at.unwrap_or(wait.at);
    is_within_deadline(file, wait.at)
        || runs_under_timeout(file, start)
        || wait.process.is_some_and(|process| {
            is_ended_before(file, process, wait.at) || is_handed_on(file, process) || is_supervised(file, wait)
        })
}

/// `timeout 30 convert …`.
fn runs_under_timeout(file: File<'_>, start: ExprId) -> bool {
    let module = file.module();
    let Some(command) = Call::of(module, start).and_then(|call| call.argument("args", 0)) else { return false };
    let command = crate::expressions::assigned_value(file, command).unwrap_or(command);
    let first = match module.expr(command) {
        Expr::List(items) | Expr::Tuple(items) => module.list(items).first().and_then(|&item| literal(file, item)),
        _ => literal(file, command).and_then(|text| text.split_whitespace().next()),
    };
    matches!(first, Some("timeout" | "gtimeout" | "timelimit"))
}

/// Calls that tell this process to end: `process.kill()`, `os.killpg(process.pid, …)`.
fn endings(file: File<'_>, process: ExprId) -> impl Iterator<Item = Call<'_>> {
    let is_it = move |expr: ExprId| file.text_of(expr).starts_with(file.text_of(process));
    file.calls_named(&["kill", "killpg", "send_signal", "terminate"]).filter(move |call| {
        call.receiver().is_some_and(is_it)
            || call.args.iter().any(|arg| file.text_of(arg.value).contains(file.text_of(process)))
    })
}

/// Whether the process was told to end earlier in the same function.
fn is_ended_before(file: File<'_>, process: ExprId, at: ExprId) -> bool {
    let start = file.module().span(at).start;
    let function = file.index().function_of(at);
    endings(file, process).any(|call| call.span().start < start && file.index().function_of(call.expr) == function)
}

/// Whether the process, or one of its methods without a call, goes to someone who may end it: a timer, a registry.
fn is_handed_on(file: File<'_>, process: ExprId) -> bool {
    let module = file.module();
    let index = file.index();
    let Expr::Name(name) = module.expr(process) else { return false };
    let scope = index.lookup(index.scope_of_name(process), name).first().map(|b| b.scope);
    index.uses().iter().filter(|u| u.name == name).any(|u| {
        let is_same = index.lookup(u.scope, name).first().map(|b| b.scope) == scope;
        is_same && is_given_away(file, u.expr)
    })
}

fn is_given_away(file: File<'_>, name: ExprId) -> bool {
    let module = file.module();
    let index = file.index();
    let value = index.parent(name).filter(|&p| is_end_method(file, p)).unwrap_or(name);
    match index.parent(value).map(|p| module.expr(p)) {
        Some(Expr::Call { function, .. }) => function != value,
        Some(Expr::Tuple(_) | Expr::List(_) | Expr::Dict(_) | Expr::Lambda(_) | Expr::Yield(_)) => true,
        Some(_) => false,
        None => match index.stmt_of(value).map(|stmt| module.stmt(stmt)) {
            Some(Stmt::Assign { value: assigned, .. } | Stmt::AnnAssign { value: Some(assigned), .. }) => {
                assigned == value
            }
            Some(Stmt::Return(_)) => true,
            _ => false,
        },
    }
}

fn is_end_method(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    matches!(module.expr(expr), Expr::Attribute { name, .. } if matches!(module.text(name), "kill" | "terminate" | "pid"))
}

/// Whether the process is meant to run on: started again in a loop around the wait, or an attribute whose class ends it.
fn is_supervised(file: File<'_>, wait: &Wait) -> bool {
    let module = file.module();
    let (Some(process), Some(stmt)) = (wait.process, file.index().stmt_of(wait.at)) else { return false };
    if matches!(module.expr(process), Expr::Attribute { .. }) {
        return endings(file, process).next().is_some();
    }
    let started = wait.started_at.map(|start| module.span(start));
    file.index().stmt_ancestors(stmt).any(|parent| {
        let is_loop = matches!(module.stmt(parent.stmt), Stmt::While { .. });
        is_loop && started.is_some_and(|span| module.stmt_span(parent.stmt).contains(span))
    })
}
