//! Every place where the project reads an environment variable.

use backlint_semantic::{Call, EnvLookup, env_lookup, fold, may_look_up_environment};
use backlint_source::Location;
use backlint_syntax::ast::{ClassId, Expr, ExprId, Stmt};

use crate::resolve::{ClassRef, ExprRef, Type};
use crate::{File, Project};

/// A place that reads an environment variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentRead {
    /// The variable; for a field of a settings class in capitals, with the prefix of the class.
    pub key: String,
    /// What the code calls it: the variable, or the field.
    pub name: String,
    /// What stands in when it is missing.
    pub default: Option<ExprRef>,
    /// Whether a missing variable raises.
    pub is_required: bool,
    /// The look-up, or the statement of the field.
    pub at: Location,
    /// Whether it runs as soon as the module is imported or the settings are made.
    pub is_at_start: bool,
    /// Whether only development or tests read it.
    pub is_dev_only: bool,
}

/// Bases whose fields are read from the environment.
const SETTINGS_BASES: &[&str] = &[
    "pydantic_settings.BaseSettings",
    "pydantic.BaseSettings",
    "pydantic.v1.BaseSettings",
    "pydantic.env_settings.BaseSettings",
];

impl Project {
    /// All reads of environment variables in code that is reported on, in the order of files and places.
    pub fn environment_reads(&self) -> Vec<EnvironmentRead> {
        let mut found = Vec::new();
        for file in self.reported_files() {
            let module = file.module();
            if may_look_up_environment(file.module(), file.source().text()) {
                lookups(file, &mut found);
            }
            for class in module.class_ids() {
                let of = Type::Project(ClassRef { file: file.id(), id: class });
                if self.derives_from(&of, SETTINGS_BASES) {
                    fields(file, class, &mut found);
                }
            }
        }
        found
    }
}

fn lookups(file: File<'_>, found: &mut Vec<EnvironmentRead>) {
    let (module, index) = (file.module(), file.index());
    for expr in module.expr_ids() {
        if !matches!(module.expr(expr), Expr::Subscript { .. } | Expr::Call { .. } | Expr::Bool { .. }) {
            continue;
        }
        // `getenv(…) or default` is one read.
        let is_part = index.parent(expr).is_some_and(|outer| {
            matches!(module.expr(outer), Expr::Bool { .. }) && env_lookup(module, index, outer).is_some()
        });
        let Some(EnvLookup { key, default, is_required }) = env_lookup(module, index, expr).filter(|_| !is_part) else {
            continue;
        };
        let is_target = index.stmt_of(expr).is_some_and(|stmt| match module.stmt(stmt) {
            Stmt::Assign { targets, .. } | Stmt::Delete(targets) => module.list(targets).contains(&expr),
            _ => false,
        });
        if is_target {
            continue;
        }
        found.push(EnvironmentRead {
            name: key.clone(),
            key,
            default: default.map(|expr| ExprRef { file: file.id(), expr }),
            is_required,
            at: file.at_expr(expr),
            is_at_start: index.function_of(expr).is_none(),
            is_dev_only: file.is_dev_only(expr),
        });
    }
}

/// The fields of a settings class, each with the variable that it is read from.
fn fields(file: File<'_>, class: ClassId, found: &mut Vec<EnvironmentRead>) {
    let module = file.module();
    let prefix = prefix(file, class).unwrap_or_default();
    for &stmt in module.list(file.class(class).body) {
        let Stmt::AnnAssign { target, annotation, value } = module.stmt(stmt) else { continue };
        let Expr::Name(name) = module.expr(target) else { continue };
        let name = module.text(name);
        if name == "model_config" || file.text_of(annotation).contains("ClassVar") {
            continue;
        }
        let (default, alias) = value.map_or((None, None), |value| field(file, value));
        let is_wrapped = value.is_some_and(|value| is_field(file, value));
        found.push(EnvironmentRead {
            key: alias.unwrap_or_else(|| format!("{prefix}{name}").to_uppercase()),
            name: name.to_owned(),
            default: default.map(|expr| ExprRef { file: file.id(), expr }),
            is_required: default.is_none() && (value.is_none() || is_wrapped && !has_factory(file, value)),
            at: file.at_stmt(stmt),
            is_at_start: true,
            is_dev_only: value.is_some_and(|value| file.is_dev_only(value)),
        });
    }
}

fn is_field(file: File<'_>, value: ExprId) -> bool {
    Call::of(file.module(), value).is_some_and(|call| call.name() == Some("Field"))
}

fn has_factory(file: File<'_>, value: Option<ExprId>) -> bool {
    value.and_then(|value| Call::of(file.module(), value)).is_some_and(|call| call.keyword("default_factory").is_some())
}

/// The default of a field and the variable that it names itself.
fn field(file: File<'_>, value: ExprId) -> (Option<ExprId>, Option<String>) {
    let module = file.module();
    let Some(call) = Call::of(module, value).filter(|call| call.name() == Some("Field")) else {
        return (Some(value), None);
    };
    let default = call.argument("default", 0).filter(|&default| !matches!(module.expr(default), Expr::Ellipsis));
    let alias = ["env", "validation_alias", "alias"]
        .iter()
        .find_map(|keyword| fold(module, file.index(), call.keyword(keyword)?.value).as_str().map(str::to_owned));
    (default, alias)
}

/// `env_prefix` of `model_config` or of an inner `Config` class.
fn prefix(file: File<'_>, class: ClassId) -> Option<String> {
    let module = file.module();
    module.list(file.class(class).body).iter().find_map(|&stmt| match module.stmt(stmt) {
        Stmt::Assign { value, .. } => {
            let prefix = Call::of(module, value)?.keyword("env_prefix")?.value;
            fold(module, file.index(), prefix).as_str().map(str::to_owned)
        }
        Stmt::Class(inner) => super::class::own_values(file, inner).into_iter().find_map(|(name, value)| {
            (name == "env_prefix").then(|| fold(module, file.index(), value).as_str().map(str::to_owned))?
        }),
        _ => None,
    })
}
