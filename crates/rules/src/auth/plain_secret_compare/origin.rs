//! Where the two sides of a comparison come from.

use backlint_model::{File, words};
use backlint_semantic::{BindingKind, Call, env_lookup};
use backlint_syntax::ast::{BinaryOp, BoolOp, Expr, ExprId, Part, Stmt};

use crate::expressions::{assigned_value, label, path_ends_with, snake_label};

/// How many assignments a value is followed through.
const MAX_STEPS: u32 = 10;

/// Whether a value is a secret of the server: a setting, an environment value, a signature it computed.
pub(in crate::auth) fn is_server_secret(file: File<'_>, expr: ExprId) -> bool {
    comes_from(file, expr, MAX_STEPS, Side { is_source: is_server_source, from_elements: true })
}

/// Whether a value is a secret that the caller sent.
pub(in crate::auth) fn is_client_secret(file: File<'_>, expr: ExprId) -> bool {
    comes_from(file, expr, MAX_STEPS, Side { is_source: is_client_source, from_elements: false })
}

/// One side of a comparison.
#[derive(Clone, Copy)]
struct Side {
    is_source: fn(File<'_>, ExprId) -> bool,
    /// Whether an element of a source is one too: a key of a list of keys is, a character of a password is not.
    from_elements: bool,
}

/// Whether `expr` is a source, or the same value in another form or under another name.
fn comes_from(file: File<'_>, expr: ExprId, steps: u32, side: Side) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    if (side.is_source)(file, expr) {
        return true;
    }
    let module = file.module();
    let follow = |inner| comes_from(file, inner, steps, side);
    match module.expr(expr) {
        Expr::Name(name) => {
            let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
            bindings.iter().any(|binding| match binding.kind {
                BindingKind::Assign { value: Some(value), .. }
                | BindingKind::Named { value }
                | BindingKind::Unpack { value } => follow(value),
                BindingKind::Loop { iter } => side.from_elements && follow(iter),
                _ => false,
            })
        }
        Expr::Attribute { value, name } => {
            is_self(file, value) && instance_values(file, module.text(name)).into_iter().any(follow)
        }
        Expr::Call { .. } => Call::of(module, expr).and_then(|call| same_value(file, call)).is_some_and(follow),
        Expr::Subscript { value, .. } => follow(value),
        Expr::Conditional { body, orelse, .. } => follow(body) || follow(orelse),
        Expr::Bool { op: BoolOp::Or, values } => module.list(values).iter().any(|&value| follow(value)),
        Expr::Binary { left, op: BinaryOp::Add, right } => follow(left) || follow(right),
        Expr::FString(parts) => module.list(parts).iter().any(|part| match *part {
            Part::Value { value, .. } => follow(value),
            Part::Text(_) => false,
        }),
        Expr::Comprehension(id) => module.list(module.comprehension(id).generators).iter().any(|g| follow(g.iter)),
        Expr::List(items) | Expr::Tuple(items) | Expr::Set(items) => {
            module.list(items).iter().any(|&item| follow(item))
        }
        Expr::Await(inner) => follow(inner),
        _ => false,
    }
}

/// What a call gives back in another form: `key.strip()`, `set(keys)`, `raw.split(",")`.
fn same_value(file: File<'_>, call: Call<'_>) -> Option<ExprId> {
    const METHODS: &[&str] = &[
        "decode",
        "encode",
        "get_secret_value",
        "lower",
        "lstrip",
        "partition",
        "removeprefix",
        "replace",
        "rstrip",
        "split",
        "strip",
        "upper",
    ];
    const FUNCTIONS: &[&str] = &["bytes", "frozenset", "list", "set", "str", "tuple", "cast", "filter", "map"];
    let name = call.name()?;
    match call.receiver() {
        Some(receiver) if METHODS.contains(&name) => Some(receiver),
        None if FUNCTIONS.contains(&name) => call.args.last().map(|arg| arg.value),
        _ => {
            let path = file.path_of(call.function)?;
            path_ends_with(&path, "base64.b64encode").then(|| call.positional(0)).flatten()
        }
    }
}

fn is_self(file: File<'_>, expr: ExprId) -> bool {
    matches!(file.text_of(expr), "self" | "cls")
}

/// The values that a file assigns to `self.name`.
fn instance_values(file: File<'_>, name: &str) -> Vec<ExprId> {
    let module = file.module();
    let target_is = |target: ExprId| match module.expr(target) {
        Expr::Attribute { value, name: attribute } => is_self(file, value) && module.text(attribute) == name,
        _ => false,
    };
    module
        .stmt_ids()
        .filter_map(|stmt| match module.stmt(stmt) {
            Stmt::Assign { targets, value } => module.list(targets).iter().any(|&t| target_is(t)).then_some(value),
            Stmt::AnnAssign { target, value, .. } => value.filter(|_| target_is(target)),
            _ => None,
        })
        .collect()
}

