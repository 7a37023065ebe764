//! DB004: a new row without a value for a column that needs one.

use backlint_finding::{Confidence, Findings};
use backlint_model::{AttributeKind, Column, File, Model, Project, Type};
use backlint_semantic::{BindingKind, Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{ArgKind, Expr, ExprId, FunctionId, Stmt, Symbol};

use super::models::{Construction, constructions};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let all = constructions(project);
    for construction in &all {
        let missing = missing(project, construction);
        if missing.is_empty() || !is_stored(construction) || has_listener(project, construction.model) {
            continue;
        }
        report(project, construction, &missing, &all, findings);
    }
}

fn report(
    project: &Project,
    construction: &Construction<'_>,
    missing: &[&str],
    all: &[Construction<'_>],
    findings: &mut Findings,
) {
    const SHOWN: usize = 3;
    let Construction { file, call, model } = construction;
    let complete: Vec<&Construction<'_>> = all
        .iter()
        .filter(|other| other.model.class == model.class && other.call.expr != call.expr)
        .filter(|other| self::missing(project, other).is_empty())
        .collect();
    let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    let others = match complete.len() {
        0 => String::new(),
        1 => "; another place passes what is needed".to_owned(),
        count => format!("; {count} other places pass what is needed"),
    };
    let message = format!(
        "`{}(…)` leaves out {} (NOT NULL, no default): this insert always fails{others}.",
        model.name,
        names.join(" and ")
    );
    let anchor = format!("{}: {}", file.context_name(call.expr), model.name);
    let mut report = findings.report(file.at(file.first_line(call.span())), anchor, message);
    for name in missing.iter().take(SHOWN) {
        if let Some(attribute) = model.attribute(name) {
            report = report.also(attribute.at, "needs a value");
        }
    }
    for other in complete.iter().take(SHOWN) {
        report = report.also(other.file.at(other.file.first_line(other.call.span())), "passes it");
    }
    if complete.is_empty() {
        report.confidence(Confidence::Medium);
    }
}

/// The required columns that the call leaves out and that nothing in the function fills later.
fn missing<'p>(project: &Project, construction: &Construction<'p>) -> Vec<&'p str> {
    let Construction { file, call, model } = construction;
    let is_plain = !call.args.is_empty() && call.args.iter().all(|arg| matches!(arg.kind, ArgKind::Keyword(_)));
    if model.is_open || !is_plain {
        return Vec::new();
    }
    let given: Vec<&str> = keywords(*file, *call).collect();
    let has_relationship = given
        .iter()
        .any(|name| model.attribute(name).is_some_and(|a| matches!(a.kind, AttributeKind::Relationship(_))));
    // A keyword that is no column may be a property that fills several; one that nothing knows fills none.
    let has_property = given.iter().any(|name| match model.attribute(name) {
        Some(attribute) => matches!(attribute.kind, AttributeKind::Other),
        None => project.may_have_attribute(model, name),
    });
    if has_property || project.subclasses(model).next().is_some() {
        return Vec::new();
    }
    let mapper = mapper_arguments(project, model);
    // The mapper hands the key of the row above to the row below it.
    let mut above = project.lineage(model.class).into_iter().skip(1);
    let is_joined = above.any(|of| matches!(of, Type::Project(class) if project.model(class).is_some()));
    let is_missing = |name: &str, column: &Column| {
        column.is_required()
            && !given.contains(&name)
            && (!has_relationship || column.foreign_keys.is_empty())
            && !(is_joined && column.is_primary_key && !column.foreign_keys.is_empty())
            && !mapper.contains(name)
    };
    let names: Vec<&str> =
        model.columns().filter(|(a, column)| is_missing(&a.name, column)).map(|(a, _)| a.name.as_str()).collect();
    if names.is_empty() { names } else { without_later(*file, *call, names) }
}

fn keywords<'p>(file: File<'p>, call: Call<'p>) -> impl Iterator<Item = &'p str> {
    call.args.iter().filter_map(move |argument| match argument.kind {
        ArgKind::Keyword(name) => Some(file.module().text(name)),
        _ => None,
    })
}

/// The texts of `__mapper_args__` of a class and those above it: columns in them are filled by the mapper.
fn mapper_arguments(project: &Project, model: &Model) -> String {
    let classes = project.lineage(model.class).into_iter().filter_map(|of| match of {
        Type::Project(class) => project.class_attribute(class, "__mapper_args__"),
        Type::External(_) => None,
    });
    classes.filter_map(|at| project.file(at.file).map(|file| file.text_of(at.expr))).collect::<Vec<_>>().join("\n")
}

