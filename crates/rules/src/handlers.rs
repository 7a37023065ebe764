//! Route handlers of one file, told by the shape of their decorators.

use backlint_model::File;
use backlint_semantic::Call;
use backlint_syntax::ast::{ExprId, FunctionId};

use crate::expressions::literal;

const ROUTE_METHODS: &[&str] =
    &["api_route", "delete", "get", "head", "options", "patch", "post", "put", "route", "websocket"];

/// The path of a route decorator: `"/login"` in `@router.post("/login")`.
pub(crate) fn route_path(file: File<'_>, decorator: ExprId) -> Option<&str> {
    let call = Call::of(file.module(), decorator)?;
    call.receiver()?;
    let name = call.name().filter(|name| ROUTE_METHODS.contains(name))?;
    let path =
        call.positional(0).or_else(|| call.keyword("path").or_else(|| call.keyword("rule")).map(|arg| arg.value))?;
    let path = literal(file, path)?;
    (name == "route" || path.is_empty() || path.starts_with('/')).then_some(path)
}

/// The path of the first route decorator of a function.
pub(crate) fn handler_path(file: File<'_>, function: FunctionId) -> Option<&str> {
    let decorators = file.module().list(file.function(function).decorators);
    decorators.iter().find_map(|decorator| route_path(file, decorator.expr))
}
