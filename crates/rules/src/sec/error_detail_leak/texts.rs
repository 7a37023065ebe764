//! Expressions that hold the text of a caught error.

use backlint_model::File;
use backlint_semantic::{Call, descendants, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId, Symbol};

/// What an error is called in a block, and the variables that get its text there.
pub(super) struct Texts {
    error: Symbol,
    variables: Vec<Symbol>,
}

impl Texts {
    pub(super) fn of(file: File<'_>, error: Symbol, block: &[StmtId]) -> Self {
        let module = file.module();
        let mut texts = Self { error, variables: Vec::new() };
        for stmt in own_statements(module, block) {
            let Stmt::Assign { targets, value } = module.stmt(stmt) else { continue };
            let &[target] = module.list(targets) else { continue };
            if let (Expr::Name(name), Some(_)) = (module.expr(target), texts.find(file, value)) {
                texts.variables.push(name);
            }
        }
        texts
    }

    /// The part of `expr` that is the text of the error: `str(e)`, an f-string with it, `traceback.format_exc()`.
    pub(super) fn find(&self, file: File<'_>, expr: ExprId) -> Option<ExprId> {
        let module = file.module();
        let parts = descendants(module, expr);
        parts.into_iter().find(|&part| match module.expr(part) {
            Expr::Name(name) if self.variables.contains(&name) => true,
            Expr::Name(name) if name == self.error => Self::is_text(file, part, expr),
            Expr::Call { .. } => Call::of(module, part).is_some_and(|call| call.name() == Some("format_exc")),
            _ => false,
        })
    }

    /// Whether `expr` alone, without parts that are looked at on their own, gives the text.
    pub(super) fn is_held_by(&self, file: File<'_>, expr: ExprId) -> bool {
        let stands_alone = match file.module().expr(expr) {
            Expr::Name(_) | Expr::Attribute { .. } => true,
            Expr::Call { .. } => Call::of(file.module(), expr).is_some_and(|call| call.name() == Some("format_exc")),
            _ => false,
        };
        stands_alone && self.find(file, expr).is_some()
    }

    /// Whether the error itself, standing in `whole`, becomes text there rather than being asked for something else.
    fn is_text(file: File<'_>, name: ExprId, whole: ExprId) -> bool {
        let module = file.module();
        if name == whole {
            return true;
        }
        let Some(parent) = file.index().parent(name) else { return true };
        match module.expr(parent) {
            // `e.args`, `e.orig`, but not `e.code` or `e.errors()`.
            Expr::Attribute { name, .. } => matches!(module.text(name), "args" | "orig" | "message" | "detail" | "msg"),
            Expr::Call { .. } => {
                let call = Call::of(module, parent);
                call.and_then(|call| call.name()).is_some_and(|callee| {
                    matches!(
                        callee,
                        "str" | "repr" | "format" | "format_exception" | "format_exception_only" | "jsonify"
                    )
                })
            }
            Expr::Compare { .. } | Expr::Bool { .. } => false,
            _ => true,
        }
    }
}

/// Whether the statement only runs for errors of a known kind.
pub(super) fn is_narrowed(file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    let tests = file.index().stmt_ancestors(stmt).filter_map(|parent| match module.stmt(parent.stmt) {
        Stmt::If { clauses, .. } => Some(module.list(clauses)),
        _ => None,
    });
    let is_kind = |test: ExprId| {
        let text = file.text_of(test);
        text.contains("isinstance(") || text.contains(" in str(") || text.contains("type(")
    };
    tests.flatten().any(|clause| is_kind(clause.test))
}
