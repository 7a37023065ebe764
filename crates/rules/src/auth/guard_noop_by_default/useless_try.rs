//! (c) A try around nothing but `return user`, where `user` was injected: the dependency raises before.

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project};
use backlint_syntax::ast::{Expr, FunctionId, Handler, Stmt};

pub(super) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        for function in file.module().function_ids() {
            let Some((handler, param)) = useless_handler(file, function) else { continue };
            let reference = FunctionRef { file: file.id(), id: function };
            let injected = project.param_providers(reference, param);
            let Some(&provider) = injected.iter().find(|&&provider| project.turns_callers_away(provider)) else {
                continue;
            };
            report(project, file, function, &handler, provider, findings);
        }
    }
}

/// The clause, and the place of the parameter that the try returns.
fn useless_handler(file: File<'_>, function: FunctionId) -> Option<(Handler, u32)> {
    let module = file.module();
    let (body, handlers) = module.body(function).iter().find_map(|&stmt| match module.stmt(stmt) {
        Stmt::Try { body, handlers, .. } => Some((body, handlers)),
        _ => None,
    })?;
    let &[only] = module.list(body) else { return None };
    let Stmt::Return(Some(value)) = module.stmt(only) else { return None };
    let Expr::Name(name) = module.expr(value) else { return None };
    let params = module.list(file.function(function).params);
    let (place, _) = (0..).zip(params).find(|(_, param)| param.name == name)?;
    let answers_none = |handler: &&Handler| match module.list(handler.body).last().map(|&stmt| module.stmt(stmt)) {
        Some(Stmt::Return(value)) => value.is_none_or(|value| module.expr(value) == Expr::None),
        _ => false,
    };
    module.list(handlers).iter().find(answers_none).map(|handler| (*handler, place))
}

fn report(
    project: &Project,
    file: File<'_>,
    function: FunctionId,
    handler: &Handler,
    provider: FunctionRef,
    findings: &mut Findings,
) {
    let name = file.qualified_name(function);
    let Some(other) = project.file(provider.file) else { return };
    let before = other.function_name(provider.id);
    let message = format!(
        "`{name}` never returns None: `{before}` has refused the request before this `try` begins, so routes that should \
         be open reject everybody who is not signed in. Let the dependency itself return None.",
    );
    findings
        .report(file.at(handler.header), name, message)
        .also(other.at_function(provider.id), format!("`{before}` raises on its own"));
}
