//! Open routes that answer the environment or the settings of the server, and routes made to fail.

use backlint_finding::{Confidence, Findings};
use backlint_model::{Entity, File, FunctionRef, Project, Route, Type, words};
use backlint_semantic::{BindingKind, Call};
use backlint_source::Location;
use backlint_syntax::ast::{BinaryOp, Expr, ExprId, Stmt};

const SETTINGS: &[&str] =
    &["pydantic.BaseSettings", "pydantic.env_settings.BaseSettings", "pydantic_settings.BaseSettings"];

pub(super) fn check(project: &Project, route: &Route, handler: FunctionRef, findings: &mut Findings) {
    let Some(file) = project.file(handler.file) else { return };
    if let Some((what, at)) = answers_inside(project, file, handler) {
        let message = format!(
            "`{}` is open to everybody and answers {what}, secrets included. Remove the route, or put a guard in front of \
             it and answer single values.",
            route.label(),
        );
        report(route, &message, at, findings);
    } else if let Some(at) = is_made_to_fail(file, handler).filter(|_| is_trial(project, route)) {
        let message = format!(
            "`{}` fails by design and is open to everybody: it fills logs and error reports at will. Register it for \
             development only.",
            route.label(),
        );
        report(route, &message, at, findings);
    }
}

fn report(route: &Route, message: &str, at: Location, findings: &mut Findings) {
    findings.report(route.at, route.label(), message).confidence(Confidence::Medium).also(at, "here");
}

/// The environment or all settings, where they are answered.
fn answers_inside(project: &Project, file: File<'_>, handler: FunctionRef) -> Option<(&'static str, Location)> {
    let module = file.module();
    let span = module.stmt_span(file.function(handler.id).stmt);
    let text = file.slice(span);
    let may_hold = ["environ", "config", "ettings", "format_exc"].iter().any(|word| text.contains(word));
    if !may_hold || ["***", "redact", "mask"].iter().any(|word| text.contains(word)) {
        return None;
    }
    let within = module.expr_ids().filter(|&expr| span.contains(module.span(expr)));
    within.into_iter().find_map(|expr| {
        let what = inside(project, file, expr)?;
        (is_answered(file, handler, whole(file, expr)?) && !file.is_dev_only(expr)).then(|| (what, file.at_expr(expr)))
    })
}

