//! Flask: route decorators and `add_url_rule`.

use std::collections::BTreeSet;

use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId, FunctionId};

use super::Handler;
use super::callers::Callers;
use super::containers::{ContainerId, Containers, Framework};
use super::routes::{Draft, methods_of};
use super::views::is_class_view;
use crate::resolve::{Entity, ExprRef, FunctionRef};
use crate::{File, Project};

const SHORTCUTS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// Route decorators and `add_url_rule` calls of a file.
pub(crate) fn find(
    project: &Project,
    file: File<'_>,
    containers: &Containers,
    callers: &Callers<'_>,
    drafts: &mut Vec<Draft>,
) {
    let module = file.module();
    for function in module.function_ids() {
        let decorators = module.list(file.function(function).decorators);
        for (place, decorator) in decorators.iter().enumerate() {
            let Some(declared) = route_call(file, decorator.expr) else { continue };
            for container in targets(project, file, declared, containers, callers) {
                let exprs: Vec<ExprRef> =
                    decorators.iter().map(|d| ExprRef { file: file.id(), expr: d.expr }).collect();
                drafts.push(Draft {
                    handler: handler(file, function),
                    framework: Framework::Flask,
                    container,
                    methods: declared_methods(project, file, declared),
                    path: declared_path(project, file, declared),
                    at: file.at(file.first_line(decorator.span)),
                    decorators: exprs[place + 1..].to_vec(),
                    outer_decorators: exprs[..place].to_vec(),
                    dependencies: None,
                    takes_dependencies: false,
                    wrapper: None,
                    described: None,
                });
            }
        }
    }
    for call in file.calls_named(&["add_url_rule"]) {
        drafts.extend(url_rules(project, file, call, containers, callers));
    }
}

pub(crate) fn handler(file: File<'_>, function: FunctionId) -> Handler {
    let class = file.index().class_of(file.module(), function);
    let class = class.map(|id| crate::resolve::ClassRef::new(file.id(), id));
    Handler::of_function(FunctionRef::new(file.id(), function), class)
}

/// `x.route("/path")` or a shortcut with a path.
fn route_call(file: File<'_>, decorator: ExprId) -> Option<Call<'_>> {
    let call = Call::of(file.module(), decorator)?;
    call.receiver()?;
    let name = call.name()?;
    (name == "route" || SHORTCUTS.contains(&name)).then_some(call)
}

/// The Flask containers that a route decorator is called on. An untraceable receiver counts as one unknown container
/// when the file has to do with Flask and the decorator looks like nothing else.
fn targets(
    project: &Project,
    file: File<'_>,
    call: Call<'_>,
    containers: &Containers,
    callers: &Callers<'_>,
) -> Vec<Option<ContainerId>> {
    let Some(receiver) = call.receiver() else { return Vec::new() };
    let found: Vec<Option<ContainerId>> = callers
        .containers_of(project, file.id(), receiver)
        .into_iter()
        .filter(|&id| containers.get(id).framework == Framework::Flask)
        .map(Some)
        .collect();
    if !found.is_empty() {
        return found;
    }
    let is_open = matches!(project.resolve(file.id(), receiver), Entity::Unknown | Entity::Param(..));
    let is_flask = imports(file, "flask");
    if is_open && is_flask && call.name() == Some("route") { vec![None] } else { Vec::new() }
}

/// Whether the file imports something of a top-level package.
pub(crate) fn imports(file: File<'_>, package: &str) -> bool {
    let module = file.module();
    file.index().imports().iter().any(|binding| {
        let backlint_semantic::BindingKind::Import(import) = binding.kind else { return false };
        let from = import.module.map_or("", |m| module.text(m));
        import.level == 0
            && (from == package || from.starts_with(&format!("{package}.")) || from.starts_with(&format!("{package}_")))
    })
}

fn declared_path(project: &Project, file: File<'_>, call: Call<'_>) -> Option<String> {
    project.string(file.id(), call.argument("rule", 0)?)
}

fn declared_methods(project: &Project, file: File<'_>, call: Call<'_>) -> BTreeSet<String> {
    match call.name() {
        Some(shortcut) if SHORTCUTS.contains(&shortcut) => BTreeSet::from([shortcut.to_ascii_uppercase()]),
        _ => call
            .keyword("methods")
            .and_then(|arg| methods_of(project, file.id(), arg.value))
            .unwrap_or_else(|| BTreeSet::from(["GET".to_owned()])),
    }
}

/// `x.add_url_rule("/path", view_func=view)`, also with the view wrapped in guards.
fn url_rules(
    project: &Project,
    file: File<'_>,
    call: Call<'_>,
    containers: &Containers,
    callers: &Callers<'_>,
) -> Vec<Draft> {
    let Some(view) = call.argument("view_func", 2) else { return Vec::new() };
    if is_class_view(file, view) {
        return Vec::new();
    }
    let (view, wrapper) = unwrapped(file, view);
    let Some(function) = project.resolve(file.id(), view).function() else { return Vec::new() };
    let Some(target) = project.file(function.file) else { return Vec::new() };
    let module = target.module();
    let decorators = module.list(target.function(function.id).decorators);
    let decorators: Vec<ExprRef> = decorators.iter().map(|d| ExprRef { file: function.file, expr: d.expr }).collect();
    let mut found = targets(project, file, call, containers, callers);
    if found.is_empty() {
        found.push(None);
    }
    found
        .into_iter()
        .map(|container| Draft {
            handler: handler(target, function.id),
            framework: Framework::Flask,
            container,
            methods: declared_methods(project, file, call),
            path: declared_path(project, file, call),
            at: file.at(file.first_line(call.span())),
            decorators: decorators.clone(),
            outer_decorators: Vec::new(),
            dependencies: None,
            takes_dependencies: false,
            wrapper: wrapper.map(|expr| ExprRef { file: file.id(), expr }),
            described: None,
        })
        .collect()
}

/// `guard(view)` is the view and the guard around it.
fn unwrapped(file: File<'_>, view: ExprId) -> (ExprId, Option<ExprId>) {
    match Call::of(file.module(), view) {
        Some(call) if call.name() != Some("as_view") => match call.positional(0) {
            Some(inner) if matches!(file.module().expr(inner), Expr::Name(_) | Expr::Attribute { .. }) => {
                (inner, Some(call.function))
            }
            _ => (view, None),
        },
        _ => (view, None),
    }
}
