//! Health routes whose status is the same whatever they find.

use backlint_model::{Entity, File, FunctionRef, HealthCheck, Project};
use backlint_semantic::{Call, Constant, descendants, expressions_of, fold, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Handler, Part, Stmt};

use crate::expressions::literal;

/// How many calls deep a check is followed.
const MAX_DEPTH: u32 = 4;

/// How a failure gets lost.
#[derive(Clone, Copy, Debug)]
pub(super) enum Harmless {
    /// An exception is caught and told in the body; here is the clause.
    Caught(Location),
    /// FastAPI does not read a status out of a pair; here is the `return`.
    Pair(Location),
}

/// Texts that say that something is down.
const FAILURES: &[&str] = &[
    "critical",
    "degraded",
    "disconnected",
    "down",
    "error",
    "fail",
    "failed",
    "failure",
    "not ok",
    "not ready",
    "not_ready",
    "unavailable",
    "unhealthy",
    "unreachable",
];

/// What a docstring says when the status is meant to be always the same.
const DELIBERATE: &[&str] = &["200", "always", "graceful", "informational", "never fail"];

/// Where the failure of what the route looks at gets lost, if no way to a failing status can be seen.
pub(super) fn find(project: &Project, check: &HealthCheck<'_>) -> Option<Harmless> {
    let file = project.file(check.handler.file)?;
    let module = file.module();
    if let Some(pair) = pair(file, check) {
        return Some(Harmless::Pair(pair));
    }
    let docstring = module.docstring(module.body(check.handler.id)).unwrap_or_default().to_ascii_lowercase();
    let is_deliberate = DELIBERATE.iter().any(|word| docstring.contains(word));
    if is_deliberate || !answers_plainly(project, file, check) {
        return None;
    }
    // What a dependency raises ends the request before the handler can tell anything.
    let called: Vec<FunctionRef> =
        project.called_within(check.handler, MAX_DEPTH).into_iter().map(|(_, f)| f).collect();
    if called.iter().any(|&function| may_fail(project, function)) {
        return None;
    }
    called.iter().find_map(|&function| caught(project, check, function)).map(Harmless::Caught)
}

/// `return {"status": "down"}, 503` in a handler of FastAPI.
fn pair(file: File<'_>, check: &HealthCheck<'_>) -> Option<Location> {
    let module = file.module();
    if !check.route.is_typed() {
        return None;
    }
    own_statements(module, module.body(check.handler.id)).into_iter().find_map(|stmt| {
        let Stmt::Return(Some(value)) = module.stmt(stmt) else { return None };
        let Expr::Tuple(items) = module.expr(value) else { return None };
        let [body, status] = module.list(items) else { return None };
        let is_body = matches!(module.expr(*body), Expr::Dict(_) | Expr::Name(_) | Expr::Call { .. });
        (is_body && is_failing_status(file, *status)).then(|| file.at_stmt(stmt))
    })
}

/// A number from 500 on, or a name of one.
fn is_failing_status(file: File<'_>, expr: ExprId) -> bool {
    const NAMES: &[&str] = &["INTERNAL_SERVER_ERROR", "BAD_GATEWAY", "SERVICE_UNAVAILABLE", "GATEWAY_TIMEOUT"];
    match file.module().expr(expr) {
        Expr::Attribute { name, .. } | Expr::Name(name) => {
            let name = file.module().text(name);
            name.starts_with("HTTP_5") || NAMES.iter().any(|known| name.ends_with(known))
        }
        Expr::Int(_) => {
            matches!(fold(file.module(), file.index(), expr), Constant::Int(number) if (500..600).contains(&number))
        }
        _ => false,
    }
}

/// Whether everything the handler returns is seen to go out with the usual status.
fn answers_plainly(project: &Project, file: File<'_>, check: &HealthCheck<'_>) -> bool {
    let module = file.module();
    own_statements(module, module.body(check.handler.id)).into_iter().all(|stmt| match module.stmt(stmt) {
        Stmt::Return(Some(value)) => is_plain(project, file, value),
        _ => true,
    })
}

