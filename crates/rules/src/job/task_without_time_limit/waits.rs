//! What a task does that may take any time, and how long it says it will wait.

use backlint_model::{File, FunctionRef, Project};
use backlint_semantic::{Call, Constant, fold, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

/// How many calls below a task are looked into.
const MAX_DEPTH: u32 = 2;

/// The first thing that has no end of its own, in words that follow the name of the task.
pub(super) fn open_end(project: &Project, task: FunctionRef) -> Option<(&'static str, Location)> {
    project.called_within(task, MAX_DEPTH).into_iter().find_map(|(_, function)| {
        let file = project.file(function.file)?;
        let by_call = project.calls_in(function).into_iter().find_map(|call| {
            let what = waits_without_limit(file, call)?;
            Some((what, file.at(file.first_line(call.span()))))
        });
        by_call.or_else(|| open_loop(file, function).map(|at| ("runs a loop that nothing ends", at)))
    })
}

fn waits_without_limit(file: File<'_>, call: Call<'_>) -> Option<&'static str> {
    const PROCESS: &[&str] = &["call", "check_call", "check_output", "communicate", "run", "wait"];
    const REQUEST: &[&str] = &["delete", "get", "head", "patch", "post", "put", "request", "urlopen"];
    let name = call.name().filter(|name| PROCESS.contains(name) || REQUEST.contains(name))?;
    if call.keyword("timeout").is_some() || call.has_unpacking() {
        return None;
    }
    let path = file.path_of(call.function)?;
    match path.split('.').next()? {
        "subprocess" if PROCESS.contains(&name) => Some("waits for a process without a timeout"),
        "requests" => Some("waits for another server without a timeout"),
        "urllib" if name == "urlopen" && call.args.len() < 3 => Some("waits for another server without a timeout"),
        _ => None,
    }
}

/// `while True` that nothing in it leaves.
fn open_loop(file: File<'_>, function: FunctionRef) -> Option<Location> {
    let module = file.module();
    own_statements(module, module.body(function.id)).into_iter().find_map(|stmt| {
        let Stmt::While { test, body, .. } = module.stmt(stmt) else { return None };
        let is_endless = matches!(module.expr(test), Expr::True | Expr::Int(_));
        let leaves = own_statements(module, module.list(body))
            .into_iter()
            .any(|inner| matches!(module.stmt(inner), Stmt::Break | Stmt::Return(_) | Stmt::Raise { .. }));
        (is_endless && !leaves).then(|| file.at_stmt(stmt))
    })
}

/// The longest timeout in seconds that the task or what it calls gives a call.
pub(super) fn longest_timeout(project: &Project, task: FunctionRef) -> Option<(i64, Location)> {
    let reached = project.called_within(task, MAX_DEPTH).into_iter();
    let all = reached.flat_map(|(_, function)| timeouts(project, function));
    all.max_by_key(|&(seconds, at)| (seconds, std::cmp::Reverse(at)))
}

fn timeouts(project: &Project, function: FunctionRef) -> Vec<(i64, Location)> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let calls = project.calls_in(function).into_iter();
    calls
        .filter_map(|call| {
            let timeout = call.keyword("timeout")?.value;
            Some((seconds(file, timeout)?, file.at_expr(timeout)))
        })
        .collect()
}

/// A number of seconds.
pub(super) fn seconds(file: File<'_>, value: ExprId) -> Option<i64> {
    match fold(file.module(), file.index(), value) {
        Constant::Int(seconds) => Some(seconds),
        _ => None,
    }
}
