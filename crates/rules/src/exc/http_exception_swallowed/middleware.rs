//! HTTP errors that middleware raises, where nothing turns them into answers.

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project, Type};
use backlint_semantic::{Call, own_statements};
use backlint_syntax::ast::{FunctionId, Stmt};

use super::raised::{HttpError, is_caught_inside, of_helper, raised_error};
use crate::expressions::{label, literal};

/// Reports the HTTP errors of the middleware functions of a file.
pub(super) fn check(project: &Project, file: File<'_>, findings: &mut Findings) {
    if file.module().symbol("middleware").is_none() && file.module().symbol("dispatch").is_none() {
        return;
    }
    for function in file.module().function_ids().filter(|&id| is_middleware(project, file, id)) {
        let Some(error) = first_error(project, file, function) else { continue };
        let status = error.status.map_or_else(|| "it".to_owned(), |status| format!("the {status}"));
        let message = format!(
            "Middleware runs outside of what turns `HTTPException` into an answer: the client gets a 500 instead of {status}. Return a `JSONResponse` with the status instead."
        );
        let anchor = format!("{}: {}", file.qualified_name(function), error.what);
        findings
            .report(file.at_expr(error.at), anchor, message)
            .also(file.at_function(function), "this middleware stands outside of the handlers of errors");
    }
}

/// `@app.middleware("http")`, or `dispatch` of Starlette's base class.
fn is_middleware(project: &Project, file: File<'_>, id: FunctionId) -> bool {
    let module = file.module();
    if let Some(class) = file.index().class_of(module, id) {
        let of = Type::Project(backlint_model::ClassRef { file: file.id(), id: class });
        let bases = ["starlette.middleware.base.BaseHTTPMiddleware", "fastapi.middleware.base.BaseHTTPMiddleware"];
        return file.function_name(id) == "dispatch" && project.derives_from(&of, &bases);
    }
    module.list(file.function(id).decorators).iter().filter_map(|d| Call::of(module, d.expr)).any(|call| {
        call.name() == Some("middleware") && call.positional(0).and_then(|kind| literal(file, kind)) == Some("http")
    })
}

fn first_error(project: &Project, file: File<'_>, id: FunctionId) -> Option<HttpError> {
    let module = file.module();
    let definition = file.function(id).stmt;
    let escaping = own_statements(module, module.body(id)).into_iter().filter(|&stmt| {
        !matches!(module.stmt(stmt), Stmt::Function(_) | Stmt::Class(_))
            && !is_caught_inside(project, file, stmt, definition)
    });
    escaping.into_iter().find_map(|stmt| match module.stmt(stmt) {
        Stmt::Raise { exception: Some(raised), .. } => raised_error(project, file, raised),
        Stmt::Expr(value) | Stmt::Assign { value, .. } => {
            let value = match module.expr(value) {
                backlint_syntax::ast::Expr::Await(inner) => inner,
                _ => value,
            };
            let call = Call::of(module, value)?;
            let target = project.resolve(file.id(), call.function).function()?;
            helper_error(project, file, call, target)
        }
        _ => None,
    })
}

fn helper_error(project: &Project, file: File<'_>, call: Call<'_>, target: FunctionRef) -> Option<HttpError> {
    let inner = of_helper(project, target)?;
    let what = label(file, call.function).unwrap_or("the call").to_owned();
    Some(HttpError { at: call.expr, what, is_own: false, ..inner })
}
