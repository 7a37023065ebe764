//! Settings of Flask and its extensions in a class that no application is given.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{ClassRef, ContainerKind, Entity, File, Framework, Project, Role, Type, words};
use backlint_semantic::{Call, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use super::reads::read_attributes;

/// Beginnings of settings, and the package that reads them from the configuration of the app.
const READERS: &[(&str, &str)] = &[
    ("CACHE_", "flask_caching"),
    ("CORS_", "flask_cors"),
    ("JWT_", "flask_jwt_extended"),
    ("MAIL_", "flask_mail"),
    ("MAX_CONTENT_LENGTH", "flask"),
    ("PERMANENT_SESSION_LIFETIME", "flask"),
    ("PREFERRED_URL_SCHEME", "flask"),
    ("RATELIMIT_", "flask_limiter"),
    ("REMEMBER_COOKIE_", "flask_login"),
    ("SECURITY_", "flask_security"),
    ("SEND_FILE_MAX_AGE_DEFAULT", "flask"),
    ("SESSION_COOKIE_", "flask"),
    ("SESSION_REFRESH_EACH_REQUEST", "flask"),
    ("SQLALCHEMY_BINDS", "flask_sqlalchemy"),
    ("SQLALCHEMY_ENGINE_OPTIONS", "flask_sqlalchemy"),
    ("WTF_CSRF_", "flask_wtf"),
];

/// A setting in the body of a class.
struct Field<'p> {
    class: ClassRef,
    key: &'p str,
    at: Location,
}

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let apps: Vec<_> = project.containers().filter(|(_, container)| is_app(project, container)).collect();
    if apps.is_empty() || apps.iter().any(|(id, _)| project.unseen_config(*id).is_some()) {
        return;
    }
    let readers: Vec<&str> =
        READERS.iter().filter(|(_, package)| is_imported(project, package)).map(|(start, _)| *start).collect();
    let mut fields: Vec<Field<'_>> = project.app_files().flat_map(|file| fields(file, &readers)).collect();
    if fields.is_empty() || loads_unseen(project) {
        return;
    }
    let names: BTreeSet<&str> = fields.iter().map(|field| field.key).collect();
    let read = read_attributes(project, &names);
    fields.retain(|field| !read.contains(field.key) && !is_written(project, field.key));
    for fields in fields.chunk_by(|one, other| one.class == other.class) {
        if let [first, rest @ ..] = fields
            && !is_handed_over(project, first.class)
        {
            report(project, first, rest, findings);
        }
    }
}

fn report(project: &Project, first: &Field<'_>, rest: &[Field<'_>], findings: &mut Findings) {
    let Some(file) = project.file(first.class.file) else { return };
    let class = file.class_name(first.class.id);
    let key = first.key;
    let others = match rest.len() {
        0 => String::new(),
        1 => " The same goes for one more.".to_owned(),
        count => format!(" The same goes for {count} more."),
    };
    let message = format!(
        "`{key}` does nothing here: no app is given `{class}` with `from_object`, and nothing reads this field.{others}"
    );
    let anchor = format!("{class}.{key}");
    let mut finding = findings.report(first.at, anchor, message);
    for field in rest {
        finding = finding.also(field.at, format!("`{}` does nothing either", field.key));
    }
}

fn is_app(project: &Project, container: &backlint_model::Container) -> bool {
    container.kind == ContainerKind::App
        && container.framework == Framework::Flask
        && project.file(container.made.file).is_some_and(|file| file.role() == Role::App)
}

fn is_imported(project: &Project, package: &str) -> bool {
    project.app_files().any(|file| file.imports_package(package))
}

/// The settings that stand in the classes of a file which are named for configuration.
fn fields<'p>(file: File<'p>, readers: &[&str]) -> Vec<Field<'p>> {
    let module = file.module();
    let mut found = Vec::new();
    for id in module.class_ids().filter(|&id| is_named_for_settings(file.class_name(id))) {
        let class = ClassRef { file: file.id(), id };
        for stmt in own_statements(module, module.list(file.class(id).body)) {
            let target = match module.stmt(stmt) {
                Stmt::Assign { targets, .. } => module.list(targets).first().copied(),
                Stmt::AnnAssign { target, value: Some(_), .. } => Some(target),
                _ => None,
            };
            let Some(Expr::Name(name)) = target.map(|target| module.expr(target)) else { continue };
            let key = module.text(name);
            if readers.iter().any(|start| key.starts_with(start)) {
                found.push(Field { class, key, at: file.at_stmt(stmt) });
            }
        }
    }
    found
}

fn is_named_for_settings(name: &str) -> bool {
    let snake = words::snake_case(name);
    ["config", "configuration", "settings"].iter().any(|word| words::has_word(&snake, word))
}

