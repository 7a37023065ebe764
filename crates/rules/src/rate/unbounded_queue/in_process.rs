//! Queues, deques and lists of a module that handlers fill and a thread or loop drains.

use backlint_finding::Findings;
use backlint_model::{Access, AccessKind, File, FunctionRef, Project, Reach, Role, SharedState, StateKind};
use backlint_semantic::{Call, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Stmt};

pub(super) fn check(project: &Project, findings: &mut Findings) {
    for state in project.shared_state() {
        let Some(file) = project.file(state.file).filter(|file| file.role() == Role::App) else { continue };
        if !is_unbounded(file, state) {
            continue;
        }
        let Some((put, drain)) = use_of(project, state) else { continue };
        let handler = project.routes().iter().find(|route| route.handler.function() == Some(put.function));
        let filler = handler.map_or_else(|| name(project, put.function), |route| format!("`{}`", route.label()));
        let message = format!(
            "`{}` has no maximum and {filler} puts into it: memory grows with requests while the worker is behind. Give \
             it a maximum and answer 503 when it is full.",
            state.name,
        );
        findings
            .report(state.at, state.name.clone(), message)
            .also(put.at, "filled on behalf of requests")
            .also(drain.at, "drained here");
    }
}

/// Made without a maximum: `Queue()`, `deque()`, `[]`.
fn is_unbounded(file: File<'_>, state: &SharedState) -> bool {
    let module = file.module();
    let Some(value) = value_of(file, state) else { return false };
    match module.expr(value) {
        Expr::List(items) => items.is_empty(),
        Expr::Call { .. } => Call::of(module, value).is_some_and(|call| match call.name() {
            Some("deque") => call.keyword("maxlen").is_none() && call.positional(1).is_none(),
            Some("Queue" | "LifoQueue" | "PriorityQueue") => match call.argument("maxsize", 0) {
                Some(size) => matches!(module.expr(size), Expr::Int(text) if module.text(text) == "0"),
                None => call.args.is_empty(),
            },
            Some("SimpleQueue") => true,
            _ => false,
        }),
        _ => false,
    }
}

fn value_of(file: File<'_>, state: &SharedState) -> Option<ExprId> {
    let module = file.module();
    module.top_level().iter().find_map(|&stmt| match module.stmt(stmt) {
        Stmt::Assign { value, .. } | Stmt::AnnAssign { value: Some(value), .. } if file.at_stmt(stmt) == state.at => {
            Some(value)
        }
        _ => None,
    })
}

/// The access that fills it on behalf of a request, and the one that drains it in a loop.
fn use_of<'s>(project: &Project, state: &'s SharedState) -> Option<(&'s Access, &'s Access)> {
    let put = state.accesses.iter().find(|access| {
        access.kind == AccessKind::Change
            && project.reach(access.function) == Some(Reach::Request)
            && puts(project, access)
    })?;
    let drain =
        state.accesses.iter().find(|access| takes(project, state, access) && loops(project, access.function))?;
    let is_bounded = state.accesses.iter().any(|access| asks_size(project, access, put.function));
    (!is_bounded && drain.function != put.function).then_some((put, drain))
}

/// The method that an access calls on the variable.
fn method<'p>(project: &'p Project, access: &Access) -> Option<&'p str> {
    let file = project.file(access.at.file)?;
    let parent = file.index().parent(access.expr?)?;
    match file.module().expr(parent) {
        Expr::Attribute { name, .. } => Some(file.module().text(name)),
        _ => None,
    }
}

fn puts(project: &Project, access: &Access) -> bool {
    matches!(method(project, access), Some("put" | "put_nowait" | "append" | "appendleft"))
}

fn takes(project: &Project, state: &SharedState, access: &Access) -> bool {
    match method(project, access) {
        Some("get" | "get_nowait") => state.kind == StateKind::Queue,
        Some("pop" | "popleft") => true,
        _ => false,
    }
}

/// Whether the function runs a loop that takes one thing after the other.
fn loops(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let module = file.module();
    let is_worker = project.reach(function) != Some(Reach::Request);
    let body = own_statements(module, module.body(function.id));
    is_worker && body.into_iter().any(|stmt| matches!(module.stmt(stmt), Stmt::While { .. }))
}

/// Whether the function that fills it looks at its size first.
fn asks_size(project: &Project, access: &Access, filler: FunctionRef) -> bool {
    let Some(file) = project.file(access.at.file).filter(|_| access.function == filler) else { return false };
    let Some(expr) = access.expr else { return false };
    let by_method = matches!(method(project, access), Some("qsize" | "full" | "maxsize"));
    let parent = file.index().parent(expr).and_then(|parent| Call::of(file.module(), parent));
    let by_length = parent.is_some_and(|call| call.name() == Some("len"));
    // A length that is only told to the caller bounds nothing.
    let size = if by_length {
        file.index().parent(expr)
    } else {
        file.index().parent(expr).and_then(|e| file.index().parent(e))
    };
    let is_compared = size.is_some_and(|size| {
        file.index().parent(size).is_some_and(|outer| matches!(file.module().expr(outer), Expr::Compare { .. }))
    });
    (by_method || by_length) && (is_compared || method(project, access) == Some("full"))
}

fn name(project: &Project, function: FunctionRef) -> String {
    project.file(function.file).map_or(String::new(), |file| format!("`{}`", file.function_name(function.id)))
}
