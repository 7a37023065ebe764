//! Whether Python evaluates an expression when it gets there; some annotations are only kept.

use backlint_model::File;
use backlint_semantic::{BindingKind, ScopeKind};
use backlint_syntax::ast::{ExprId, List, Stmt, TypeParam};

/// When an expression is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evaluation {
    /// When its statement runs.
    Always,
    /// As an annotation: when its statement runs, before Python 3.14.
    Annotation,
    /// Not unless something asks for it.
    Never,
}

pub(super) fn evaluation(file: File<'_>, expr: ExprId) -> Evaluation {
    let root = file.index().ancestors(expr).last().unwrap_or(expr);
    let Some(stmt) = file.index().stmt_of(expr) else { return Evaluation::Always };
    let module = file.module();
    let is_bound = |params: List<TypeParam>| {
        module.list(params).iter().any(|param| param.bound == Some(root) || param.default == Some(root))
    };
    match module.stmt(stmt) {
        Stmt::Function(id) => {
            let function = module.function(id);
            let params = module.list(function.params);
            if is_bound(function.type_params) {
                return Evaluation::Never;
            }
            let is_annotation =
                function.returns == Some(root) || params.iter().any(|param| param.annotation == Some(root));
            if is_annotation { annotation(file) } else { Evaluation::Always }
        }
        Stmt::Class(id) if is_bound(module.class(id).type_params) => Evaluation::Never,
        Stmt::TypeAlias { .. } => Evaluation::Never,
        Stmt::AnnAssign { annotation: of, .. } if of == root => {
            // Annotations of local variables are never evaluated.
            let scope = file.index().scope(file.index().stmt_scope(stmt)).kind;
            if matches!(scope, ScopeKind::Function(_)) { Evaluation::Never } else { annotation(file) }
        }
        _ => Evaluation::Always,
    }
}

fn annotation(file: File<'_>) -> Evaluation {
    let module = file.module();
    let is_postponed = module.symbol("annotations").is_some_and(|name| {
        file.index().imports().iter().any(|binding| match binding.kind {
            BindingKind::Import(import) => {
                import.name == Some(name) && import.module.is_some_and(|from| module.text(from) == "__future__")
            }
            _ => false,
        })
    });
    if is_postponed { Evaluation::Never } else { Evaluation::Annotation }
}
