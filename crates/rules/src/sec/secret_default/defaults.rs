//! Settings and what they default to: environment look-ups, look-ups in configuration objects, fields of settings classes.

use backlint_model::{ClassRef, File, Project, Type, words};
use backlint_semantic::{Call, env_lookup, may_look_up_environment};
use backlint_syntax::ast::{ArgKind, BoolOp, ClassId, Expr, ExprId, Stmt};

use crate::config_defaults::{
    assignment, holds_defaults, instance_of_configuration, is_configuration_class, is_loaded_over,
};
use crate::expressions::{label, literal};

/// A setting with a literal default.
pub(super) struct Default<'p> {
    pub(super) file: File<'p>,
    /// The variable, the configuration key or the field.
    pub(super) key: String,
    /// Names by which checks may speak of it, in snake case.
    pub(super) names: Vec<String>,
    pub(super) literal: ExprId,
    pub(super) value: &'p str,
    pub(super) source: Source<'p>,
}

/// Where a setting comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source<'p> {
    /// Looked up in the environment.
    Environment,
    /// Looked up in a configuration object, or put there before something else is loaded over it.
    Configuration,
    /// A field of the settings class with this name.
    Field(&'p str),
}

/// All settings of a file with literal defaults.
pub(super) fn find<'p>(project: &'p Project, file: File<'p>) -> Vec<Default<'p>> {
    let mut found = lookups(file);
    found.extend(loaded_over(file));
    found.extend(instance_fields(file));
    for class in file.module().class_ids() {
        if is_settings_class(project, file, class) {
            found.extend(fields(file, class));
        }
    }
    found
}

