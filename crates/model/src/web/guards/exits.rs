//! Exits that turn a request away, by what they mean.

use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Part, Stmt, StmtId, Symbol};

use crate::resolve::{Entity, ExprRef, FunctionRef, Type};
use crate::{File, Project};

/// What an early exit means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rejection {
    /// 401, or a redirect to the login.
    Unauthenticated,
    /// 403.
    Forbidden,
    /// 429.
    TooMany,
    /// 404.
    NotFound,
    /// Another 4xx.
    Invalid,
    /// 5xx.
    Failed,
    /// An exception whose status cannot be told.
    Unclear,
}

/// The statements of a function, those of functions nested in it included.
pub(crate) fn all_statements(file: File<'_>, function: FunctionRef) -> Vec<StmtId> {
    let module = file.module();
    let mut found = own_statements(module, module.body(function.id));
    let mut next = 0;
    while next < found.len() {
        if let Stmt::Function(inner) = module.stmt(found[next]) {
            found.extend(own_statements(module, module.body(inner)));
        }
        next += 1;
    }
    found
}

/// What a statement means that turns a request away.
pub(crate) fn exit(project: &Project, file: File<'_>, stmt: StmtId) -> Option<Rejection> {
    let module = file.module();
    match module.stmt(stmt) {
        Stmt::Raise { exception: Some(exception), .. } => raised(project, file, exception),
        Stmt::Return(Some(value)) => response(project, file, value),
        Stmt::Expr(value) => ended(project, file, value),
        _ => None,
    }
}

/// `abort(401)`, `await websocket.close(…)`, `await JSONResponse(…)(scope, receive, send)`.
pub(super) fn ended(project: &Project, file: File<'_>, expr: ExprId) -> Option<Rejection> {
    let module = file.module();
    let expr = match module.expr(expr) {
        Expr::Await(inner) => inner,
        _ => expr,
    };
    if let Some(rejection) = aborted(project, file, expr) {
        return Some(rejection);
    }
    let call = Call::of(module, expr)?;
    match call.name() {
        Some("unauthorized") => Some(Rejection::Unauthenticated),
        Some("close") => {
            let receiver = file.text_of(call.receiver()?).to_ascii_lowercase();
            (receiver.contains("websocket") || receiver == "ws" || receiver == "socket").then_some(Rejection::Invalid)
        }
        _ => response(project, file, call.function),
    }
}

/// `abort(401)`: raises, wherever it is written.
pub(super) fn aborted(project: &Project, file: File<'_>, expr: ExprId) -> Option<Rejection> {
    let call = Call::of(file.module(), expr).filter(|call| call.name() == Some("abort"))?;
    let status = call.positional(0).or_else(|| call.keyword("code").map(|arg| arg.value));
    from_status(project, file, status?)
}

/// What raising this exception means.
pub(super) fn raised(project: &Project, file: File<'_>, exception: ExprId) -> Option<Rejection> {
    let module = file.module();
    if let Some(call) = Call::of(module, exception) {
        // Its codes are those of closed sockets: 1008, or numbers of the application.
        if call.name() == Some("WebSocketException") {
            return Some(Rejection::Unauthenticated);
        }
        let by_status = call
            .keyword("status_code")
            .or_else(|| call.keyword("code"))
            .or_else(|| call.keyword("status"))
            .map(|arg| arg.value)
            .or_else(|| call.positional(0))
            .and_then(|status| from_status(project, file, status));
        return by_status.or_else(|| exception_class(project, file, call.function));
    }
    // `raise credentials_exception`: built before.
    if let Some(made) = project.resolve(file.id(), exception).origin()
        && let Some(target) = project.file(made.file)
        && (made.file, made.expr) != (file.id(), exception)
    {
        return raised(project, target, made.expr);
    }
    exception_class(project, file, exception)
}

