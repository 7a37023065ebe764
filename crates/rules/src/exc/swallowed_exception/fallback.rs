//! What is tried after a clause that only passes.

use backlint_semantic::{descendants, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId};

use crate::exc::clause::{Clause, calls_in, next_statement};

/// Whether the code goes on to another way of getting what the block was to give.
pub(super) fn is_tried_otherwise(clause: &Clause<'_>) -> bool {
    if !only_passes(clause) {
        return false;
    }
    let Some(next) = next_statement(clause, clause.stmt) else { return false };
    returns_early(clause) && is_another_way(clause, next) || is_filled_in(clause, next)
}

/// `pass`, or a constant for what could not be had.
fn only_passes(clause: &Clause<'_>) -> bool {
    let module = clause.file.module();
    clause.handling.iter().all(|&stmt| match module.stmt(stmt) {
        Stmt::Pass => true,
        Stmt::Assign { value, .. } => is_constant(clause, value),
        _ => clause.file.is_documentation(stmt),
    })
}

fn is_constant(clause: &Clause<'_>, expr: ExprId) -> bool {
    matches!(
        clause.file.module().expr(expr),
        Expr::None | Expr::False | Expr::Str(_) | Expr::Int(_) | Expr::Float(_) | Expr::List(_) | Expr::Dict(_)
    )
}

/// Whether the block returns what it got, so that what follows runs only without it.
fn returns_early(clause: &Clause<'_>) -> bool {
    let module = clause.file.module();
    let has_value = |stmt| matches!(module.stmt(stmt), Stmt::Return(Some(value)) if !is_constant(clause, value));
    own_statements(module, clause.guarded).into_iter().any(has_value)
}

/// Whether a statement does more than answering with something fixed.
fn is_another_way(clause: &Clause<'_>, stmt: StmtId) -> bool {
    let module = clause.file.module();
    match module.stmt(stmt) {
        Stmt::Return(value) => value.is_some_and(|value| is_worked_out(clause, value)),
        Stmt::Pass | Stmt::Raise { .. } | Stmt::Break | Stmt::Continue => false,
        _ => true,
    }
}

fn is_worked_out(clause: &Clause<'_>, value: ExprId) -> bool {
    let module = clause.file.module();
    descendants(module, value).into_iter().any(|expr| matches!(module.expr(expr), Expr::Call { .. }))
}

/// `if not found: found = …(…)` behind the clause, for a name that the block or the clause binds.
fn is_filled_in(clause: &Clause<'_>, next: StmtId) -> bool {
    let file = clause.file;
    let module = file.module();
    let Stmt::If { clauses, .. } = module.stmt(next) else { return false };
    let Some(first) = module.list(clauses).first() else { return false };
    let test = file.text_of(first.test);
    let bound = || {
        let blocks = clause.guarded.iter().chain(clause.handling);
        let stmts = own_statements(module, &blocks.copied().collect::<Vec<_>>()).into_iter();
        stmts.flat_map(|stmt| match module.stmt(stmt) {
            Stmt::Assign { targets, .. } => module.list(targets).to_vec(),
            _ => Vec::new(),
        })
    };
    let is_missing = |target: ExprId| {
        let name = file.text_of(target);
        test == format!("not {name}") || test == format!("{name} is None")
    };
    bound().any(is_missing) && !calls_in(file, module.list(first.body)).is_empty()
}
