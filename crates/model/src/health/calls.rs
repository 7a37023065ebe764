//! Which calls look at nothing outside the process.

use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use crate::resolve::{Entity, Type};
use crate::{File, Project};

/// Packages whose functions and objects stay in the process.
const PACKAGES: &[&str] = &[
    "asyncio",
    "collections",
    "dataclasses",
    "datetime",
    "fastapi",
    "flask",
    "functools",
    "importlib",
    "json",
    "logging",
    "loguru",
    "os",
    "pathlib",
    "pkg_resources",
    "platform",
    "psutil",
    "pydantic",
    "pytz",
    "queue",
    "starlette",
    "structlog",
    "sys",
    "threading",
    "time",
    "typing",
    "uuid",
    "zoneinfo",
];

/// Methods of plain values.
const METHODS: &[&str] = &[
    "append",
    "copy",
    "date",
    "empty",
    "endswith",
    "extend",
    "format",
    "get_json",
    "is_alive",
    "is_set",
    "isoformat",
    "items",
    "join",
    "keys",
    "lower",
    "model_dump",
    "now",
    "qsize",
    "replace",
    "round",
    "split",
    "startswith",
    "strftime",
    "strip",
    "timestamp",
    "today",
    "total_seconds",
    "upper",
    "utcnow",
    "values",
];

/// Functions that are built in.
const FUNCTIONS: &[&str] = &[
    "all",
    "any",
    "bool",
    "dict",
    "enumerate",
    "float",
    "getattr",
    "hasattr",
    "int",
    "isinstance",
    "len",
    "list",
    "max",
    "min",
    "print",
    "range",
    "repr",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "type",
    "zip",
];

/// Whether a call looks at nothing outside the process; calls of functions of the project are followed instead.
pub(super) fn is_harmless(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    match project.resolve(file.id(), call.function) {
        Entity::Function(_) | Entity::Class(_) => return true,
        Entity::External(path) | Entity::Result { of: path, .. } if is_inside(&path) => return true,
        _ => {}
    }
    let Some(name) = call.name() else { return false };
    let Some(receiver) = call.receiver() else { return FUNCTIONS.contains(&name) || name.ends_with("Response") };
    METHODS.contains(&name) || logs(file, receiver) || is_plain(project, file, receiver)
}

fn is_inside(path: &str) -> bool {
    let package = path.split('.').next().unwrap_or_default();
    PACKAGES.contains(&package) || FUNCTIONS.contains(&path)
}

fn logs(file: File<'_>, receiver: ExprId) -> bool {
    let text = file.text_of(receiver).to_ascii_lowercase();
    matches!(text.rsplit('.').next(), Some("log" | "logger" | "logging" | "_logger" | "_log"))
}

/// Whether something is a value of the process: a display, the environment, the configuration, the request.
fn is_plain(project: &Project, file: File<'_>, value: ExprId) -> bool {
    let is_display = |at: crate::resolve::ExprRef| {
        let Some(file) = project.file(at.file) else { return false };
        matches!(
            file.module().expr(at.expr),
            Expr::Dict(_) | Expr::List(_) | Expr::Set(_) | Expr::Tuple(_) | Expr::Str(_) | Expr::FString(_)
        )
    };
    match project.resolve(file.id(), value) {
        Entity::Literal(at) => is_display(at),
        Entity::External(path) | Entity::Instance { of: Type::External(path), .. } => is_inside(&path),
        _ => {
            let text = file.text_of(value);
            matches!(text.rsplit('.').next(), Some("environ" | "config" | "headers" | "args" | "state"))
        }
    }
}