/// The name of the class that is raised; empty if it cannot be told.
pub(super) fn exception_name(file: File<'_>, exception: ExprId) -> String {
    let module = file.module();
    let class = Call::of(module, exception).map_or(exception, |call| call.function);
    let text = file.text_of(class);
    let name = text.rsplit('.').next().unwrap_or(text);
    // `raise credentials_exception`: an object that was made before.
    let is_class = name.starts_with(|c: char| c.is_uppercase());
    if is_class { name.to_owned() } else { "HTTPException".to_owned() }
}

/// What an exception class stands for: its status attribute, or the words of its name.
fn exception_class(project: &Project, file: File<'_>, class: ExprId) -> Option<Rejection> {
    if let Entity::Class(found) = project.resolve(file.id(), class) {
        let by_attribute = ["status_code", "code", "status", "http_status"].iter().find_map(|name| {
            let at = project.class_attribute(found, name).or_else(|| init_default(project, found, name))?;
            from_status(project, project.file(at.file)?, at.expr)
        });
        let names = project.lineage(found).into_iter().filter_map(|t| match t {
            Type::Project(class) => Some(project.file(class.file)?.class_name(class.id).to_owned()),
            Type::External(path) => path.rsplit('.').next().map(str::to_owned),
        });
        let by_name = names.into_iter().find_map(|name| by_name(&name));
        // An error of authentication is one, whatever status it carries.
        let is_named_login = by_name == Some(Rejection::Unauthenticated);
        return by_attribute.filter(|_| !is_named_login).or(by_name);
    }
    let text = file.text_of(class);
    by_name(text.rsplit('.').next().unwrap_or(text))
}

/// The default of a constructor parameter, or what the constructor hands upwards.
fn init_default(project: &Project, class: crate::resolve::ClassRef, name: &str) -> Option<ExprRef> {
    let init = project.method(class, "__init__")?;
    let file = project.file(init.file)?;
    let module = file.module();
    let params = module.list(file.function(init.id).params);
    let default = params.iter().find(|param| module.text(param.name) == name).and_then(|param| param.default);
    if let Some(expr) = default {
        return Some(ExprRef { file: init.file, expr });
    }
    crate::web::containers::init_keyword(project, &Type::Project(class), name)
}

fn by_name(name: &str) -> Option<Rejection> {
    let snake = crate::words::snake_case(name);
    let has = |words: &[&str]| words.iter().any(|word| snake.contains(word));
    if has(&["too_many", "rate_limit", "throttl", "locked_out", "lockout"]) {
        return Some(Rejection::TooMany);
    }
    if has(&[
        "unauthorized",
        "unauthenticated",
        "not_authenticated",
        "authentication",
        "auth_error",
        "credentials",
        "login_required",
        "invalid_token",
        "no_authorization",
        "not_logged_in",
    ]) {
        return Some(Rejection::Unauthenticated);
    }
    if has(&["forbidden", "permission", "access_denied", "not_allowed_error", "not_authorized", "authorization_error"])
    {
        return Some(Rejection::Forbidden);
    }
    has(&["not_found"]).then_some(Rejection::NotFound)
}

/// What returning this value means.
pub(super) fn response(project: &Project, file: File<'_>, value: ExprId) -> Option<Rejection> {
    let module = file.module();
    if let Expr::Tuple(items) = module.expr(value) {
        return module.list(items).iter().skip(1).find_map(|&item| from_status(project, file, item));
    }
    let call = Call::of(module, value)?;
    let name = call.name()?;
    let lower = name.to_ascii_lowercase();
    if lower.contains("redirect") {
        return is_login_redirect(file, call).then_some(Rejection::Unauthenticated);
    }
    if name == "abort" {
        return aborted(project, file, value);
    }
    if lower.contains("unauthorized") || lower.contains("401") || lower.contains("unauthenticated") {
        return Some(Rejection::Unauthenticated);
    }
    if lower.contains("forbidden") || lower.contains("403") {
        return Some(Rejection::Forbidden);
    }
    // `return rate_limited_response(decision)`.
    if by_name(name) == Some(Rejection::TooMany) {
        return Some(Rejection::TooMany);
    }
    let status = ["status_code", "status", "code"].iter().find_map(|name| call.keyword(name));
    if let Some(status) = status {
        return from_status(project, file, status.value);
    }
    let is_response =
        lower.contains("response") || lower.contains("error") || lower.contains("fail") || lower == "jsonify";
    if !is_response {
        return None;
    }
    call.args.iter().find_map(|arg| from_status(project, file, arg.value))
}

