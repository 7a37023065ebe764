//! Writes to module variables and to the server's settings.

use backlint_semantic::{BindingKind, ScopeId};
use backlint_syntax::ast::{CompareOp, Expr, ExprId, Stmt, StmtId, Symbol, UnaryOp};

use super::{Effect, EffectKind};
use crate::File;
use crate::denials::{Condition, conditions};
use crate::resolve::FunctionRef;

const MUTATORS: &[&str] = &[
    "append",
    "appendleft",
    "add",
    "clear",
    "discard",
    "extend",
    "insert",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "setdefault",
    "update",
];

/// Writes to variables of the module and to settings in a function.
pub(crate) fn effects(file: File<'_>, function: FunctionRef) -> Vec<Effect> {
    let module = file.module();
    let body = backlint_semantic::own_statements(module, module.body(function.id));
    let mut found = Vec::new();
    for stmt in body {
        for target in written(file, stmt) {
            if let Some(kind) = target_kind(file, function, target)
                && !(kind == EffectKind::GlobalWrite && is_made_on_first_use(file, function, stmt, target))
            {
                let what = file.text_of(target).chars().take(60).collect::<String>().into();
                found.push(Effect { kind, at: file.at_expr(target), depth: 0, what });
            }
        }
    }
    found
}

/// The targets that a statement writes to or mutates.
fn written(file: File<'_>, stmt: StmtId) -> Vec<ExprId> {
    let module = file.module();
    match module.stmt(stmt) {
        Stmt::Assign { targets, .. } | Stmt::Delete(targets) => module.list(targets).to_vec(),
        Stmt::AugAssign { target, .. } => vec![target],
        Stmt::Expr(value) => {
            let call = backlint_semantic::Call::of(module, value);
            let receiver = call.filter(|c| c.name().is_some_and(|n| MUTATORS.contains(&n))).and_then(|c| c.receiver());
            receiver.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn target_kind(file: File<'_>, function: FunctionRef, target: ExprId) -> Option<EffectKind> {
    let module = file.module();
    let (head, is_part) = head(file, target)?;
    let text = module.text(head);
    let scope = file.index().function_scope(function.id);
    let bindings = file.index().lookup(scope, head);
    let is_shared = bindings.first().is_none_or(|binding| binding.scope == ScopeId::MODULE);
    let is_settings = matches!(text, "settings" | "config" | "app_config") && is_part && is_shared;
    if is_settings || is_part && file.text_of(target).contains("app.config[") {
        return Some(EffectKind::SettingsWrite);
    }
    let is_module_variable = bindings.first().is_some_and(|binding| binding.scope == ScopeId::MODULE)
        && bindings.iter().any(|binding| matches!(binding.kind, BindingKind::Assign { .. }));
    is_module_variable.then_some(EffectKind::GlobalWrite)
}

/// `if _client is None: _client = Client()` in a function that returns `_client`.
fn is_made_on_first_use(file: File<'_>, function: FunctionRef, stmt: StmtId, target: ExprId) -> bool {
    let module = file.module();
    let Expr::Name(name) = module.expr(target) else { return false };
    let is_it = |expr: ExprId| module.expr(expr) == Expr::Name(name);
    // Whether a test says that the variable is not yet there.
    let is_empty = |condition: &Condition| match module.expr(condition.test) {
        Expr::Unary { op: UnaryOp::Not, operand } => condition.holds && is_it(operand),
        Expr::Name(_) => !condition.holds && is_it(condition.test),
        Expr::Compare { left, rest } => {
            let op = module.list(rest).first().map(|comparison| comparison.op);
            is_it(left)
                && match op {
                    Some(CompareOp::Is | CompareOp::Eq) => condition.holds,
                    Some(CompareOp::IsNot | CompareOp::NotEq) => !condition.holds,
                    _ => false,
                }
        }
        _ => false,
    };
    let returns_it = |&stmt: &StmtId| matches!(module.stmt(stmt), Stmt::Return(Some(value)) if is_it(value));
    conditions(file, stmt).iter().any(is_empty)
        && backlint_semantic::own_statements(module, module.body(function.id)).iter().any(returns_it)
}

/// The name at the head of `a`, `a[k]` or `a.b[k]`, and whether more than the name itself is written.
fn head(file: File<'_>, target: ExprId) -> Option<(Symbol, bool)> {
    let module = file.module();
    let mut current = target;
    let mut is_part = false;
    loop {
        match module.expr(current) {
            Expr::Name(name) => return Some((name, is_part)),
            Expr::Subscript { value, .. } | Expr::Attribute { value, .. } => {
                is_part = true;
                current = value;
            }
            _ => return None,
        }
    }
}
