//! Values in configuration objects that only stand there until something else is loaded.

use backlint_model::File;
use backlint_semantic::{Call, ScopeKind};
use backlint_syntax::ast::{ClassId, Expr, ExprId, Stmt, StmtId};

/// Whether a class is named for the values that hold where nothing else is said: `DefaultConfig`.
pub(crate) fn holds_defaults(file: File<'_>, class: ClassId) -> bool {
    let name = file.class_name(class);
    name.starts_with("Default") || name.ends_with("Default") || name.ends_with("Defaults")
}

/// Whether a class is named for configuration.
pub(crate) fn is_configuration_class(file: File<'_>, class: ClassId) -> bool {
    ["Settings", "Config", "Configuration", "Options"].iter().any(|end| file.class_name(class).ends_with(end))
}

/// The configuration object whose constructor gives an attribute of itself a first value: `self.key = …`.
pub(crate) fn instance_of_configuration(file: File<'_>, stmt: StmtId, target: ExprId) -> Option<ClassId> {
    let module = file.module();
    let Expr::Attribute { value, .. } = module.expr(target) else { return None };
    let index = file.index();
    let function = index.function_of_stmt(stmt)?;
    let is_own = matches!(module.expr(value), Expr::Name(name) if module.text(name) == "self");
    let home = index.scope(index.stmt_scope(file.function(function).stmt)).kind;
    let ScopeKind::Class(class) = home else { return None };
    (is_own && file.function_name(function) == "__init__" && is_configuration_class(file, class)).then_some(class)
}

/// Whether the same function goes on to load a file or the environment into the configuration, which goes first.
pub(crate) fn is_loaded_over(file: File<'_>, at: ExprId) -> bool {
    const LOADERS: &[&str] = &["from_envvar", "from_file", "from_prefixed_env", "from_pyfile"];
    let index = file.index();
    let Some(function) = index.function_of(at) else { return false };
    let start = file.module().span(at).start;
    let is_later = |call: Call<'_>| call.span().start > start && index.function_of(call.expr) == Some(function);
    file.calls_named(LOADERS).any(is_later)
}

/// The one target and the value of an assignment.
pub(crate) fn assignment(file: File<'_>, stmt: StmtId) -> Option<(ExprId, ExprId)> {
    let module = file.module();
    match module.stmt(stmt) {
        Stmt::Assign { targets, value } => match module.list(targets) {
            &[target] => Some((target, value)),
            _ => None,
        },
        Stmt::AnnAssign { target, value: Some(value), .. } => Some((target, value)),
        _ => None,
    }
}
