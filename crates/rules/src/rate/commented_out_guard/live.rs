//! Protections that are in force.

use backlint_model::File;
use backlint_semantic::{BindingKind, Call, ScopeId, descendants, own_statements};
use backlint_syntax::ast::{ClassId, Expr, ExprId, FunctionId, Stmt, Symbol};

use super::comments::Registration;
use crate::expressions::label;
use crate::protections::Protection;

/// What the decorators and dependencies of a function, and those of the routers of its file, protect from.
pub(super) fn live_protections(file: File<'_>, function: FunctionId) -> Vec<Protection> {
    let module = file.module();
    let definition = file.function(function);
    let mut found = Vec::new();
    for decorator in module.list(definition.decorators) {
        let callee = Call::of(module, decorator.expr).map_or(decorator.expr, |call| call.function);
        found.extend(Protection::of_name(file.text_of(callee)));
        found.extend(dependencies(file, decorator.expr));
    }
    for param in module.list(definition.params) {
        let written = [param.annotation, param.default];
        found.extend(written.into_iter().flatten().flat_map(|expr| dependencies(file, expr)));
        // `user: CurrentUser`: an alias of an annotation with a dependency.
        let annotation = param.annotation.map_or("", |annotation| file.text_of(annotation));
        found.extend(Protection::of_name(annotation));
    }
    if let Some(class) = file.index().class_of(module, function) {
        found.extend(class_protections(file, class));
    }
    for call in file.calls_named(&["APIRouter", "FastAPI", "include_router"]) {
        let list = call.keyword("dependencies").map(|arg| arg.value);
        found.extend(list.into_iter().flat_map(|list| dependencies(file, list)));
    }
    found
}

/// The call in the body of a function that is all there is to it of a statement, and by its name protects from the same.
pub(super) fn protecting_call(file: File<'_>, function: FunctionId, protection: Protection) -> Option<Call<'_>> {
    let module = file.module();
    own_statements(module, module.body(function)).into_iter().find_map(|stmt| {
        let Stmt::Expr(value) = module.stmt(stmt) else { return None };
        let value = match module.expr(value) {
            Expr::Await(inner) => inner,
            _ => value,
        };
        let call = Call::of(module, value)?;
        (Protection::of_name(file.text_of(call.function)) == Some(protection)).then_some(call)
    })
}

/// `decorators = [login_required]` in the class of a view.
fn class_protections(file: File<'_>, class: ClassId) -> Vec<Protection> {
    let module = file.module();
    let mut found = Vec::new();
    for &stmt in module.list(file.class(class).body) {
        let Stmt::Assign { targets, value } = module.stmt(stmt) else { continue };
        let name = module.list(targets).first().and_then(|&target| label(file, target)).unwrap_or_default();
        if matches!(name, "decorators" | "method_decorators" | "permission_classes" | "dependencies") {
            found.extend(
                descendants(module, value).into_iter().filter_map(|expr| Protection::of_name(file.text_of(expr))),
            );
        }
    }
    found
}

/// What the dependencies inside `expr` protect from.
pub(super) fn dependencies(file: File<'_>, expr: ExprId) -> Vec<Protection> {
    let module = file.module();
    let calls = descendants(module, expr).into_iter().filter_map(|inner| Call::of(module, inner));
    let providers =
        calls.filter(|call| matches!(call.name(), Some("Depends" | "Security"))).filter_map(|call| call.positional(0));
    providers
        .filter_map(|provider| {
            let callee = Call::of(module, provider).map_or(provider, |call| call.function);
            let name = file.text_of(callee);
            Protection::of_provider(name)
        })
        .collect()
}

/// Whether the file registers the same thing, or something of the same kind, after all.
pub(super) fn registers_live(file: File<'_>, registration: &Registration) -> bool {
    file.calls_named(&["add_middleware", "init_app", "before_request", "CSRFProtect", "Limiter", "SeaSurf"]).any(
        |call| {
            let about = [call.receiver(), call.positional(0), Some(call.function)];
            about
                .into_iter()
                .flatten()
                .any(|expr| Protection::of_name(file.text_of(expr)) == Some(registration.protection))
        },
    )
}

/// Whether what is registered protects from the same by the name that it has where it is defined, and not only by the
/// one that the file imports it under.
pub(super) fn is_named_truly(file: File<'_>, registration: &Registration) -> bool {
    let module = file.module();
    let Some(name) = module.symbol(&registration.name) else { return true };
    let renamed = file.index().imports().iter().filter(|binding| binding.name == name).find_map(|binding| {
        let BindingKind::Import(import) = binding.kind else { return None };
        import.name.filter(|&defined| defined != name)
    });
    renamed.is_none_or(|defined| Protection::of_name(module.text(defined)) == Some(registration.protection))
}

/// Whether the file binds the name to a value, as it does with an application it makes.
pub(super) fn is_variable(file: File<'_>, name: Symbol) -> bool {
    let is_value = |kind: &BindingKind| matches!(kind, BindingKind::Assign { .. } | BindingKind::Param(..));
    let in_module = file.index().bindings_of(ScopeId::MODULE, name).iter().any(|binding| is_value(&binding.kind));
    in_module || file.index().bindings().iter().any(|binding| binding.name == name && is_value(&binding.kind))
}
