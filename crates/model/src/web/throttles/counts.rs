//! Functions that count.

use backlint_semantic::{descendants, expressions_of, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{CompareOp, Expr};

use crate::Project;
use crate::resolve::FunctionRef;

impl Project {
    /// Where a function compares a count or length with a bound.
    pub fn count_comparison(&self, function: FunctionRef) -> Option<Location> {
        let file = self.file(function.file)?;
        let module = file.module();
        let body = own_statements(module, module.body(function.id)).into_iter();
        let mut exprs = body.flat_map(|stmt| expressions_of(module, stmt)).flat_map(|expr| descendants(module, expr));
        let is_bounded = |expr| {
            let Expr::Compare { rest, .. } = module.expr(expr) else { return false };
            let mut ops = module.list(rest).iter().map(|comparison| comparison.op);
            ops.any(|op| matches!(op, CompareOp::Gt | CompareOp::GtE | CompareOp::Lt | CompareOp::LtE))
        };
        let is_count = |expr| {
            let text = file.text_of(expr).to_ascii_lowercase();
            ["len(", "count", "limit", "max", "attempt", "hits", "tokens", "sum("].iter().any(|w| text.contains(w))
        };
        exprs.find(|&expr| is_bounded(expr) && is_count(expr)).map(|expr| file.at_expr(expr))
    }
}
