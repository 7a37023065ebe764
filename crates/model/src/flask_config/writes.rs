//! Statements and calls that write to the configuration of an app.

use backlint_semantic::{BindingKind, Call};
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, BoolOp, Expr, ExprId, Stmt};

use super::{ConfigSource, ConfigWrite, FlaskConfig, objects};
use crate::resolve::{Entity, ExprRef, Type};
use crate::web::ContainerId;
use crate::{File, Project};

/// Methods of the configuration that load settings, and the extensions that harden an app.
const CALLS: &[&str] = &[
    "Talisman",
    "from_envvar",
    "from_file",
    "from_json",
    "from_mapping",
    "from_object",
    "from_prefixed_env",
    "from_pyfile",
    "init_app",
    "setdefault",
    "update",
];

/// Attributes of the app that stand for settings.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("debug", "DEBUG"),
    ("permanent_session_lifetime", "PERMANENT_SESSION_LIFETIME"),
    ("secret_key", "SECRET_KEY"),
    ("testing", "TESTING"),
];

/// Adds what one file sets.
pub(super) fn read(project: &Project, file: File<'_>, config: &mut FlaskConfig) {
    let module = file.module();
    let is_used = |name: &str| module.symbol(name).is_some();
    if is_used("config") || ATTRIBUTES.iter().any(|(name, _)| is_used(name)) {
        for stmt in module.stmt_ids() {
            let Stmt::Assign { targets, value } = module.stmt(stmt) else { continue };
            for &target in module.list(targets) {
                assigned(project, file, target, value, config);
            }
        }
    }
    for call in file.calls_named(CALLS) {
        match call.name() {
            Some("Talisman" | "init_app") => hardened(project, file, call, config),
            _ => loaded(project, file, call, config),
        }
    }
}

/// `app.config["KEY"] = value`, `app.secret_key = value`.
fn assigned(project: &Project, file: File<'_>, target: ExprId, value: ExprId, config: &mut FlaskConfig) {
    let module = file.module();
    let (app, key) = match module.expr(target) {
        Expr::Subscript { value: holder, index } => {
            let Some(app) = configured_app(project, file, holder) else { return };
            let Some(key) = project.string(file.id(), index) else {
                config.unseen.push((app, file.at_expr(target)));
                return;
            };
            (app, key)
        }
        Expr::Attribute { value: holder, name } => {
            let Some((_, key)) = ATTRIBUTES.iter().find(|(attribute, _)| *attribute == module.text(name)) else {
                return;
            };
            let Some(app) = app_of(project, file, holder) else { return };
            (app, (*key).to_owned())
        }
        _ => return,
    };
    let at = file.index().stmt_of(target).map_or_else(|| file.at_expr(target), |stmt| file.at_stmt(stmt));
    config.writes.push(write(file, app, key, value, at));
}

fn write(file: File<'_>, app: Option<ContainerId>, key: String, value: ExprId, at: Location) -> ConfigWrite {
    ConfigWrite {
        app,
        key,
        value: Some(ExprRef { file: file.id(), expr: value }),
        at,
        source: ConfigSource::Assigned,
        is_dev_only: file.is_dev_only(value),
    }
}

/// `app.config.update(…)` and the other methods that load settings.
fn loaded(project: &Project, file: File<'_>, call: Call<'_>, config: &mut FlaskConfig) {
    let Some(app) = call.receiver().and_then(|holder| configured_app(project, file, holder)) else { return };
    let at = file.at(file.first_line(call.span()));
    match call.name() {
        Some("setdefault") => {
            let (Some(key), Some(value)) = (call.positional(0), call.positional(1)) else { return };
            let Some(key) = project.string(file.id(), key) else { return };
            config.writes.push(ConfigWrite { source: ConfigSource::SetDefault, ..write(file, app, key, value, at) });
        }
        Some("update" | "from_mapping") => {
            if !given_settings(project, file, app, call, config) {
                config.unseen.push((app, at));
            }
        }
        Some(name @ ("from_object" | "from_pyfile")) => {
            let argument = call.positional(0);
            let found = argument.and_then(|argument| match name {
                "from_object" => objects::of_object(project, file, argument),
                _ => objects::of_file(project, file, argument),
            });
            match found {
                Some(found) => config.writes.extend(found.into_iter().map(|write| ConfigWrite { app, ..write })),
                None => config.unseen.push((app, at)),
            }
        }
        _ => config.unseen.push((app, at)),
    }
}

/// The settings among the arguments of `update` or `from_mapping`; false if some could not be followed.
fn given_settings(
    project: &Project,
    file: File<'_>,
    app: Option<ContainerId>,
    call: Call<'_>,
    config: &mut FlaskConfig,
) -> bool {
    let module = file.module();
    let mut is_whole = true;
    for arg in call.args {
        match arg.kind {
            ArgKind::Keyword(name) => {
                let key = module.text(name).to_owned();
                config.writes.push(write(file, app, key, arg.value, file.at(arg.span)));
            }
            ArgKind::Star => is_whole = false,
            ArgKind::Positional | ArgKind::DoubleStar => {
                is_whole &= mapping(project, file, app, arg.value, config);
            }
        }
    }
    is_whole
}

