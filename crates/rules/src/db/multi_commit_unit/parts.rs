//! Whether two commits store parts of one thing.

use std::collections::BTreeSet;

use backlint_model::{File, FunctionRef, SessionAction, SessionStep};
use backlint_semantic::{Call, descendants};
use backlint_syntax::Module;
use backlint_syntax::ast::{CompareOp, Expr, ExprId, Symbol, UnaryOp};

use super::Split;
use crate::expressions::tests_around;

/// Whether the second part is about a row that the first part added, or the loop adds a row per turn. Both commits have
/// to be in sight: a callee may be meant to be a unit of its own.
pub(super) fn are_one_thing(file: File<'_>, function: FunctionRef, steps: &[SessionStep], split: &Split) -> bool {
    if !split.first.is_own || !split.second.is_own {
        return false;
    }
    let module = file.module();
    let adds = steps.iter().filter(|step| step.action == SessionAction::Write && step.through.is_none());
    let adds: Vec<Call<'_>> = adds.filter_map(|step| Call::of(module, step.expr)).filter(is_adding).collect();
    let first = module.span(split.first.expr);
    if split.first == split.second {
        return !adds.is_empty();
    }
    let before = adds.iter().filter(|add| add.span().end <= first.start && !fills_gap(file, add));
    let added: BTreeSet<Symbol> = before.flat_map(|add| names(file, add)).collect();
    let between = first.end..module.span(split.second.expr).start;
    file.index().uses().iter().any(|used| {
        added.contains(&used.name)
            && between.contains(&module.span(used.expr).start)
            && file.index().function_of(used.expr) == Some(function.id)
            && !is_refreshed(file, used.expr)
    })
}

/// `if user is None: user = User(…); session.add(user)`: with the first part alone, the next try goes on from there.
fn fills_gap(file: File<'_>, add: &Call<'_>) -> bool {
    let module = file.module();
    let Some(Expr::Name(row)) = add.positional(0).map(|row| module.expr(row)) else { return false };
    let Some(stmt) = file.index().stmt_of(add.expr) else { return false };
    tests_around(file, stmt).any(|test| is_absence(module, test, row))
}

/// `row is None`, `not row`.
fn is_absence(module: &Module, test: ExprId, row: Symbol) -> bool {
    let is_row = |expr: ExprId| module.expr(expr) == Expr::Name(row);
    match module.expr(test) {
        Expr::Unary { op: UnaryOp::Not, operand } => is_row(operand),
        Expr::Compare { left, rest } => {
            let [only] = module.list(rest) else { return false };
            is_row(left) && only.op == CompareOp::Is && module.expr(only.right) == Expr::None
        }
        _ => false,
    }
}

fn is_adding(call: &Call<'_>) -> bool {
    matches!(call.name(), Some("add" | "add_all" | "merge"))
}

fn names(file: File<'_>, add: &Call<'_>) -> Vec<Symbol> {
    let module = file.module();
    let parts = add.args.iter().flat_map(|arg| descendants(module, arg.value));
    parts
        .filter_map(|part| match module.expr(part) {
            Expr::Name(name) => Some(name),
            _ => None,
        })
        .collect()
}

/// `session.refresh(row)` says nothing of what comes next.
fn is_refreshed(file: File<'_>, used: ExprId) -> bool {
    let outer = file.index().parent(used).and_then(|parent| Call::of(file.module(), parent));
    outer.is_some_and(|call| matches!(call.name(), Some("refresh" | "expunge" | "expire")))
}
