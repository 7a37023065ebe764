//! Handlers that are registered for the errors of a whole application.

use backlint_model::{File, FunctionRef, Project};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt};

use crate::logging::{calls_logging_function, function_logs, is_log_call};

/// Whether a registered handler logs the HTTP errors that routes raise.
pub(super) fn logs_server_errors(project: &Project) -> bool {
    const KINDS: &[&str] = &["HTTPException", "StarletteHTTPException", "InternalServerError", "500"];
    project.app_files().any(|file| {
        registered(file).into_iter().any(|(id, kind)| {
            let kind = file.text_of(kind);
            let is_meant = KINDS.iter().any(|known| kind == *known || kind.ends_with(&format!(".{known}")));
            is_meant && function_logs(project, FunctionRef { file: file.id(), id })
        })
    })
}

/// Handlers of Flask that answer every error and leave no trace of it. Starlette raises the error again behind its own
/// handler, so that the server logs it.
pub(super) fn dropping_error_handlers(project: &Project, file: File<'_>) -> Vec<FunctionId> {
    registered(file)
        .into_iter()
        .filter(|&(id, kind)| {
            file.path_of(kind).as_deref() == Some("Exception") && is_flask(file, id) && drops(project, file, id)
        })
        .map(|(id, _)| id)
        .collect()
}

/// Functions below `@app.errorhandler(kind)` and its kin, with the kind.
fn registered(file: File<'_>) -> Vec<(FunctionId, ExprId)> {
    let module = file.module();
    let mut found = Vec::new();
    for id in module.function_ids() {
        for decorator in module.list(file.function(id).decorators) {
            let Some(call) = Call::of(module, decorator.expr) else { continue };
            if matches!(call.name(), Some("app_errorhandler" | "errorhandler" | "exception_handler"))
                && let Some(kind) = call.positional(0)
            {
                found.push((id, kind));
            }
        }
    }
    found
}

fn is_flask(file: File<'_>, id: FunctionId) -> bool {
    let module = file.module();
    module.list(file.function(id).decorators).iter().any(|decorator| {
        Call::of(module, decorator.expr)
            .is_some_and(|call| matches!(call.name(), Some("app_errorhandler" | "errorhandler")))
    })
}

/// Whether the function neither logs nor raises nor says what the error is.
fn drops(project: &Project, file: File<'_>, id: FunctionId) -> bool {
    let module = file.module();
    let body = module.body(id);
    let raises = backlint_semantic::own_statements(module, body)
        .into_iter()
        .any(|stmt| matches!(module.stmt(stmt), Stmt::Raise { .. }));
    let calls = super::super::clause::calls_in(file, body);
    let logs = calls.into_iter().any(|call| is_log_call(file, call) || calls_logging_function(project, file, call));
    let error = module.list(file.function(id).params).first().map(|param| param.name);
    let tells = super::super::clause::expressions_in(file, body).into_iter().any(|expr| {
        let is_error = matches!(module.expr(expr), Expr::Name(name) if Some(name) == error);
        let parent = file.index().parent(expr);
        let is_test = parent.and_then(|p| Call::of(module, p)).is_some_and(|call| call.name() == Some("isinstance"));
        // `return error` hands HTTP errors back to the framework.
        is_error && !is_test && parent.is_some()
    });
    !raises && !logs && !tells
}
