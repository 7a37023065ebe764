//! Code that runs before every handler of an app or router: request hooks and middleware.

use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use super::Web;
use super::callers::Callers;
use super::containers::{ContainerId, Framework};
use crate::resolve::{Entity, ExprRef, FunctionRef, Type};
use crate::{File, Project};

/// What runs.
#[derive(Clone, Debug)]
pub(crate) enum HookCode {
    /// A function, or the method of a middleware class that handles requests.
    Function(FunctionRef),
    /// Something from outside, by path.
    External(String),
    /// Could not be told.
    Unknown,
}

/// A hook or middleware.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    /// The app or router it is attached to.
    pub(crate) container: ContainerId,
    /// Whether it runs for the whole app although it is attached to a router.
    pub(crate) is_app_wide: bool,
    /// Whether it is a middleware rather than a request hook.
    pub(crate) is_middleware: bool,
    /// What runs.
    pub(crate) code: HookCode,
    /// Where it is attached.
    pub(crate) at: ExprRef,
}

const ATTACHING: &[&str] =
    &["before_request", "before_app_request", "url_value_preprocessor", "middleware", "add_middleware", "Middleware"];

/// All hooks and middleware of the project.
pub(crate) fn find(project: &Project, web: &Web, callers: &Callers<'_>) -> Vec<Hook> {
    let mut hooks = Vec::new();
    for file in project.files().filter(|file| file.role().is_reported()) {
        if !ATTACHING.iter().any(|name| file.module().symbol(name).is_some()) {
            continue;
        }
        decorated(project, file, callers, &mut hooks);
        for call in file.calls_named(ATTACHING) {
            called(project, file, call, callers, &mut hooks);
        }
    }
    hooks.retain(|hook| is_possible(web, hook));
    hooks
}

/// Flask containers have no `middleware`, FastAPI ones no `before_request`.
fn is_possible(web: &Web, hook: &Hook) -> bool {
    let framework = web.containers[hook.container.index()].framework;
    hook.is_middleware == (framework == Framework::FastApi)
}

/// `@app.before_request`, `@app.middleware("http")`.
fn decorated(project: &Project, file: File<'_>, callers: &Callers<'_>, hooks: &mut Vec<Hook>) {
    let module = file.module();
    for function in module.function_ids() {
        for decorator in module.list(file.function(function).decorators) {
            let attached = match module.expr(decorator.expr) {
                Expr::Call { function, .. } => function,
                _ => decorator.expr,
            };
            let Some((receiver, name)) = attribute(file, attached) else { continue };
            if !matches!(name, "before_request" | "before_app_request" | "url_value_preprocessor" | "middleware") {
                continue;
            }
            let code = HookCode::Function(FunctionRef::new(file.id(), function));
            push(project, file, callers, receiver, name, &code, decorator.expr, hooks);
        }
    }
}

fn attribute(file: File<'_>, expr: ExprId) -> Option<(ExprId, &str)> {
    match file.module().expr(expr) {
        Expr::Attribute { value, name } => Some((value, file.module().text(name))),
        _ => None,
    }
}

#[expect(clippy::too_many_arguments, reason = "one flat step from a use to the hooks it makes")]
fn push(
    project: &Project,
    file: File<'_>,
    callers: &Callers<'_>,
    receiver: ExprId,
    name: &str,
    code: &HookCode,
    at: ExprId,
    hooks: &mut Vec<Hook>,
) {
    for container in callers.containers_of(project, file.id(), receiver) {
        hooks.push(Hook {
            container,
            is_app_wide: name == "before_app_request",
            is_middleware: name.contains("iddleware"),
            code: code.clone(),
            at: ExprRef { file: file.id(), expr: at },
        });
    }
}

/// `app.before_request(fn)`, `app.add_middleware(Class)`, `FastAPI(middleware=[Middleware(Class)])`,
/// `app.middleware("http")(fn)`.
fn called(project: &Project, file: File<'_>, call: Call<'_>, callers: &Callers<'_>, hooks: &mut Vec<Hook>) {
    let Some(name) = call.name() else { return };
    match name {
        "before_request" | "before_app_request" | "url_value_preprocessor" => {
            let (Some(receiver), Some(target)) = (call.receiver(), call.positional(0)) else { return };
            let code = code_of(project, file, target);
            push(project, file, callers, receiver, name, &code, call.expr, hooks);
        }
        "add_middleware" => {
            let (Some(receiver), Some(target)) = (call.receiver(), call.argument("middleware_class", 0)) else {
                return;
            };
            let code = code_of(project, file, target);
            push(project, file, callers, receiver, name, &code, call.expr, hooks);
        }
        "middleware" => {
            // `app.middleware("http")(fn)`: the outer call hands the function in.
            let Some(outer) = file.index().parent(call.expr).and_then(|outer| Call::of(file.module(), outer)) else {
                return;
            };
            let (Some(receiver), Some(target)) = (call.receiver(), outer.positional(0)) else { return };
            if outer.function == call.expr {
                let code = code_of(project, file, target);
                push(project, file, callers, receiver, name, &code, call.expr, hooks);
            }
        }
        "Middleware" => {
            let app = file.index().ancestors(call.expr).find(|&outer| Call::of(file.module(), outer).is_some());
            let (Some(app), Some(target)) = (app, call.positional(0)) else { return };
            let code = code_of(project, file, target);
            push(project, file, callers, app, name, &code, call.expr, hooks);
        }
        _ => {}
    }
}

fn code_of(project: &Project, file: File<'_>, expr: ExprId) -> HookCode {
    match project.resolve(file.id(), expr) {
        Entity::Function(function) => HookCode::Function(function),
        Entity::Class(class) => {
            let method = ["dispatch", "__call__"].iter().find_map(|name| project.method(class, name));
            method.map_or(HookCode::Unknown, HookCode::Function)
        }
        Entity::External(path) | Entity::Instance { of: Type::External(path), .. } => HookCode::External(path),
        Entity::Instance { of: Type::Project(class), .. } => {
            project.method(class, "__call__").map_or(HookCode::Unknown, HookCode::Function)
        }
        _ => HookCode::Unknown,
    }
}
