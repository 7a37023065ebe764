//! CFG015: a setting that the settings class does not have.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{ClassRef, Entity, File, Project, Type, words};
use backlint_semantic::{Call, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId};
use rustc_hash::FxHashMap;

/// Bases whose attributes are known.
const KNOWN_BASES: &[&str] = &[
    "pydantic_settings.BaseSettings",
    "pydantic_settings.main.BaseSettings",
    "pydantic.BaseSettings",
    "pydantic.v1.BaseSettings",
    "pydantic.BaseModel",
];

/// Attributes that these bases bring along.
const INHERITED: &[&str] = &["construct", "copy", "dict", "fields_set", "json", "parse_obj", "schema", "validate"];

/// What a settings class defines.
struct Defined {
    names: BTreeSet<String>,
    at: Location,
    class: String,
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if !project.reported_files().any(|file| file.module().symbol("BaseSettings").is_some()) {
        return;
    }
    let mut known: FxHashMap<ClassRef, Option<Defined>> = FxHashMap::default();
    let mut told = BTreeSet::new();
    for file in project.reported_files() {
        let module = file.module();
        for expr in module.expr_ids() {
            let Expr::Attribute { value, name } = module.expr(expr) else { continue };
            if !is_named_for_settings(file, value) {
                continue;
            }
            let Entity::Instance { of: Type::Project(class), .. } = project.resolve(file.id(), value) else { continue };
            let Some(defined) = known.entry(class).or_insert_with(|| defined(project, class)) else { continue };
            let name = module.text(name);
            let is_known = defined.names.contains(name) || INHERITED.contains(&name);
            if is_known || name.starts_with('_') || name.starts_with("model_") || is_guarded(file, expr, name) {
                continue;
            }
            if told.insert((file.id(), format!("{}: {name}", file.context_name(expr)))) {
                report(file, expr, name, defined, findings);
            }
        }
    }
}

fn report(file: File<'_>, expr: ExprId, name: &str, defined: &Defined, findings: &mut Findings) {
    let class = &defined.class;
    let closest = defined
        .names
        .iter()
        .filter(|other| !other.starts_with('_'))
        .map(|other| (strsim::normalized_damerau_levenshtein(other, name), other))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    let hint = closest.map_or_else(String::new, |(_, other)| format!("; it has `{other}`"));
    let message = format!("`{class}` defines no `{name}`, so reading it raises AttributeError{hint}.");
    let anchor = format!("{}: {name}", file.context_name(expr));
    findings.report(file.at_expr(expr), anchor, message).also(defined.at, "the settings class");
}

/// `settings`, `self.settings`, `app_config`, `get_settings()`.
fn is_named_for_settings(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let name = match module.expr(expr) {
        Expr::Name(name) | Expr::Attribute { name, .. } => module.text(name),
        Expr::Call { .. } => match Call::of(module, expr).and_then(|call| call.name()) {
            Some(name) => name,
            None => return false,
        },
        _ => return false,
    };
    // Most attributes are of something else: no copy is made of those names.
    if !["etting", "onf", "cfg", "ETTING", "ONF", "CFG"].iter().any(|part| name.contains(part)) {
        return false;
    }
    let snake = words::snake_case(name);
    ["settings", "setting", "config", "conf", "cfg"].iter().any(|word| words::has_word(&snake, word))
}

/// What a class and those above it define; none if it may have more than that.
fn defined(project: &Project, class: ClassRef) -> Option<Defined> {
    let mut names = BTreeSet::new();
    let mut is_settings = false;
    for of in project.lineage(class) {
        match of {
            Type::External(path) if KNOWN_BASES.contains(&path.as_str()) => {
                is_settings |= path.ends_with("BaseSettings");
            }
            Type::External(path) if path == "object" => {}
            Type::External(_) => return None,
            Type::Project(class) => add_names(project.file(class.file)?, class, &mut names)?,
        }
    }
    let file = project.file(class.file)?;
    let name = file.class_name(class.id).to_owned();
    let at = file.at(file.first_line(file.class(class.id).header));
    let is_whole = is_settings && !may_have_more(file, class);
    is_whole.then_some(Defined { names, at, class: name })
}

/// `extra="allow"`, decorators that may add attributes.
fn may_have_more(file: File<'_>, class: ClassRef) -> bool {
    let module = file.module();
    let text = file.slice(module.stmt_span(file.class(class.id).stmt));
    let allows =
        text.contains("extra") && (text.contains("\"allow\"") || text.contains("'allow'") || text.contains(".allow"));
    allows || text.contains("setattr(") || !module.list(file.class(class.id).decorators).is_empty()
}

/// Adds the names that one class body and its methods define; none if it computes attributes.
fn add_names(file: File<'_>, class: ClassRef, names: &mut BTreeSet<String>) -> Option<()> {
    let module = file.module();
    for stmt in own_statements(module, module.list(file.class(class.id).body)) {
        match module.stmt(stmt) {
            Stmt::Function(function) => {
                let name = file.function_name(function);
                if matches!(name, "__getattr__" | "__getattribute__") {
                    return None;
                }
                names.insert(name.to_owned());
                for inner in own_statements(module, module.body(function)) {
                    names.extend(targets(file, inner).into_iter().filter_map(|target| own_attribute(file, target)));
                }
            }
            Stmt::Class(inner) => {
                names.insert(file.class_name(inner).to_owned());
            }
            _ => names.extend(targets(file, stmt).into_iter().filter_map(|target| match module.expr(target) {
                Expr::Name(name) => Some(module.text(name).to_owned()),
                _ => None,
            })),
        }
    }
    Some(())
}

fn targets(file: File<'_>, stmt: StmtId) -> Vec<ExprId> {
    let module = file.module();
    match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => module.list(targets).to_vec(),
        Stmt::AnnAssign { target, .. } | Stmt::AugAssign { target, .. } => vec![target],
        _ => Vec::new(),
    }
}

/// `self.name`, `cls.name`.
fn own_attribute(file: File<'_>, target: ExprId) -> Option<String> {
    let module = file.module();
    let Expr::Attribute { value, name } = module.expr(target) else { return None };
    let is_own = matches!(module.expr(value), Expr::Name(owner) if matches!(module.text(owner), "self" | "cls"));
    is_own.then(|| module.text(name).to_owned())
}

/// Whether the attribute is set here, or only read where it is known to exist.
fn is_guarded(file: File<'_>, expr: ExprId, name: &str) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(expr) else { return true };
    if targets(file, stmt).contains(&expr) {
        return true;
    }
    // `hasattr(settings, "name")` somewhere in the same function, or a handler for the error.
    let asks = file.calls_named(&["hasattr"]).any(|call| {
        let asked = call.positional(1);
        asked.is_some_and(|asked| matches!(module.expr(asked), Expr::Str(text) if module.text(text) == name))
    });
    let is_tried = file.index().stmt_ancestors(stmt).any(|parent| matches!(module.stmt(parent.stmt), Stmt::Try { .. }));
    asks || is_tried
}