/// Whether settings are loaded from something that is only known at run time.
fn loads_unseen(project: &Project) -> bool {
    project.reported_files().any(|file| {
        file.calls_named(&["from_object", "config_from_object"]).any(|call| {
            let Some(argument) = call.positional(0) else { return true };
            let is_path = matches!(file.module().expr(argument), Expr::Str(_));
            !is_path && !matches!(project.resolve(file.id(), argument), Entity::Class(_) | Entity::Module(_))
        })
    })
}

/// Whether an app is given the setting in another way.
fn is_written(project: &Project, key: &str) -> bool {
    let mut apps = project.containers().map(|(id, _)| id);
    apps.any(|app| project.config_writes(app, key).any(backlint_model::ConfigWrite::takes_effect))
}

/// Whether the class, or one below it, is named for anything but reading one of its attributes: whoever gets hold of
/// the whole class may load it. Tests count: what they load is a configuration for them.
fn is_handed_over(project: &Project, class: ClassRef) -> bool {
    let all =
        project.files().flat_map(|file| file.module().class_ids().map(move |id| ClassRef { file: file.id(), id }));
    let family: Vec<ClassRef> =
        all.filter(|&other| other == class || project.lineage(other).contains(&Type::Project(class))).collect();
    let mut names: BTreeSet<&str> =
        family.iter().filter_map(|class| Some(project.file(class.file)?.class_name(class.id))).collect();
    // First the classes themselves, then the names that their objects are bound to.
    for _ in 0..2 {
        let mut made = BTreeSet::new();
        for file in project.files() {
            if names.iter().any(|name| is_used_whole(project, file, name, &family, &mut made)) {
                return true;
            }
        }
        names = made;
    }
    false
}

/// Whether a file uses what `name` means as a whole. Names that are bound to an instance are added to `made`.
fn is_used_whole<'p>(
    project: &Project,
    file: File<'p>,
    name: &str,
    family: &[ClassRef],
    made: &mut BTreeSet<&'p str>,
) -> bool {
    let module = file.module();
    if !file.source().text().contains(name) {
        return false;
    }
    let mut is_whole = false;
    for expr in module.expr_ids() {
        let is_it = match module.expr(expr) {
            Expr::Name(found) => module.text(found) == name && file.index().uses().iter().any(|used| used.expr == expr),
            Expr::Attribute { name: found, .. } => module.text(found) == name,
            Expr::Str(text) => module.text(text).rsplit(['.', ':']).next() == Some(name),
            _ => false,
        };
        is_whole |= is_it
            && !reads_attribute(file, expr)
            && !is_base(file, expr)
            && !is_returned(file, expr)
            && !is_another(project, file, expr, family)
            && !is_made(file, expr, made);
    }
    is_whole
}

/// Whether something else has the same name.
fn is_another(project: &Project, file: File<'_>, expr: ExprId, family: &[ClassRef]) -> bool {
    match project.resolve(file.id(), expr) {
        Entity::Class(class) | Entity::Instance { of: Type::Project(class), .. } => !family.contains(&class),
        Entity::Literal(at) => at.expr != expr,
        Entity::Unknown | Entity::Param(..) => false,
        _ => true,
    }
}

/// `Config.KEY`, `getattr(Config, "KEY")`.
fn reads_attribute(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    file.index().parent(expr).is_some_and(|parent| match module.expr(parent) {
        Expr::Attribute { name, .. } => !module.text(name).starts_with("__"),
        Expr::Call { .. } => Call::of(module, parent).is_some_and(|call| {
            let is_named = call.positional(1).is_some_and(|name| matches!(module.expr(name), Expr::Str(_)));
            matches!(call.name(), Some("getattr" | "hasattr" | "setattr"))
                && call.positional(0) == Some(expr)
                && is_named
        }),
        _ => false,
    })
}

/// `class Production(Config)`.
fn is_base(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    module.class_ids().any(|id| module.list(file.class(id).bases).iter().any(|base| base.value == expr))
}

/// `return Config`: whatever an app is given by `from_object` is known, so this is not.
fn is_returned(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let stmt = file.index().stmt_of(expr).map(|stmt| module.stmt(stmt));
    matches!(stmt, Some(Stmt::Return(Some(value))) if value == expr)
}

/// `config = Config()`.
fn is_made<'p>(file: File<'p>, expr: ExprId, made: &mut BTreeSet<&'p str>) -> bool {
    let module = file.module();
    let Some(call) = file.index().parent(expr).and_then(|parent| Call::of(module, parent)) else { return false };
    let Some(Stmt::Assign { targets, value }) = file.index().stmt_of(call.expr).map(|stmt| module.stmt(stmt)) else {
        return false;
    };
    let [target] = module.list(targets) else { return false };
    match module.expr(*target) {
        Expr::Name(name) if value == call.expr && call.function == expr && call.args.is_empty() => {
            made.insert(module.text(name));
            true
        }
        _ => false,
    }
}