fn is_plain(project: &Project, file: File<'_>, value: ExprId) -> bool {
    let module = file.module();
    match module.expr(value) {
        Expr::Call { .. } => {
            let Some(call) = Call::of(module, value) else { return false };
            let name = call.name().unwrap_or_default();
            // What these are given stands in the body, a `status` too.
            let is_body = matches!(name, "jsonify" | "dict");
            if is_body || matches!(project.resolve(file.id(), call.function), Entity::Class(_)) {
                return true;
            }
            let status = call.keyword("status_code").or_else(|| call.keyword("status")).map(|arg| arg.value);
            name.ends_with("Response") && status.is_none_or(|status| is_known_status(file, status))
        }
        Expr::Tuple(items) => match module.list(items) {
            [_, status] => is_known_status(file, *status),
            _ => false,
        },
        Expr::Dict(_) | Expr::Name(_) | Expr::True | Expr::False | Expr::Str(_) => true,
        _ => false,
    }
}

fn is_known_status(file: File<'_>, status: ExprId) -> bool {
    match file.module().expr(status) {
        Expr::Int(_) => true,
        Expr::Attribute { name, .. } => {
            let name = file.module().text(name);
            name == "OK" || name.starts_with("HTTP_")
        }
        _ => false,
    }
}

/// Whether a function names a failing status, sets one that is not known, or raises.
fn may_fail(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return true };
    let module = file.module();
    own_statements(module, module.body(function.id)).into_iter().any(|stmt| match module.stmt(stmt) {
        Stmt::Raise { .. } | Stmt::Function(_) | Stmt::Class(_) => true,
        Stmt::Assign { targets, value } => {
            let sets_status = |&target: &ExprId| match module.expr(target) {
                Expr::Attribute { name, .. } => module.text(name) == "status_code",
                _ => false,
            };
            module.list(targets).iter().any(sets_status) || has_failing_part(file, value)
        }
        _ => expressions_of(module, stmt).into_iter().any(|expr| has_failing_part(file, expr)),
    })
}

fn has_failing_part(file: File<'_>, expr: ExprId) -> bool {
    descendants(file.module(), expr).into_iter().any(|part| {
        let aborts = Call::of(file.module(), part).and_then(|call| call.name()).is_some_and(|name| name == "abort");
        aborts || is_failing_status(file, part)
    })
}

/// The first clause of a function that catches what a look at a service raises, and goes on to tell it.
fn caught(project: &Project, check: &HealthCheck<'_>, function: FunctionRef) -> Option<Location> {
    let file = project.file(function.file)?;
    let module = file.module();
    own_statements(module, module.body(function.id)).into_iter().find_map(|stmt| {
        let Stmt::Try { body, handlers, .. } = module.stmt(stmt) else { return None };
        let tried = own_statements(module, module.list(body)).into_iter().flat_map(|stmt| expressions_of(module, stmt));
        let mut calls = tried.flat_map(|expr| descendants(module, expr));
        let looks = calls.any(|part| {
            let follows =
                || project.callees(function).iter().any(|callee| callee.call == part && looks(check, callee.function));
            check.has_ask(function.file, part) || follows()
        });
        let clause = module.list(handlers).iter().find(|handler| tells_failure(file, handler))?;
        looks.then(|| file.at(clause.header))
    })
}

/// Whether a function of the project that is called looks at something itself.
fn looks(check: &HealthCheck<'_>, function: FunctionRef) -> bool {
    check.functions.contains(&function) && check.asks.iter().any(|ask| ask.file == function.file)
}

/// Whether a clause says that something is down, in an answer or for one.
fn tells_failure(file: File<'_>, handler: &Handler) -> bool {
    let module = file.module();
    own_statements(module, module.list(handler.body)).into_iter().any(|stmt| {
        let (Stmt::Return(Some(value)) | Stmt::Assign { value, .. }) = module.stmt(stmt) else { return false };
        descendants(module, value).into_iter().any(|part| says_failure(file, part))
    })
}

fn says_failure(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let text = match module.expr(expr) {
        Expr::FString(parts) => match module.list(parts).first() {
            Some(Part::Text(text)) => module.text(*text),
            _ => return false,
        },
        _ => match literal(file, expr) {
            Some(text) => text,
            None => return false,
        },
    };
    let text = text.trim().to_ascii_lowercase();
    FAILURES.iter().any(|word| text.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}
