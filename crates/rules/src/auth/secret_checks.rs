//! Places where what a caller sent is checked against one secret of the server.

use backlint_model::File;
use backlint_syntax::ast::{CompareOp, Expr, ExprId};

use super::plain_secret_compare::origin::{is_client_secret, is_server_secret};
use crate::expressions::label;

/// Functions that compare two values or a value with a hash.
const CHECKS: &[&str] =
    &["check_password", "check_password_hash", "checkpw", "compare_digest", "verify", "verify_password"];

/// A comparison of two secrets.
#[derive(Clone, Copy, Debug)]
pub(super) struct SecretCheck {
    /// The comparison.
    pub(super) expr: ExprId,
    /// The side of the server.
    pub(super) server: ExprId,
    /// The side of the caller.
    pub(super) client: ExprId,
}

/// All such comparisons of a file, in source order.
pub(super) fn secret_checks(file: File<'_>) -> Vec<SecretCheck> {
    let module = file.module();
    let mut found: Vec<SecretCheck> = Vec::new();
    for expr in module.expr_ids() {
        let Expr::Compare { left, rest } = module.expr(expr) else { continue };
        let [only] = module.list(rest) else { continue };
        if matches!(only.op, CompareOp::Eq | CompareOp::NotEq | CompareOp::In | CompareOp::NotIn) {
            found.extend(pair(file, expr, left, only.right));
        }
    }
    for call in file.calls_named(CHECKS) {
        if let (Some(first), Some(second)) = (call.positional(0), call.positional(1)) {
            found.extend(pair(file, call.expr, first, second));
        }
    }
    found.retain(|check| !file.is_dev_only(check.expr));
    found.sort_by_key(|check| module.span(check.expr).start);
    found
}

fn pair(file: File<'_>, expr: ExprId, one: ExprId, other: ExprId) -> Option<SecretCheck> {
    let is_pair = |server, client| {
        (is_server_secret(file, server) || is_fixed_hash(file, server)) && is_client_secret(file, client)
    };
    if is_pair(one, other) {
        return Some(SecretCheck { expr, server: one, client: other });
    }
    is_pair(other, one).then_some(SecretCheck { expr, server: other, client: one })
}

/// `ADMIN_PASSWORD_HASH`: the hash of one value for the whole process.
fn is_fixed_hash(file: File<'_>, expr: ExprId) -> bool {
    label(file, expr).is_some_and(|name| name.ends_with("_HASH") && !name.contains(char::is_lowercase))
}
