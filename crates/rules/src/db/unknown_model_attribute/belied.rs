//! Annotations of parameters that the code belies: the callers hand in something else, or the function itself takes the
//! parameter for a dict or for an object of a schema.

use backlint_model::{ClassRef, Entity, ExprRef, File, FunctionRef, Model, Project, Type};
use backlint_semantic::{Binding, BindingKind, Call};
use backlint_syntax::ast::{Expr, ExprId};

/// How many callers of a function are asked what they hand in.
const MAX_CALLERS: usize = 12;

/// Methods of dicts and of Pydantic's models.
const METHODS_OF_OTHERS: &[&str] = &["copy", "dict", "get", "items", "json", "keys", "model_dump", "pop", "values"];

/// Whether a parameter gets other objects than its annotation says.
pub(super) fn is_belied(project: &Project, file: File<'_>, object: ExprId, model: &Model) -> bool {
    let Expr::Name(name) = file.module().expr(object) else { return false };
    let bindings = file.index().lookup(file.index().scope_of_name(object), name);
    bindings.iter().any(|binding| {
        let BindingKind::Param(id, place) = binding.kind else { return false };
        is_used_as_other(project, file, binding, model)
            || given(project, FunctionRef { file: file.id(), id }, place as usize)
                .into_iter()
                .any(|at| is_other(project, at, model))
    })
}

/// `order["total"]`, `order.get("total")`, `order.model_dump()`, where the class has no such method.
fn is_used_as_other(project: &Project, file: File<'_>, binding: &Binding, model: &Model) -> bool {
    let module = file.module();
    let is_it = |expr: ExprId| {
        module.expr(expr) == Expr::Name(binding.name) && file.index().scope_of_name(expr) == binding.scope
    };
    module.expr_ids().any(|expr| match module.expr(expr) {
        Expr::Subscript { value, index } => is_it(value) && matches!(module.expr(index), Expr::Str(_)),
        Expr::Call { function, .. } => {
            let Expr::Attribute { value, name } = module.expr(function) else { return false };
            let name = module.text(name);
            METHODS_OF_OTHERS.contains(&name) && is_it(value) && !project.may_have_attribute(model, name)
        }
        _ => false,
    })
}

/// What calls hand in for a parameter: calls that production is known to run, and those of the same file, which
/// decorators may hide.
fn given(project: &Project, function: FunctionRef, place: usize) -> Vec<ExprRef> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let callers = project.callers(function).iter().take(MAX_CALLERS);
    let known = callers.filter_map(|caller| {
        let from = project.file(caller.function.file)?;
        Some((from.id(), Call::of(from.module(), caller.call)?))
    });
    let name = file.function_name(function.id);
    let beside = file.calls().filter(|call| call.name() == Some(name)).take(MAX_CALLERS).map(|call| (file.id(), call));
    known.chain(beside).filter_map(|(from, call)| project.argument_for(from, call, function, place)).collect()
}

/// Whether an expression is a dict, or an object of a class beside the mapped one.
fn is_other(project: &Project, at: ExprRef, model: &Model) -> bool {
    if let Some(given) = project.row_model(at.file, at.expr) {
        return is_beside(project, given.class, model);
    }
    match project.resolve(at.file, at.expr) {
        Entity::Instance { of: Type::Project(class), origin: Some(_) } => is_beside(project, class, model),
        Entity::Literal(literal) => {
            project.file(literal.file).is_some_and(|file| matches!(file.module().expr(literal.expr), Expr::Dict(_)))
        }
        _ => false,
    }
}

/// Whether neither class derives from the other.
fn is_beside(project: &Project, class: ClassRef, model: &Model) -> bool {
    class != model.class
        && !project.lineage(class).contains(&Type::Project(model.class))
        && !project.lineage(model.class).contains(&Type::Project(class))
}