/// Whether a redirect leads to the login, as far as its target is written there.
fn is_login_redirect(file: File<'_>, call: Call<'_>) -> bool {
    let module = file.module();
    let says_login = |text: Symbol| {
        let text = module.text(text).to_ascii_lowercase();
        ["login", "signin", "sign-in", "sign_in", "auth", "authorize"].iter().any(|word| text.contains(word))
    };
    call.args.iter().flat_map(|arg| descendants(module, arg.value)).any(|expr| match module.expr(expr) {
        Expr::Str(text) => says_login(text),
        Expr::FString(parts) => {
            module.list(parts).iter().any(|part| matches!(*part, Part::Text(text) if says_login(text)))
        }
        Expr::Name(name) | Expr::Attribute { name, .. } => module.text(name).to_ascii_lowercase().contains("login"),
        _ => false,
    })
}

/// The meaning of an HTTP status: a number, `status.HTTP_401_UNAUTHORIZED`, `HTTPStatus.UNAUTHORIZED`.
fn from_status(project: &Project, file: File<'_>, expr: ExprId) -> Option<Rejection> {
    let module = file.module();
    match module.expr(expr) {
        Expr::Int(text) => from_code(module.text(text).parse().ok()?),
        Expr::Attribute { name, .. } => from_words(module.text(name)),
        Expr::Name(_) => match project.resolve(file.id(), expr) {
            Entity::Literal(at) if at.expr != expr => from_status(project, project.file(at.file)?, at.expr),
            Entity::External(path) => from_words(path.rsplit('.').next()?),
            _ => None,
        },
        _ => None,
    }
}

fn from_code(code: u16) -> Option<Rejection> {
    match code {
        401 | 407 => Some(Rejection::Unauthenticated),
        403 => Some(Rejection::Forbidden),
        404 => Some(Rejection::NotFound),
        429 => Some(Rejection::TooMany),
        400..=499 => Some(Rejection::Invalid),
        500..=599 => Some(Rejection::Failed),
        _ => None,
    }
}

fn from_words(name: &str) -> Option<Rejection> {
    let digits: String = name.strip_prefix("HTTP_").unwrap_or("").chars().take(3).collect();
    if let Ok(code) = digits.parse() {
        return from_code(code);
    }
    match name {
        "UNAUTHORIZED" => Some(Rejection::Unauthenticated),
        "FORBIDDEN" => Some(Rejection::Forbidden),
        "TOO_MANY_REQUESTS" => Some(Rejection::TooMany),
        "NOT_FOUND" => Some(Rejection::NotFound),
        _ => None,
    }
}

/// The calls in the statements of a function itself.
pub(crate) fn own_calls(file: File<'_>, function: FunctionRef) -> Vec<ExprId> {
    let module = file.module();
    own_statements(module, module.body(function.id))
        .into_iter()
        .filter(|&stmt| !matches!(module.stmt(stmt), Stmt::Class(_) | Stmt::Function(_)))
        .flat_map(|stmt| expressions_of(module, stmt))
        .flat_map(|expr| descendants(module, expr))
        .filter(|&expr| matches!(module.expr(expr), Expr::Call { .. }))
        .collect()
}

/// All calls in the statements of a function, nested functions included.
pub(crate) fn all_calls(file: File<'_>, function: FunctionRef) -> Vec<ExprId> {
    let module = file.module();
    all_statements(file, function)
        .into_iter()
        .filter(|&stmt| !matches!(module.stmt(stmt), Stmt::Class(_)))
        .flat_map(|stmt| expressions_of(module, stmt))
        .flat_map(|expr| descendants(module, expr))
        .filter(|&expr| matches!(module.expr(expr), Expr::Call { .. }))
        .collect()
}
