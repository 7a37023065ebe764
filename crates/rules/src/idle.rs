//! Whether a function does nothing but put an answer together.

use backlint_model::{Entity, File, FunctionRef, Project, Type};
use backlint_semantic::{BindingKind, Call, ScopeId, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Stmt};

/// Functions and methods that only calculate.
const CALCULATES: &[&str] = &[
    "abs",
    "all",
    "any",
    "append",
    "bool",
    "capitalize",
    "copy",
    "count",
    "dict",
    "encode",
    "endswith",
    "enumerate",
    "extend",
    "find",
    "float",
    "format",
    "get",
    "getattr",
    "hexdigest",
    "insert",
    "int",
    "isinstance",
    "isoformat",
    "items",
    "join",
    "keys",
    "len",
    "list",
    "lower",
    "lstrip",
    "max",
    "min",
    "model_dump",
    "pop",
    "range",
    "replace",
    "reversed",
    "round",
    "rstrip",
    "set",
    "setdefault",
    "sorted",
    "split",
    "startswith",
    "str",
    "strftime",
    "strip",
    "sum",
    "timestamp",
    "title",
    "total_seconds",
    "tuple",
    "update",
    "upper",
    "values",
    "zip",
];

/// Modules and classes of which every call only calculates, waits or forms the answer.
const HARMLESS: &[&str] = &[
    "asyncio.sleep",
    "datetime.",
    "fastapi.HTTPException",
    "fastapi.exceptions.HTTPException",
    "fastapi.responses.JSONResponse",
    "flask.jsonify",
    "flask.make_response",
    "hashlib.",
    "json.dumps",
    "logging.",
    "math.",
    "random.",
    "secrets.",
    "time.",
    "uuid.",
];

/// Whether a function returns something and does nothing else that outlives the call.
pub(crate) fn is_idle(project: &Project, file: File<'_>, handler: FunctionRef) -> bool {
    let module = file.module();
    let statements = own_statements(module, module.body(handler.id));
    let is_closed = statements.iter().all(|&stmt| {
        !matches!(
            module.stmt(stmt),
            Stmt::Function(_)
                | Stmt::Class(_)
                | Stmt::With { .. }
                | Stmt::Global(_)
                | Stmt::Nonlocal(_)
                | Stmt::Delete(_)
        )
    });
    let returns = statements.iter().any(|&stmt| matches!(module.stmt(stmt), Stmt::Return(Some(_))));
    is_closed
        && returns
        && statements.iter().all(|&stmt| {
            let parts = expressions_of(module, stmt).into_iter().flat_map(|expr| descendants(module, expr));
            parts.into_iter().all(|expr| is_idle_expression(project, file, expr))
        })
}

fn is_idle_expression(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    match module.expr(expr) {
        Expr::Call { .. } => Call::of(module, expr).is_some_and(|call| is_idle_call(project, file, call)),
        Expr::Name(_) => is_idle_name(project, file, expr),
        Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Lambda(_) => false,
        _ => true,
    }
}

/// Whether a call only calculates, logs or forms the answer.
pub(crate) fn is_idle_call(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    let Some(name) = call.name() else { return false };
    let receiver = call.receiver().map(|receiver| file.text_of(receiver));
    let is_log =
        receiver.is_some_and(|text| matches!(text.rsplit('.').next(), Some("logger" | "log" | "logging" | "_logger")));
    if is_log {
        return true;
    }
    match project.resolve(file.id(), call.function) {
        Entity::Class(class) => is_plain_class(project, &Type::Project(class)),
        Entity::External(path) => {
            HARMLESS.iter().any(|known| path == *known || known.ends_with('.') && path.starts_with(known))
                || CALCULATES.contains(&path.as_str())
                || is_method_of_value(&path)
                || path.ends_with("Error")
                || path.ends_with("Exception")
        }
        Entity::Function(_) => false,
        _ => receiver.is_some() && CALCULATES.contains(&name),
    }
}

/// A method of the values that Python brings along: `str.replace`.
fn is_method_of_value(path: &str) -> bool {
    const TYPES: &[&str] = &["bytes", "dict", "float", "int", "list", "set", "str"];
    path.split_once('.').is_some_and(|(of, name)| TYPES.contains(&of) && CALCULATES.contains(&name))
}

/// A schema or exception: making an object of it does nothing.
fn is_plain_class(project: &Project, of: &Type) -> bool {
    project.derives_from(
        of,
        &[
            "pydantic.BaseModel",
            "pydantic.main.BaseModel",
            "fastapi.HTTPException",
            "Exception",
            "enum.Enum",
            "typing.TypedDict",
            "typing.NamedTuple",
        ],
    )
}

/// Variables of the function, classes, modules and constants; not state that outlives the request.
fn is_idle_name(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Expr::Name(name) = module.expr(expr) else { return true };
    let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
    let Some(first) = bindings.first() else { return !matches!(module.text(name), "open" | "input" | "exec" | "eval") };
    if first.scope != ScopeId::MODULE {
        return true;
    }
    let is_state =
        || project.shared_state().iter().any(|state| state.file == file.id() && state.name == module.text(name));
    match first.kind {
        BindingKind::Class(_) | BindingKind::Function(_) => true,
        BindingKind::Assign { value: Some(value), .. } => {
            let is_display = !matches!(module.expr(value), Expr::Call { .. } | Expr::Name(_) | Expr::Attribute { .. });
            let is_log = matches!(module.text(name), "logger" | "log" | "_logger");
            is_log || is_display && !is_state()
        }
        BindingKind::Import(_) => match project.resolve(file.id(), expr) {
            Entity::Class(_) | Entity::Module(_) | Entity::Function(_) | Entity::Literal(_) => true,
            // What belongs to the caller or to the process is no constant.
            Entity::External(path) => {
                !matches!(path.as_str(), "flask.g" | "flask.session" | "flask.current_app" | "flask_login.current_user")
            }
            _ => matches!(module.text(name), "logger" | "log"),
        },
        _ => false,
    }
}
