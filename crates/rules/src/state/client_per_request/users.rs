//! Which handlers and dependencies make a client each time they run.

use std::collections::BTreeSet;

use backlint_model::{File, FunctionRef, Project, Reach};
use backlint_semantic::{Call, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Stmt};

/// How many calls above the client those that start it are looked for.
const MAX_DEPTH: u32 = 6;

/// What becomes of a value in the function that makes or gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is kept for later calls.
    Kept,
    /// It is gone when the function is, or whoever called it gets it.
    Dropped,
}

/// The handlers and dependencies that come to the call each time; empty if something on the way keeps the client.
pub(super) fn users(project: &Project, function: FunctionRef, made: ExprId) -> BTreeSet<FunctionRef> {
    let mut users = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut level = vec![(function, made)];
    for _ in 0..=MAX_DEPTH {
        let mut above = Vec::new();
        for (function, value) in level {
            let Some(file) = project.file(function.file) else { continue };
            if project.reach(function) != Some(Reach::Request)
                || is_memoised(file, function)
                || fate(file, function, value) == Fate::Kept
                || !seen.insert(function)
            {
                continue;
            }
            let callers = project.callers(function);
            if callers.is_empty() || !project.routes_of(function).is_empty() {
                users.insert(function);
            }
            above.extend(callers.iter().map(|caller| (caller.function, caller.call)));
        }
        level = above;
    }
    users
}

fn is_memoised(file: File<'_>, function: FunctionRef) -> bool {
    let decorators = file.module().list(file.function(function.id).decorators);
    decorators.iter().any(|decorator| {
        let text = file.text_of(decorator.expr).to_ascii_lowercase();
        ["cache", "memo", "once", "singleton"].iter().any(|word| text.contains(word))
    })
}

fn fate(file: File<'_>, function: FunctionRef, value: ExprId) -> Fate {
    let module = file.module();
    let index = file.index();
    let is_kept_inside = index.ancestors(value).any(|outer| match module.expr(outer) {
        Expr::Lambda(_) | Expr::Named { .. } => true,
        Expr::Call { .. } => {
            let name = Call::of(module, outer).and_then(|call| call.name());
            matches!(name, Some("append" | "push_async_callback" | "set" | "setattr" | "setdefault"))
        }
        _ => false,
    });
    if is_kept_inside {
        return Fate::Kept;
    }
    let Some(stmt) = index.stmt_of(value) else { return Fate::Kept };
    let targets: Vec<ExprId> = match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => module.list(targets).to_vec(),
        Stmt::AnnAssign { target, .. } => vec![target],
        _ => return Fate::Dropped,
    };
    let is_kept = targets.iter().any(|&target| keeps(file, function, target));
    let is_stored_later = targets.iter().any(|&target| is_stored(file, function, target));
    if is_kept || is_stored_later { Fate::Kept } else { Fate::Dropped }
}

/// Whether what is bound to a target outlives the call: globals, attributes and entries. What a constructor puts into
/// its object lives as long as that does. A parameter that gets a value for want of one is the callers' choice.
fn keeps(file: File<'_>, function: FunctionRef, target: ExprId) -> bool {
    let module = file.module();
    match module.expr(target) {
        Expr::Name(name) => {
            let index = file.index();
            let bindings = index.lookup(index.scope_of_name(target), name);
            let is_param = |kind| matches!(kind, backlint_semantic::BindingKind::Param(..));
            bindings.iter().any(|b| index.function_of_scope(b.scope).is_none() || is_param(b.kind))
        }
        Expr::Attribute { value, .. } => {
            let is_own = file.text_of(value) == "self" && file.function_name(function.id) == "__init__";
            !is_own
        }
        Expr::Tuple(items) => module.list(items).iter().any(|&item| keeps(file, function, item)),
        _ => true,
    }
}

/// Whether a local name is put where it outlives the call.
fn is_stored(file: File<'_>, function: FunctionRef, target: ExprId) -> bool {
    let module = file.module();
    let Expr::Name(name) = module.expr(target) else { return false };
    let mentions = |expr: ExprId| {
        backlint_semantic::descendants(module, expr).into_iter().any(|part| module.expr(part) == Expr::Name(name))
    };
    own_statements(module, module.body(function.id)).into_iter().any(|stmt| match module.stmt(stmt) {
        Stmt::Assign { targets, value } => {
            mentions(value)
                && module.list(targets).iter().any(|&other| {
                    module.expr(other) != Expr::Name(name)
                        && !is_value_used(file, value)
                        && keeps(file, function, other)
                })
        }
        _ => false,
    })
}

/// Whether an expression asks the client for something rather than being it or wrapping it: `await client.get(…)`.
fn is_value_used(file: File<'_>, expr: ExprId) -> bool {
    matches!(file.module().expr(expr), Expr::Await(_))
}