fn is_server_source(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    if let Some(lookup) = env_lookup(module, file.index(), expr) {
        return is_secret_or_key(&words::snake_case(&lookup.key));
    }
    match module.expr(expr) {
        Expr::Attribute { value, .. } | Expr::Subscript { value, .. } => {
            is_settings(file, value) && names_secret(file, expr)
        }
        Expr::Call { .. } => {
            let Some(call) = Call::of(module, expr) else { return false };
            let by_key =
                call.name() == Some("get") && call.receiver().is_some_and(|receiver| is_settings(file, receiver));
            (by_key && names_secret(file, expr)) || is_signature(file, call)
        }
        // A constant of another module: `from app.config import API_KEY`.
        Expr::Name(_) => is_imported_constant(file, expr),
        _ => false,
    }
}

fn names_secret(file: File<'_>, expr: ExprId) -> bool {
    snake_label(file, expr).is_some_and(|name| is_secret_or_key(&name))
}

fn is_secret_or_key(snake: &str) -> bool {
    let is_key = ["_key", "_keys"].iter().any(|end| snake.ends_with(end));
    // A key that everybody may know tells nothing by the time it takes.
    let is_known_to_all =
        ["breached", "common", "forbidden", "public", "weak"].iter().any(|word| words::has_word(snake, word));
    (words::is_secret_name(snake) || is_key) && !is_known_to_all
}

/// `settings`, `app.config`, `self.settings`, `get_settings()`, `os.environ`; not a local variable of such a name that
/// was filled from elsewhere.
fn is_settings(file: File<'_>, expr: ExprId) -> bool {
    let local = assigned_value(file, expr).filter(|&value| file.index().function_of(value).is_some());
    is_settings_text(file, local.unwrap_or(expr))
}

fn is_settings_text(file: File<'_>, expr: ExprId) -> bool {
    const NAMES: &[&str] = &["cfg", "conf", "config", "configuration", "environ", "settings"];
    let text = file.text_of(expr).to_ascii_lowercase();
    text.split('.').any(|segment| {
        let name = segment.trim_end_matches("()");
        NAMES.contains(&name.rsplit('_').next().unwrap_or_default())
    })
}

fn is_imported_constant(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Expr::Name(name) = module.expr(expr) else { return false };
    let text = module.text(name);
    let is_constant = text.len() > 2 && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let is_secret =
        ["KEY", "KEYS", "PASSWORD", "SECRET", "SECRETS", "TOKEN", "TOKENS"].iter().any(|end| text.ends_with(end));
    let is_mark =
        ["CONTINUATION", "CURSOR", "NEXT", "PAGE", "STOP", "END", "SENTINEL"].iter().any(|word| text.contains(word));
    let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
    is_constant
        && is_secret
        && !is_mark
        && bindings.iter().any(|binding| matches!(binding.kind, BindingKind::Import(_)))
}

/// `hmac.new(…).hexdigest()`, and functions that are named for what they compute: `slip_signature(…)`.
fn is_signature(file: File<'_>, call: Call<'_>) -> bool {
    const READERS: &[&str] = &["check", "extract", "get", "is", "load", "parse", "read", "verify"];
    let name = words::snake_case(call.name().unwrap_or_default());
    if words::has_word(&name, "signature") {
        return !READERS.iter().any(|verb| words::has_word(&name, verb));
    }
    let inner = call.receiver().and_then(|receiver| Call::of(file.module(), receiver));
    matches!(name.as_str(), "hexdigest" | "digest")
        && inner.and_then(|inner| file.path_of(inner.function)).is_some_and(|path| path == "hmac.new")
}

fn is_client_source(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    match module.expr(expr) {
        Expr::Call { .. } => {
            let Some(call) = Call::of(module, expr) else { return false };
            call.name() == Some("get") && call.receiver().is_some_and(|receiver| is_request_part(file, receiver))
        }
        Expr::Subscript { value, .. } => is_request_part(file, value),
        Expr::Name(name) => {
            let is_param = |kind: &BindingKind| matches!(kind, BindingKind::Param(..));
            let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
            bindings.iter().any(|binding| is_param(&binding.kind)) && is_sent_name(module.text(name))
        }
        Expr::Attribute { value, name } => is_parameter(file, value) && is_sent_name(module.text(name)),
        _ => false,
    }
}

fn is_parameter(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Expr::Name(name) = module.expr(expr) else { return false };
    let is_self = matches!(module.text(name), "self" | "cls" | "settings" | "config");
    let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
    !is_self && bindings.iter().any(|binding| matches!(binding.kind, BindingKind::Param(..)))
}

/// Names under which callers send secrets.
fn is_sent_name(name: &str) -> bool {
    let snake = words::snake_case(name);
    words::is_secret_name(&snake)
        || ["authorization", "credentials", "signature", "key", "provided", "x_hub_signature"]
            .iter()
            .any(|word| words::has_word(&snake, word))
}

/// Headers, query, cookies, form or JSON of a request.
fn is_request_part(file: File<'_>, expr: ExprId) -> bool {
    let by_label = || {
        matches!(label(file, expr), Some("headers" | "args" | "form" | "json" | "query_params" | "cookies" | "values"))
    };
    let text = file.text_of(expr);
    by_label() || text.ends_with("get_json()") || text.ends_with("request.json()")
}