/// Leaves out the columns that are assigned to the new object; all of them where it is handed on to something that may
/// fill it.
fn without_later<'p>(file: File<'_>, call: Call<'_>, names: Vec<&'p str>) -> Vec<&'p str> {
    let Some((function, name)) = holder(file, call) else { return names };
    let module = file.module();
    let mut left = names;
    for stmt in own_statements(module, module.body(function)) {
        if let Stmt::Assign { targets, .. } = module.stmt(stmt) {
            for &target in module.list(targets) {
                let Expr::Attribute { value, name: attribute } = module.expr(target) else { continue };
                if module.expr(value) == Expr::Name(name) {
                    left.retain(|column| *column != module.text(attribute));
                }
            }
        }
        if calls_of(file, stmt).any(|call| may_fill(file, call, name)) {
            return Vec::new();
        }
    }
    left
}

/// The function, and the variable that gets the new object.
fn holder(file: File<'_>, call: Call<'_>) -> Option<(FunctionId, Symbol)> {
    let function = file.index().function_of(call.expr)?;
    let stmt = file.index().stmt_of(call.expr)?;
    let Stmt::Assign { targets, .. } = file.module().stmt(stmt) else { return None };
    let &[target] = file.module().list(targets) else { return None };
    let Expr::Name(name) = file.module().expr(target) else { return None };
    Some((function, name))
}

fn calls_of(file: File<'_>, stmt: backlint_syntax::ast::StmtId) -> impl Iterator<Item = Call<'_>> {
    let module = file.module();
    let parts = expressions_of(module, stmt).into_iter().flat_map(move |expr| descendants(module, expr));
    parts.filter_map(move |expr| Call::of(module, expr))
}

/// Whether a call may set attributes of the object: a method of it, or any function that gets it but those that store.
fn may_fill(file: File<'_>, call: Call<'_>, name: Symbol) -> bool {
    const STORING: &[&str] =
        &["add", "add_all", "delete", "expunge", "flush", "len", "merge", "print", "refresh", "str", "repr", "commit"];
    let module = file.module();
    let is_it = |expr: ExprId| module.expr(expr) == Expr::Name(name);
    if call.receiver().is_some_and(is_it) {
        return true;
    }
    let gets_it = call.args.iter().any(|argument| is_it(argument.value));
    gets_it && !call.name().is_some_and(|callee| STORING.contains(&callee))
}

/// Whether the new object is added to a session in the same function.
fn is_stored(construction: &Construction<'_>) -> bool {
    let Construction { file, call, .. } = construction;
    let module = file.module();
    let is_adding =
        |outer: Call<'_>| matches!(outer.name(), Some("add" | "add_all" | "merge")) && outer.receiver().is_some();
    if file.index().ancestors(call.expr).filter_map(|outer| Call::of(module, outer)).any(is_adding) {
        return true;
    }
    let Some((function, name)) = holder(*file, *call) else { return false };
    own_statements(module, module.body(function)).into_iter().flat_map(|stmt| calls_of(*file, stmt)).any(|adding| {
        is_adding(adding)
            && adding.args.iter().any(|argument| {
                descendants(module, argument.value).into_iter().any(|part| module.expr(part) == Expr::Name(name))
            })
    }) && is_bound_once(*file, function, name)
}

fn is_bound_once(file: File<'_>, function: FunctionId, name: Symbol) -> bool {
    let scope = file.index().function_scope(function);
    matches!(file.index().bindings_of(scope, name), [only] if matches!(only.kind, BindingKind::Assign { .. }))
}

/// Whether an event may fill columns of the class.
fn has_listener(project: &Project, model: &Model) -> bool {
    const EVENTS: &[&str] = &["before_insert", "before_flush", "init", "before_attach"];
    project.app_files().any(|file| {
        let mut calls = file.calls_named(&["listens_for", "listen"]);
        calls.any(|call| {
            let event = call.positional(1).map(|event| file.text_of(event).trim_matches(['"', '\'']));
            let target = call.positional(0).map_or("", |target| file.text_of(target));
            let is_about =
                target.ends_with(&model.name) || !project.models().iter().any(|other| target.ends_with(&other.name));
            event.is_some_and(|event| EVENTS.contains(&event)) && is_about
        })
    })
}