/// The settings of a dict display, `dict(…)` call or a name for one; false if it is something else.
fn mapping(
    project: &Project,
    file: File<'_>,
    app: Option<ContainerId>,
    expr: ExprId,
    config: &mut FlaskConfig,
) -> bool {
    let module = file.module();
    match module.expr(expr) {
        Expr::Dict(items) => {
            let mut is_whole = true;
            for item in module.list(items) {
                let Some(key) = item.key.and_then(|key| project.string(file.id(), key)) else {
                    is_whole = false;
                    continue;
                };
                config.writes.push(write(file, app, key, item.value, file.at_expr(item.value)));
            }
            is_whole
        }
        Expr::Call { .. } => {
            let made = Call::of(module, expr).filter(|call| call.name() == Some("dict"));
            made.is_some_and(|call| {
                call.args.iter().all(|arg| match arg.kind {
                    ArgKind::Keyword(name) => {
                        let key = module.text(name).to_owned();
                        config.writes.push(write(file, app, key, arg.value, file.at(arg.span)));
                        true
                    }
                    _ => false,
                })
            })
        }
        Expr::Bool { op: BoolOp::Or, values } => {
            module.list(values).iter().all(|&value| mapping(project, file, app, value, config))
        }
        Expr::None => true,
        Expr::Name(_) if is_given_in_tests(project, file, expr) => true,
        Expr::Name(name) => match file.index().lookup(file.index().scope_of_name(expr), name) {
            [only] => match only.kind {
                BindingKind::Assign { value: Some(value), .. } if !matches!(module.expr(value), Expr::Name(_)) => {
                    mapping(project, file, app, value, config)
                }
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// A parameter that is none by default, and that nothing else is put into: settings that tests hand to the factory.
fn is_given_in_tests(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    let Expr::Name(name) = file.module().expr(expr) else { return false };
    if file.index().lookup(file.index().scope_of_name(expr), name).len() != 1 {
        return false;
    }
    let Entity::Param(function, place) = project.resolve(file.id(), expr) else { return false };
    let Some(owner) = project.file(function.file) else { return false };
    let params = owner.module().list(owner.function(function.id).params);
    let default = params.get(place as usize).and_then(|param| param.default);
    default.is_some_and(|default| owner.module().expr(default) == Expr::None)
}

/// `Talisman(app)`, `talisman.init_app(app)`: sets the flags of the session cookie unless told otherwise.
fn hardened(project: &Project, file: File<'_>, call: Call<'_>, config: &mut FlaskConfig) {
    let is_talisman = |path: &str| path.starts_with("flask_talisman.");
    let app = match call.name() {
        Some("Talisman") if project.resolve(file.id(), call.function).external().is_some_and(is_talisman) => {
            let Some(app) = call.argument("app", 0) else { return };
            app
        }
        Some("init_app") => {
            let object = call.receiver().map(|object| project.resolve(file.id(), object));
            let is_hardener =
                matches!(&object, Some(Entity::Instance { of: Type::External(path), .. }) if is_talisman(path));
            let Some(app) = call.positional(0).filter(|_| is_hardener) else { return };
            app
        }
        _ => return,
    };
    let app = app_of(project, file, app).flatten();
    let arguments =
        [("SESSION_COOKIE_SECURE", "session_cookie_secure"), ("SESSION_COOKIE_SAMESITE", "session_cookie_samesite")];
    for (key, argument) in arguments {
        let value = call.keyword(argument).map(|arg| ExprRef { file: file.id(), expr: arg.value });
        config.writes.push(ConfigWrite {
            app,
            key: key.to_owned(),
            value,
            at: file.at(file.first_line(call.span())),
            source: ConfigSource::Extension,
            is_dev_only: file.is_dev_only(call.expr),
        });
    }
}

/// The app whose configuration `holder` is (`app.config`); the inner option is none if it could be any app.
#[expect(clippy::option_option, reason = "no configuration, that of any app, that of this app")]
fn configured_app(project: &Project, file: File<'_>, holder: ExprId) -> Option<Option<ContainerId>> {
    let Expr::Attribute { value, name } = file.module().expr(holder) else { return None };
    (file.module().text(name) == "config").then(|| app_of(project, file, value)).flatten()
}

/// The Flask app that `expr` is, or that it could be by its name.
#[expect(clippy::option_option, reason = "no app, any app, this app")]
fn app_of(project: &Project, file: File<'_>, expr: ExprId) -> Option<Option<ContainerId>> {
    let module = file.module();
    let entity = project.resolve(file.id(), expr);
    if let Some(origin) = entity.origin() {
        let app = project.containers().find(|(_, container)| container.made == origin);
        if let Some((id, _)) = app {
            return Some(Some(id));
        }
    }
    match &entity {
        Entity::Instance { of, .. } => project.derives_from(of, &["flask.Flask"]).then_some(None),
        Entity::External(path) => (path == "flask.current_app").then_some(None),
        Entity::Param(..) | Entity::Unknown | Entity::Result { .. } => match module.expr(expr) {
            Expr::Name(name) | Expr::Attribute { name, .. } => {
                let name = module.text(name);
                (matches!(name, "app" | "application" | "current_app") || name.ends_with("_app")).then_some(None)
            }
            _ => None,
        },
        _ => None,
    }
}
