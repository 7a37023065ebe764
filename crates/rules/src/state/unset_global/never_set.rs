//! Module variables that are `None` and nothing else, and are used as if they were more.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, Project};
use backlint_semantic::{Binding, BindingKind, Call, ScopeId};
use backlint_syntax::ast::{Expr, ExprId, Stmt, Symbol};

use super::assigned::Assigned;

pub(super) fn check(project: &Project, assigned: &Assigned<'_>, findings: &mut Findings) {
    for file in project.app_files() {
        let bindings = file.index().bindings_in(ScopeId::MODULE);
        let candidates: Vec<&Binding> = bindings.iter().filter(|binding| is_only_none(file, binding)).collect();
        if candidates.is_empty() || changes_by_name(file) {
            continue;
        }
        let declared = declared_global(file);
        for binding in candidates.into_iter().filter(|binding| !declared.contains(&binding.name)) {
            let name = file.module().text(binding.name);
            let Some(used) = use_as_value(file, binding) else { continue };
            if assigned.may_set(name, |_, _| false) {
                continue;
            }
            let message = format!(
                "`{name}` is `None` and nothing in the project ever sets it, so this line can only fail. Set it at start-up, or drop it."
            );
            let at = file.at(binding.span);
            findings.report(file.at_expr(used), name, message).also(at, "the only assignment");
        }
    }
}

/// Whether `None` is all that the module binds the name to, and no importer is invited to change it.
fn is_only_none(file: File<'_>, binding: &Binding) -> bool {
    let BindingKind::Assign { value: Some(value), .. } = binding.kind else { return false };
    let name = file.module().text(binding.name);
    let is_exported = file.index().exports().is_some_and(|exports| exports.iter().any(|export| export == name));
    let is_none = file.module().expr(value) == Expr::None;
    is_none && !is_exported && file.index().bindings_of(ScopeId::MODULE, binding.name).len() == 1
}

/// The names that functions of a file declare `global`.
fn declared_global(file: File<'_>) -> BTreeSet<Symbol> {
    let module = file.module();
    let names = module.stmt_ids().filter_map(|stmt| match module.stmt(stmt) {
        Stmt::Global(names) => Some(module.list(names)),
        _ => None,
    });
    names.flatten().copied().collect()
}

/// Whether the module changes its variables by name.
fn changes_by_name(file: File<'_>) -> bool {
    ["globals", "vars"].iter().any(|call| file.module().symbol(call).is_some())
}

/// The first place in a function that needs the variable to be more than `None`, if no code asks whether it is.
fn use_as_value(file: File<'_>, binding: &Binding) -> Option<ExprId> {
    let index = file.index();
    let is_it = |scope, name| index.lookup(scope, name).first().is_some_and(|found| found.scope == ScopeId::MODULE);
    let uses = index.uses().iter().filter(|used| used.name == binding.name && is_it(used.scope, used.name));
    let places: Vec<ExprId> = uses.map(|used| used.expr).collect();
    if places.iter().any(|&expr| is_asked(file, expr)) {
        return None;
    }
    places.into_iter().find(|&expr| index.function_of(expr).is_some() && needs_value(file, expr))
}

/// `X.attribute`, `X(…)`, `X[…]`, `X + 1`.
fn needs_value(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Some(parent) = file.index().parent(expr) else { return false };
    match module.expr(parent) {
        Expr::Attribute { value, .. } | Expr::Subscript { value, .. } => value == expr,
        Expr::Call { .. } => Call::of(module, parent).is_some_and(|call| call.function == expr),
        Expr::Binary { .. } => true,
        _ => false,
    }
}

/// Whether the variable is tested, compared, or given a substitute.
fn is_asked(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Some(parent) = file.index().parent(expr) else {
        return file.index().stmt_of(expr).is_some_and(|stmt| match module.stmt(stmt) {
            Stmt::If { clauses, .. } => module.list(clauses).iter().any(|clause| clause.test == expr),
            Stmt::While { test, .. } | Stmt::Assert { test, .. } => test == expr,
            _ => false,
        });
    };
    match module.expr(parent) {
        Expr::Bool { .. } | Expr::Compare { .. } | Expr::Unary { .. } => true,
        Expr::Conditional { test, .. } => test == expr,
        _ => false,
    }
}