/// What an expression is that holds all of the environment or the settings.
fn inside(project: &Project, file: File<'_>, expr: ExprId) -> Option<&'static str> {
    let module = file.module();
    match module.expr(expr) {
        Expr::Attribute { name, value } => match module.text(name) {
            "environ" if file.path_of(expr).as_deref() == Some("os.environ") => Some("the environment of the server"),
            "config" if is_app(project, file, value) => Some("the configuration of the app"),
            "__dict__" if is_settings(project, file, value) => Some("all settings"),
            _ => None,
        },
        Expr::Call { .. } => {
            let call = Call::of(module, expr)?;
            let object = match call.name()? {
                "dict" | "json" | "model_dump" | "model_dump_json" if call.args.is_empty() => call.receiver()?,
                "vars" | "asdict" => call.positional(0)?,
                "format_exc" if file.path_of(call.function).as_deref() == Some("traceback.format_exc") => {
                    return Some("a stack trace");
                }
                _ => return None,
            };
            is_settings(project, file, object).then_some("all settings")
        }
        Expr::Name(_) if is_settings(project, file, expr) => {
            let is_returned = file
                .index()
                .stmt_of(expr)
                .is_some_and(|stmt| matches!(module.stmt(stmt), Stmt::Return(Some(value)) if value == expr));
            is_returned.then_some("all settings")
        }
        _ => None,
    }
}

fn is_app(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    matches!(project.resolve(file.id(), expr), Entity::External(path) if path == "flask.current_app")
        || crate::apps::is_flask(project, file, expr)
}

fn is_settings(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    match project.resolve(file.id(), expr) {
        Entity::Instance { of: of @ Type::Project(_), .. } => project.derives_from(&of, SETTINGS),
        _ => false,
    }
}

/// The outermost form of a value that is passed on as a whole: `dict(os.environ)`, `{"env": …}`, `jsonify(…)`. None if
/// only a part of it is looked at.
fn whole(file: File<'_>, expr: ExprId) -> Option<ExprId> {
    let module = file.module();
    let mut current = expr;
    while let Some(outer) = file.index().parent(current) {
        match module.expr(outer) {
            Expr::Dict(_) | Expr::List(_) | Expr::Tuple(_) | Expr::Await(_) => {}
            Expr::Attribute { name, .. } if matches!(module.text(name), "copy" | "items") => {}
            Expr::Call { .. } => {
                let call = Call::of(module, outer)?;
                let passes_on = matches!(
                    call.name(),
                    Some(
                        "dict"
                            | "str"
                            | "list"
                            | "sorted"
                            | "jsonify"
                            | "dumps"
                            | "copy"
                            | "items"
                            | "JSONResponse"
                            | "PlainTextResponse"
                            | "Response"
                    )
                );
                if !passes_on || call.keyword("status_code").is_some() {
                    return None;
                }
            }
            _ => return None,
        }
        current = outer;
    }
    Some(current)
}

/// Whether a value is returned, at once or by the name it is given.
fn is_answered(file: File<'_>, handler: FunctionRef, value: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(value) else { return false };
    match module.stmt(stmt) {
        Stmt::Return(_) => file.index().function_of(value) == Some(handler.id),
        Stmt::Assign { targets, value: assigned } if assigned == value => {
            module.list(targets).iter().any(|&target| is_returned_by_name(file, target))
        }
        _ => false,
    }
}

fn is_returned_by_name(file: File<'_>, target: ExprId) -> bool {
    let module = file.module();
    let Expr::Name(symbol) = module.expr(target) else { return false };
    let scope = file.index().scope_of_name(target);
    let bindings = file.index().bindings_of(scope, symbol);
    let is_only = bindings.len() == 1 && matches!(bindings[0].kind, BindingKind::Assign { .. });
    is_only
        && file.index().uses().iter().any(|usage| {
            let is_same =
                module.expr(usage.expr) == Expr::Name(symbol) && file.index().scope_of_name(usage.expr) == scope;
            let stmt = file.index().stmt_of(usage.expr).map(|stmt| module.stmt(stmt));
            is_same && matches!(stmt, Some(Stmt::Return(_))) && whole(file, usage.expr).is_some()
        })
}

/// `/debug-sentry`, `/test-error`, `/dump`.
fn is_trial(project: &Project, route: &Route) -> bool {
    let last = route.path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    let names = [words::snake_case(last), words::snake_case(project.handler_name(route.handler))];
    names.iter().any(|name| ["debug", "dump", "test", "crash"].iter().any(|word| words::has_word(name, word)))
}

/// The statement that always fails, if the body comes to nothing else.
fn is_made_to_fail(file: File<'_>, handler: FunctionRef) -> Option<Location> {
    let module = file.module();
    let mut said = module.body(handler.id).iter().copied().filter(|&stmt| !file.is_documentation(stmt));
    let first = said.next()?;
    let fails = match module.stmt(first) {
        Stmt::Raise { exception: Some(raised), .. } => {
            let class = Call::of(module, raised).map_or(raised, |call| call.function);
            !file.text_of(class).contains("HTTP")
        }
        Stmt::Expr(value) | Stmt::Assign { value, .. } | Stmt::Return(Some(value)) => divides_by_zero(file, value),
        _ => false,
    };
    fails.then(|| file.at_stmt(first))
}

fn divides_by_zero(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Expr::Binary { op: BinaryOp::Div, right, .. } = module.expr(expr) else { return false };
    matches!(module.expr(right), Expr::Int(digits) if module.text(digits) == "0")
}
