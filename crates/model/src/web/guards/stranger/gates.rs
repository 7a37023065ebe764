//! Wrappers: the functions that stand around handlers, and how to tell what they wrap.

use backlint_semantic::{BindingKind, Call, own_statements};
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt};

use crate::resolve::{ClassRef, Entity, FunctionRef};
use crate::web::guards::exits::own_calls;
use crate::{File, Project};

/// The functions inside a decorator or a factory of decorators that run what they were given.
pub(crate) fn gates_in(project: &Project, function: FunctionRef) -> Vec<FunctionRef> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let module = file.module();
    let mut found = Vec::new();
    let mut open = vec![function.id];
    while let Some(outer) = open.pop() {
        for stmt in own_statements(module, module.body(outer)) {
            let Stmt::Function(inner) = module.stmt(stmt) else { continue };
            open.push(inner);
            let inner = FunctionRef::new(function.file, inner);
            let runs = own_calls(file, inner).into_iter().filter_map(|call| Call::of(module, call));
            if runs.into_iter().any(|call| reaches(project, file, inner, call)) {
                found.push(inner);
            }
        }
    }
    found
}

/// Whether a call in a function runs something that an enclosing function was given.
pub(super) fn reaches(project: &Project, file: File<'_>, function: FunctionRef, call: Call<'_>) -> bool {
    let wrapped = |expr| is_wrapped(project, file, function, expr);
    wrapped(call.function) || handed_on(project, file, function, call)
}

/// Whether what is wrapped is handed to another function that runs it: `run_in_threadpool(view, …)`,
/// `ensure_sync(view)(…)`.
pub(super) fn handed_on(project: &Project, file: File<'_>, function: FunctionRef, call: Call<'_>) -> bool {
    const LOOKS: &[&str] = &[
        "wraps",
        "update_wrapper",
        "getattr",
        "hasattr",
        "setattr",
        "iscoroutinefunction",
        "signature",
        "isinstance",
        "callable",
        "getfullargspec",
        "str",
        "print",
        "type",
        "append",
        "len",
        "debug",
        "info",
        "warning",
        "error",
        "any",
        "all",
        "int",
        "bool",
        "set",
        "list",
        "tuple",
        "dict",
        "format",
        "join",
        "get",
        "isclass",
        "unwrap",
        "partial",
        "abort",
        "exception",
        "iscoroutine",
        "isawaitable",
    ];
    let is_given = |call: Call<'_>| {
        let first = call.positional(0);
        first.is_some_and(|first| is_function_parameter(project, file, function, first))
    };
    let runs = |name: Option<&str>| name.is_none_or(|name| !LOOKS.contains(&name) && !name.starts_with("is_"));
    let outer = Call::of(file.module(), call.function);
    outer.is_some_and(is_given) || runs(call.name()) && call.name().is_some() && is_runner(call) && is_given(call)
}

/// Functions that run what they are given.
fn is_runner(call: Call<'_>) -> bool {
    call.name().is_some_and(|name| {
        ["run", "call", "await", "execute", "invoke", "sync", "thread"].iter().any(|word| name.contains(word))
    })
}

fn is_function_parameter(project: &Project, file: File<'_>, function: FunctionRef, expr: ExprId) -> bool {
    matches!(file.module().expr(expr), Expr::Name(_)) && is_wrapped(project, file, function, expr)
}

/// Whether an expression in a function is what it wraps: a parameter of an enclosing function, `call_next`, or the inner
/// application of a middleware.
pub(super) fn is_wrapped(project: &Project, file: File<'_>, function: FunctionRef, expr: ExprId) -> bool {
    let module = file.module();
    match module.expr(expr) {
        Expr::Name(name) => {
            let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
            let is_next = matches!(module.text(name), "call_next" | "next_handler" | "get_response");
            bindings.iter().any(|binding| match binding.kind {
                BindingKind::Param(owner, _) => owner != function.id && encloses(file, owner, function.id) || is_next,
                _ => false,
            })
        }
        Expr::Attribute { value, name } if file.text_of(value) == "self" => {
            is_held(project, file, function, module.text(name))
        }
        _ => false,
    }
}

fn encloses(file: File<'_>, outer: FunctionId, inner: FunctionId) -> bool {
    let module = file.module();
    let mut at = inner;
    while let Some(next) = file.index().outer_function(module, at) {
        if next == outer {
            return true;
        }
        at = next;
    }
    false
}

/// Whether `self.name` holds what the constructor was given to wrap.
fn is_held(project: &Project, file: File<'_>, function: FunctionRef, name: &str) -> bool {
    const NAMES: &[&str] =
        &["app", "application", "get_response", "func", "function", "view", "handler", "wrapped", "fn", "f"];
    let Some(class) = file.index().class_of(file.module(), function.id) else { return false };
    let class = ClassRef::new(file.id(), class);
    if project.method(class, name).is_some() || !NAMES.contains(&name.trim_start_matches('_')) {
        return false;
    }
    match project.instance_attribute(class, name) {
        Some(at) => !matches!(project.resolve(at.file, at.expr), Entity::Literal(_)),
        // Set by a base class from outside.
        None => matches!(name, "app" | "get_response"),
    }
}

/// The decorating calls of a function that only applies other decorators to what it is given:
/// `return permission("admin")(view)`.
pub(crate) fn applied_decorators(file: File<'_>, function: FunctionId) -> Vec<ExprId> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in own_statements(module, module.body(function)) {
        let Stmt::Return(Some(value)) = module.stmt(stmt) else { continue };
        match application(file, function, value) {
            Some(decorators) => found.extend(decorators),
            None => return Vec::new(),
        }
    }
    found
}

/// The decorators of `a(b(view))`, from the outside in, if `view` is a parameter that may be a function.
fn application(file: File<'_>, function: FunctionId, value: ExprId) -> Option<Vec<ExprId>> {
    let module = file.module();
    let params = module.list(file.function(function).params);
    let mut found = Vec::new();
    let mut call = Call::of(module, value)?;
    loop {
        found.push(call.function);
        let argument = call.positional(0)?;
        match module.expr(argument) {
            Expr::Call { .. } => call = Call::of(module, argument)?,
            Expr::Name(name) => {
                let param = params.iter().find(|param| param.name == name && param.default.is_none())?;
                let is_function = param.annotation.is_none_or(|annotation| {
                    let text = file.text_of(annotation);
                    text.contains("Callable") || text.contains("Function")
                });
                return is_function.then_some(found);
            }
            _ => return None,
        }
    }
}
