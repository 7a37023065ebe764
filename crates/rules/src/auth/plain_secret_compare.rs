//! AUTH009: a secret that is compared in a time which tells how much of it was right.

pub(super) mod origin;

use backlint_finding::Findings;
use backlint_model::File;
use backlint_syntax::ast::{CompareOp, Expr, ExprId, Stmt};

use crate::expressions::label;
use origin::{is_client_secret, is_server_secret};

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if !file.role().is_reported() {
        return;
    }
    let module = file.module();
    for expr in module.expr_ids() {
        let Expr::Compare { left, rest } = module.expr(expr) else { continue };
        let [only] = module.list(rest) else { continue };
        let Some(secret) = server_side(file, left, only.op, only.right) else { continue };
        if is_assertion(file, expr) || file.is_dev_only(expr) {
            continue;
        }
        let is_membership = matches!(only.op, CompareOp::In | CompareOp::NotIn);
        let cure = if is_membership {
            "`any(hmac.compare_digest(key, given) for key in keys)`"
        } else {
            "`hmac.compare_digest` on bytes"
        };
        let name = name_of(file, secret);
        let message = format!(
            "What the caller sent is compared with {name} by `{}`, which stops at the first difference and so tells how much was right; use {cure}.",
            symbol(only.op),
        );
        findings.report(
            file.at_expr(expr),
            format!("{}: {}", file.context_name(expr), name.trim_matches('`')),
            message,
        );
    }
}

fn name_of(file: File<'_>, secret: ExprId) -> String {
    let first = match file.module().expr(secret) {
        Expr::Bool { values, .. } => file.module().list(values).first().copied().unwrap_or(secret),
        _ => secret,
    };
    label(file, first).map_or_else(|| "the computed signature".to_owned(), |name| format!("`{name}`"))
}

/// The side of a comparison that is the server's secret, if the other one is the client's.
fn server_side(file: File<'_>, left: ExprId, op: CompareOp, right: ExprId) -> Option<ExprId> {
    let is_pair = |server, client| is_server_secret(file, server) && is_client_secret(file, client);
    match op {
        CompareOp::Eq | CompareOp::NotEq if is_pair(left, right) => Some(left),
        CompareOp::Eq | CompareOp::NotEq | CompareOp::In | CompareOp::NotIn => is_pair(right, left).then_some(right),
        _ => None,
    }
}

fn symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "==",
        CompareOp::NotEq => "!=",
        CompareOp::NotIn => "not in",
        _ => "in",
    }
}

fn is_assertion(file: File<'_>, expr: ExprId) -> bool {
    file.index().stmt_of(expr).is_some_and(|stmt| matches!(file.module().stmt(stmt), Stmt::Assert { .. }))
}
