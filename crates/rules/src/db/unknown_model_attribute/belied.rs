//! Annotations of parameters that the callers belie.

use backlint_model::{File, FunctionRef, Model, Project};
use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{Expr, ExprId};

/// How many callers of a function are asked what they hand in.
const MAX_CALLERS: usize = 12;

/// Whether a parameter gets objects of another mapped class than its annotation says.
pub(super) fn is_belied(project: &Project, file: File<'_>, object: ExprId, model: &Model) -> bool {
    let Expr::Name(name) = file.module().expr(object) else { return false };
    let bindings = file.index().lookup(file.index().scope_of_name(object), name);
    bindings.iter().any(|binding| {
        let BindingKind::Param(id, place) = binding.kind else { return false };
        given(project, FunctionRef { file: file.id(), id }, place as usize)
            .iter()
            .any(|given| given.class != model.class && project.subclasses(model).all(|sub| sub.class != given.class))
    })
}

/// The mapped classes that calls hand in for a parameter: calls that production is known to run, and those of the same
/// file, which decorators may hide.
fn given(project: &Project, function: FunctionRef, place: usize) -> Vec<&Model> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let callers = project.callers(function).iter().take(MAX_CALLERS);
    let known = callers.filter_map(|caller| {
        let from = project.file(caller.function.file)?;
        Some((from.id(), Call::of(from.module(), caller.call)?))
    });
    let name = file.function_name(function.id);
    let beside = file.calls().filter(|call| call.name() == Some(name)).take(MAX_CALLERS).map(|call| (file.id(), call));
    let rows = known.chain(beside).filter_map(|(from, call)| {
        let at = project.argument_for(from, call, function, place)?;
        project.row_model(at.file, at.expr)
    });
    rows.collect()
}
