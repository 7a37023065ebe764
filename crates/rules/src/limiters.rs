//! Home-made limiters: which shared state counts callers out.

use backlint_model::words::snake_case;
use backlint_model::{AccessKind, FunctionRef, Project, SharedState, StateKind};
use backlint_source::Location;

/// Whether the state counts attempts of callers and something is denied by the count.
pub(crate) fn is_limiter(project: &Project, state: &SharedState) -> bool {
    match state.kind {
        StateKind::Container => is_named_so(project, state) && compares_count(project, &users(state)),
        StateKind::Holder(class) => {
            let methods = holder_methods(project, state);
            let Some(file) = project.file(class.file) else { return false };
            let is_named = speaks_of_limits(&state.name) || speaks_of_limits(file.class_name(class.id));
            let grows = state.accesses.iter().any(|access| access.kind == AccessKind::Change);
            is_named && grows && (compares_count(project, &methods) || compares_count(project, &users(state)))
        }
        StateKind::Queue | StateKind::Scalar => false,
    }
}

fn users(state: &SharedState) -> Vec<FunctionRef> {
    let mut found: Vec<FunctionRef> = state.accesses.iter().map(|access| access.function).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn holder_methods(project: &Project, state: &SharedState) -> Vec<FunctionRef> {
    let StateKind::Holder(class) = state.kind else { return Vec::new() };
    let Some(file) = project.file(class.file) else { return Vec::new() };
    let module = file.module();
    let body = module.list(file.class(class.id).body);
    body.iter()
        .filter_map(|&stmt| match module.stmt(stmt) {
            backlint_syntax::ast::Stmt::Function(id) => Some(FunctionRef { file: class.file, id }),
            _ => None,
        })
        .collect()
}

fn is_named_so(project: &Project, state: &SharedState) -> bool {
    speaks_of_limits(&state.name)
        || state.writers().iter().any(|writer| {
            let Some(file) = project.file(writer.file) else { return false };
            let module = file.module();
            let mut current = Some(writer.id);
            while let Some(id) = current {
                if speaks_of_limits(file.function_name(id)) {
                    return true;
                }
                current = file.index().outer_function(module, id);
            }
            false
        })
}

/// Words of limiting, not of what is limited.
pub(crate) fn speaks_of_limits(name: &str) -> bool {
    let snake = snake_case(name);
    [
        "rate_limit",
        "ratelimit",
        "rate",
        "limiter",
        "limit",
        "throttle",
        "attempt",
        "attempts",
        "lockout",
        "hits",
        "failed_login",
        "failures",
        "window",
        "bucket",
        "counter",
        "request_log",
        "strikes",
    ]
    .iter()
    .any(|word| backlint_model::words::has_word(&snake, word))
}

/// Whether one of the functions compares a count or a length with a bound.
fn compares_count(project: &Project, functions: &[FunctionRef]) -> bool {
    functions.iter().any(|&function| project.count_comparison(function).is_some())
}

/// The comparison that decides, for a related place.
pub(crate) fn deny_place(project: &Project, state: &SharedState) -> Option<Location> {
    let methods = holder_methods(project, state);
    users(state).into_iter().chain(methods).find_map(|function| project.count_comparison(function))
}
