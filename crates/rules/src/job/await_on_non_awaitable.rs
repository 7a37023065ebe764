//! JOB008: waiting for what a plain function returned.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{Entity, File, FunctionRef, Project};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use crate::expressions::label;

/// What waits for the result of a call.
enum Waiter<'p> {
    Await,
    /// A function that takes coroutines.
    Taker(&'p str),
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut coroutines: Option<BTreeSet<&str>> = None;
    for file in project.app_files() {
        for (call, waiter) in waited(file) {
            let Entity::Function(function) = project.resolve(file.id(), call.function) else { continue };
            if !is_plain(project, function) {
                continue;
            }
            let names = coroutines.get_or_insert_with(|| coroutine_names(project));
            let Some(home) = project.file(function.file) else { continue };
            let name = home.function_name(function.id);
            // A coroutine of the same name may be what is meant: an override, or another branch of an import.
            if names.contains(name) {
                continue;
            }
            let message = match waiter {
                Waiter::Await => format!(
                    "`{name}` is an ordinary function: it runs at once, and `await` raises `TypeError` on what it returns. Drop the `await`, or make it a coroutine."
                ),
                Waiter::Taker(taker) => format!(
                    "`{name}` is an ordinary function: it runs at once, and `{taker}` raises `TypeError` on what it returns. Use `asyncio.to_thread`, or make it a coroutine."
                ),
            };
            let anchor = format!("{}: {name}", file.context_name(call.expr));
            findings
                .report(file.at_expr(call.expr), anchor, message)
                .also(home.at_function(function.id), "defined without `async`");
        }
    }
}

/// The calls whose results are waited for, in source order.
fn waited(file: File<'_>) -> Vec<(Call<'_>, Waiter<'_>)> {
    let module = file.module();
    let mut found: Vec<(Call<'_>, Waiter<'_>)> = Vec::new();
    for expr in file.index().calls().iter().copied() {
        let is_awaited = file
            .index()
            .parent(expr)
            .is_some_and(|parent| matches!(module.expr(parent), Expr::Await(inner) if inner == expr));
        found.extend(Call::of(module, expr).filter(|_| is_awaited).map(|call| (call, Waiter::Await)));
    }
    for taker in file.calls_named(&["create_task", "ensure_future", "gather", "run", "run_until_complete"]) {
        let Some(name) = taker.name().filter(|name| takes_coroutines(file, taker, name)) else { continue };
        let inner = taker.args.iter().filter_map(|arg| Call::of(module, arg.value));
        found.extend(inner.map(|call| (call, Waiter::Taker(name))));
    }
    found.sort_by_key(|(call, _)| call.span());
    found
}

fn takes_coroutines(file: File<'_>, call: Call<'_>, name: &str) -> bool {
    let path = file.path_of(call.function);
    path.as_deref().and_then(|path| path.strip_prefix("asyncio.")) == Some(name)
        || name == "run_until_complete"
        || name == "create_task" && call.receiver().is_some_and(|object| file.text_of(object).ends_with("loop"))
}

/// Whether a function surely returns nothing that could be waited for.
fn is_plain(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let module = file.module();
    let definition = file.function(function.id);
    if definition.is_async || !module.list(definition.decorators).is_empty() {
        return false;
    }
    let body = own_statements(module, module.body(function.id));
    let parts =
        || body.iter().flat_map(|&stmt| expressions_of(module, stmt)).flat_map(|expr| descendants(module, expr));
    let is_generator = parts().any(|expr| matches!(module.expr(expr), Expr::Yield(_) | Expr::YieldFrom(_)));
    let ends_by_error = body.last().is_some_and(|&stmt| matches!(module.stmt(stmt), Stmt::Raise { .. }));
    let is_stub = ends_by_error
        || body.iter().all(|&stmt| match module.stmt(stmt) {
            Stmt::Pass | Stmt::Raise { .. } => true,
            Stmt::Expr(value) => matches!(module.expr(value), Expr::Ellipsis | Expr::Str(_)),
            _ => false,
        });
    let returns_plain = body.iter().all(|&stmt| match module.stmt(stmt) {
        Stmt::Return(Some(value)) => is_plain_value(project, file, value),
        _ => true,
    });
    let says_plain = definition.returns.is_some_and(|returns| is_plain_type(file, returns));
    !is_generator && !is_stub && (says_plain || definition.returns.is_none() && returns_plain)
}

/// Displays, literals, comparisons and texts.
fn is_plain_value(project: &Project, file: File<'_>, value: ExprId) -> bool {
    let module = file.module();
    match module.expr(value) {
        Expr::None
        | Expr::True
        | Expr::False
        | Expr::Int(_)
        | Expr::Float(_)
        | Expr::Str(_)
        | Expr::FString(_)
        | Expr::Bytes(_)
        | Expr::Dict(_)
        | Expr::List(_)
        | Expr::Set(_)
        | Expr::Tuple(_)
        | Expr::Compare { .. } => true,
        Expr::Name(_) | Expr::Call { .. } => matches!(project.resolve(file.id(), value), Entity::Literal(_)),
        _ => false,
    }
}

/// Types of the language that nobody can wait for.
fn is_plain_type(file: File<'_>, returns: ExprId) -> bool {
    const TYPES: &[&str] = &[
        "Dict", "List", "None", "Set", "Tuple", "bool", "bytes", "dict", "float", "int", "list", "set", "str", "tuple",
    ];
    let module = file.module();
    match module.expr(returns) {
        Expr::None => true,
        Expr::Subscript { value, .. } => is_plain_type(file, value),
        Expr::Binary { left, right, .. } => is_plain_type(file, left) && is_plain_type(file, right),
        _ => label(file, returns).is_some_and(|name| TYPES.contains(&name)),
    }
}

/// The names of all coroutines of the project.
fn coroutine_names(project: &Project) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for file in project.files() {
        let ids = file.module().function_ids().filter(|&id| file.function(id).is_async);
        found.extend(ids.map(|id| file.function_name(id)));
    }
    found
}
