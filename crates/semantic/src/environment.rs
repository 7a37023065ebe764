//! Look-ups of environment variables and of settings that come from them.

use backlint_syntax::Module;
use backlint_syntax::ast::{BoolOp, Expr, ExprId};

use crate::call::Call;
use crate::constant::fold;
use crate::index::FileIndex;

/// A look-up of one environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvLookup {
    /// The variable.
    pub key: String,
    /// What stands in when it is missing.
    pub default: Option<ExprId>,
    /// Whether a missing variable raises.
    pub is_required: bool,
}

/// The look-up that `expr` is: `os.getenv(k, d)`, `os.environ.get(k, d)`, `os.environ[k]`, the `config(k, default=d)` of
/// Starlette and decouple, `env.str(k, d)` of environs, and each of them in `… or d`.
pub fn env_lookup(module: &Module, index: &FileIndex, expr: ExprId) -> Option<EnvLookup> {
    match module.expr(expr) {
        Expr::Subscript { value, index: key } => {
            let path = index.path(module, value)?;
            let key = fold(module, index, key).as_str()?.to_owned();
            (path == "os.environ").then_some(EnvLookup { key, default: None, is_required: true })
        }
        Expr::Call { .. } => call_lookup(module, index, Call::of(module, expr)?),
        Expr::Bool { op: BoolOp::Or, values } => {
            let values = module.list(values);
            let lookup = env_lookup(module, index, *values.first()?)?;
            Some(EnvLookup { default: values.last().copied(), is_required: false, ..lookup })
        }
        _ => None,
    }
}

/// Whether a file with this text names the environment, or a library that reads it; most files do neither, and need not
/// be searched for look-ups.
pub fn may_look_up_environment(module: &Module, text: &str) -> bool {
    let is_used = |name: &&str| module.symbol(name).is_some();
    ["environ", "getenv"].iter().any(is_used)
        || ["Config", "Env", "config"].iter().any(is_used)
            && ["decouple", "environs", "starlette.config"].iter().any(|package| text.contains(package))
}

fn call_lookup(module: &Module, index: &FileIndex, call: Call<'_>) -> Option<EnvLookup> {
    let path = index.path(module, call.function);
    let is_getenv = matches!(path.as_deref(), Some("os.getenv" | "os.environ.get" | "os.environ.pop"));
    let is_decouple = path.as_deref() == Some("decouple.config");
    if !is_getenv && !is_decouple && !is_config_reader(module, index, call) {
        return None;
    }
    let key = fold(module, index, call.positional(0).or_else(|| call.keyword("key").map(|arg| arg.value))?);
    let default = call.keyword("default").map(|arg| arg.value).or_else(|| {
        // Starlette's second positional argument is a cast.
        let place = usize::from(is_getenv || call.receiver().is_some());
        if place == 1 { call.positional(1) } else { None }
    });
    Some(EnvLookup { key: key.as_str()?.to_owned(), default, is_required: !is_getenv && default.is_none() })
}

/// Whether the callee is an instance of `starlette.config.Config`, or a method of `environs.Env`.
fn is_config_reader(module: &Module, index: &FileIndex, call: Call<'_>) -> bool {
    let instance = call.receiver().unwrap_or(call.function);
    let Some(made_by) = instance_of(module, index, instance) else { return false };
    match call.receiver() {
        None => matches!(made_by.as_str(), "starlette.config.Config" | "decouple.Config" | "environ.Env"),
        Some(_) => matches!(made_by.as_str(), "environs.Env" | "environ.Env"),
    }
}

/// The path of the class that the one assignment of a name instantiates.
fn instance_of(module: &Module, index: &FileIndex, expr: ExprId) -> Option<String> {
    let Expr::Name(name) = module.expr(expr) else { return None };
    let [only] = index.lookup(index.scope_of_name(expr), name) else { return None };
    let crate::binding::BindingKind::Assign { value: Some(value), .. } = only.kind else { return None };
    index.path(module, Call::of(module, value)?.function)
}
