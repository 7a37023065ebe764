//! Status codes of HTTP answers and errors.

use backlint_model::File;
use backlint_semantic::{Call, Constant, fold};
use backlint_syntax::ast::{ArgKind, Expr, ExprId};

use crate::expressions::literal;

/// The status of an answer that is returned: `(body, 500)`, `JSONResponse(…, status_code=500)`.
pub(super) fn returned_status(file: File<'_>, value: ExprId) -> Option<u16> {
    let module = file.module();
    match module.expr(value) {
        Expr::Tuple(items) => module.list(items).iter().skip(1).find_map(|&item| number(file, item)),
        Expr::Call { .. } => {
            let call = Call::of(module, value)?;
            let is_response = call.name().is_some_and(|name| name.ends_with("Response") || name == "make_response");
            let place = usize::from(call.name() == Some("make_response"));
            let by_keyword = call.keyword("status_code").or_else(|| call.keyword("status")).map(|arg| arg.value);
            is_response
                .then(|| by_keyword.or_else(|| call.positional(1).filter(|_| place == 1)))?
                .and_then(|code| number(file, code))
        }
        _ => None,
    }
}

/// Whether a returned value says that something failed, in words that are always the same: `{"error": "…"}`.
pub(super) fn is_failure_notice(file: File<'_>, value: ExprId) -> bool {
    let module = file.module();
    match module.expr(value) {
        Expr::Dict(items) => module.list(items).iter().any(|item| {
            let key = item.key.and_then(|key| literal(file, key)).unwrap_or_default();
            let says = |words: &[&str]| literal(file, item.value).is_some_and(|text| words.contains(&text));
            match key {
                "error" | "errors" => module.expr(item.value) != Expr::None,
                "status" => says(&["error", "failed", "failure"]),
                "success" | "ok" => module.expr(item.value) == Expr::False,
                _ => false,
            }
        }),
        Expr::Call { .. } => Call::of(module, value).is_some_and(|call| {
            let is_answer = call.name().is_some_and(|name| name == "jsonify" || name.ends_with("Response"));
            let says_so = |arg: &backlint_syntax::ast::Arg| match arg.kind {
                ArgKind::Keyword(name) if module.text(name) == "error" => true,
                _ => is_failure_notice(file, arg.value),
            };
            is_answer && call.args.iter().any(says_so)
        }),
        _ => false,
    }
}

/// The status of an HTTP error that is raised or aborted with: `HTTPException(500)`, `abort(500)`, `InternalServerError()`.
pub(super) fn error_status(file: File<'_>, value: ExprId) -> Option<u16> {
    let module = file.module();
    let callee = Call::of(module, value).map_or(value, |call| call.function);
    let name = match module.expr(callee) {
        Expr::Name(name) | Expr::Attribute { name, .. } => module.text(name),
        _ => return None,
    };
    match name {
        "InternalServerError" => return Some(500),
        "BadGateway" => return Some(502),
        "ServiceUnavailable" => return Some(503),
        "GatewayTimeout" => return Some(504),
        _ => {}
    }
    let is_error = name == "abort" || name == "HTTPError" || name.ends_with("HTTPException");
    let call = Call::of(module, value).filter(|_| is_error)?;
    number(file, call.argument("status_code", 0)?)
}

/// `500`, `status.HTTP_500_INTERNAL_SERVER_ERROR`, `HTTPStatus.INTERNAL_SERVER_ERROR`.
pub(super) fn number(file: File<'_>, code: ExprId) -> Option<u16> {
    let module = file.module();
    match module.expr(code) {
        Expr::Attribute { value, name } => match module.text(name) {
            "value" => number(file, value),
            "INTERNAL_SERVER_ERROR" => Some(500),
            "BAD_GATEWAY" => Some(502),
            "SERVICE_UNAVAILABLE" => Some(503),
            "GATEWAY_TIMEOUT" => Some(504),
            name => name.strip_prefix("HTTP_")?.get(..3)?.parse().ok(),
        },
        _ => match fold(module, file.index(), code) {
            Constant::Int(number) => u16::try_from(number).ok().filter(|number| (100..600).contains(number)),
            _ => None,
        },
    }
}