fn lookups(file: File<'_>) -> Vec<Default<'_>> {
    let module = file.module();
    let names_environment = may_look_up_environment(module, file.source().text());
    let mut found = Vec::new();
    for expr in module.expr_ids() {
        if !matches!(module.expr(expr), Expr::Call { .. } | Expr::Subscript { .. } | Expr::Bool { .. }) {
            continue;
        }
        let of_environment = names_environment.then(|| env_lookup(module, file.index(), expr)).flatten();
        let lookup = match of_environment {
            Some(lookup) => lookup.default.map(|default| (lookup.key, default, Source::Environment)),
            None => keyed_lookup(file, expr),
        };
        let Some((key, default, source)) = lookup else { continue };
        let is_part_of_or = file.index().parent(expr).is_some_and(|outer| is_or(file, outer));
        let Some(value) = literal(file, default).filter(|value| !(is_part_of_or && value.is_empty())) else { continue };
        let names = [Some(key.as_str()), holder_of(file, expr)].into_iter().flatten().map(words::snake_case).collect();
        found.push(Default { file, key, names, literal: default, value, source });
    }
    found
}

fn is_or(file: File<'_>, expr: ExprId) -> bool {
    matches!(file.module().expr(expr), Expr::Bool { op: BoolOp::Or, .. })
}

/// Look-ups by key outside the standard library's: `config.get(k, d)`, `getattr(settings, k, d)`, `get_env(k, d)`,
/// `os.environ.setdefault(k, d)`, each of them also as `… or d`.
fn keyed_lookup(file: File<'_>, expr: ExprId) -> Option<(String, ExprId, Source<'_>)> {
    let module = file.module();
    if let Expr::Bool { op: BoolOp::Or, values } = module.expr(expr) {
        let values = module.list(values);
        let (key, _, source) = keyed_call(file, *values.first()?)?;
        return Some((key, *values.last()?, source));
    }
    let (key, default, source) = keyed_call(file, expr)?;
    Some((key, default?, source))
}

fn keyed_call(file: File<'_>, expr: ExprId) -> Option<(String, Option<ExprId>, Source<'_>)> {
    let call = Call::of(file.module(), expr)?;
    let name = call.name()?;
    let holder = || call.receiver().and_then(|receiver| label(file, receiver)).map(words::snake_case);
    let is_configuration =
        |name: &String| ["config", "settings", "conf"].iter().any(|word| words::has_word(name, word));
    let (key, default, source) = match name {
        "get" | "setdefault" if holder().is_some_and(|name| name == "environ") => {
            (call.positional(0), call.argument("default", 1), Source::Environment)
        }
        "get" | "setdefault" if holder().as_ref().is_some_and(is_configuration) => {
            (call.positional(0), call.argument("default", 1), Source::Configuration)
        }
        "getattr" if label(file, call.positional(0)?).map(words::snake_case).as_ref().is_some_and(is_configuration) => {
            (call.positional(1), call.positional(2), Source::Configuration)
        }
        _ if is_environment_helper(name) => (call.positional(0), call.argument("default", 1), Source::Environment),
        _ => return None,
    };
    let key = literal(file, key?)?;
    let is_variable = !key.is_empty() && key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    is_variable.then(|| (key.to_owned(), default, source))
}

/// `app.config.from_mapping(SECRET_KEY="dev")` and its kin, where a file or the environment is loaded afterwards.
fn loaded_over(file: File<'_>) -> Vec<Default<'_>> {
    let module = file.module();
    let fills = file.calls_named(&["from_mapping", "update"]).filter(|call| is_loaded_over(file, call.expr));
    let entries = fills.flat_map(|call| call.args).filter_map(|arg| match arg.kind {
        ArgKind::Keyword(name) => Some((module.text(name), arg.value)),
        _ => None,
    });
    let items = module.stmt_ids().filter_map(|stmt| {
        let (target, value) = assignment(file, stmt)?;
        let Expr::Subscript { index, .. } = module.expr(target) else { return None };
        Some((literal(file, index)?, value))
    });
    let is_key = |name: &str| name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    entries
        .chain(items.filter(|&(_, value)| is_loaded_over(file, value)))
        .filter(|&(name, _)| is_key(name))
        .filter_map(|(name, value)| default(file, name, value, Source::Configuration))
        .collect()
}

/// What constructors of configuration objects give their attributes first.
fn instance_fields(file: File<'_>) -> Vec<Default<'_>> {
    let fields = file.module().stmt_ids().filter_map(|stmt| {
        let (target, value) = assignment(file, stmt)?;
        let class = instance_of_configuration(file, stmt, target)?;
        default(file, label(file, target)?, value, Source::Field(file.class_name(class)))
    });
    fields.collect()
}

fn default<'p>(file: File<'p>, name: &str, given: ExprId, source: Source<'p>) -> Option<Default<'p>> {
    let value = literal(file, given)?;
    Some(Default { file, key: name.to_owned(), names: vec![words::snake_case(name)], literal: given, value, source })
}

/// `get_env`, `env`, `getenv_str`, `read_env_var`: helpers around the environment are named for it.
fn is_environment_helper(name: &str) -> bool {
    let speaks_of_it = name.as_bytes().windows(3).any(|part| part.eq_ignore_ascii_case(b"env"));
    if !speaks_of_it {
        return false;
    }
    let snake = words::snake_case(name);
    ["env", "environ", "getenv", "environment"].iter().any(|word| words::has_word(&snake, word))
}

/// The variable, field or keyword that a look-up is the value of.
fn holder_of(file: File<'_>, lookup: ExprId) -> Option<&str> {
    let module = file.module();
    let outermost = std::iter::once(lookup).chain(file.index().ancestors(lookup)).last()?;
    match module.stmt(file.index().stmt_of(outermost)?) {
        Stmt::Assign { targets, .. } => label(file, *module.list(targets).first()?),
        Stmt::AnnAssign { target, .. } => label(file, target),
        _ => None,
    }
}

/// Whether instances of a class are settings: by its bases, or a data class or model that is named for it.
fn is_settings_class(project: &Project, file: File<'_>, class: ClassId) -> bool {
    const BASES: &[&str] = &["pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings"];
    let of = Type::Project(ClassRef { file: file.id(), id: class });
    if project.derives_from(&of, BASES) || holds_defaults(file, class) {
        return true;
    }
    let is_named = is_configuration_class(file, class);
    let module = file.module();
    let is_data_class = module.list(file.class(class).decorators).iter().any(|decorator| {
        let callee = Call::of(module, decorator.expr).map_or(decorator.expr, |call| call.function);
        label(file, callee) == Some("dataclass")
    });
    is_named && (is_data_class || project.derives_from(&of, &["pydantic.BaseModel"]))
}

fn fields(file: File<'_>, class: ClassId) -> Vec<Default<'_>> {
    let module = file.module();
    let mut found = Vec::new();
    for &stmt in module.list(file.class(class).body) {
        let Some((target, value)) = assignment(file, stmt) else { continue };
        let Some(name) = label(file, target) else { continue };
        let Some(given) = field_default(file, value) else { continue };
        found.extend(default(file, name, given, Source::Field(file.class_name(class))));
    }
    found
}

/// The default of a field: itself, or inside `Field(…)`, `field(default=…)`, `SecretStr(…)`.
fn field_default(file: File<'_>, value: ExprId) -> Option<ExprId> {
    let Some(call) = Call::of(file.module(), value) else { return Some(value) };
    let is_wrapper = matches!(call.name(), Some("Field" | "field" | "SecretStr" | "SecretBytes"));
    let inner = call
        .keyword("default")
        .map(|arg| arg.value)
        .or_else(|| call.args.first().filter(|arg| arg.kind == ArgKind::Positional).map(|arg| arg.value));
    if !is_wrapper {
        return None;
    }
    let inner = inner?;
    match Call::of(file.module(), inner) {
        Some(call) if matches!(call.name(), Some("SecretStr" | "SecretBytes")) => call.positional(0),
        _ => Some(inner),
    }
}
