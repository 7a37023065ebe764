//! Class-based views: `MethodView`, Flask-RESTful and Flask-RESTX resources.

use std::collections::BTreeSet;

use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

use super::Handler;
use super::callers::Callers;
use super::containers::{ContainerId, Containers, Framework};
use super::routes::{Draft, methods_of};
use crate::resolve::{ClassRef, Entity, ExprRef, FunctionRef};
use crate::{File, Project};

const VERBS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// Registrations of class-based views in a file.
pub(crate) fn find(
    project: &Project,
    file: File<'_>,
    containers: &Containers,
    callers: &Callers<'_>,
    drafts: &mut Vec<Draft>,
) {
    for call in file.calls_named(&["add_url_rule", "add_resource"]) {
        let Some(receiver) = call.receiver() else { continue };
        let targets = flask_targets(project, file, receiver, containers, callers);
        if call.name() == Some("add_resource") {
            add_resource(project, file, call, &targets, drafts);
        } else {
            add_url_rule(project, file, call, &targets, drafts);
        }
    }
    decorated(project, file, containers, callers, drafts);
}

fn flask_targets(
    project: &Project,
    file: File<'_>,
    receiver: ExprId,
    containers: &Containers,
    callers: &Callers<'_>,
) -> Vec<Option<ContainerId>> {
    let found: Vec<Option<ContainerId>> = callers
        .containers_of(project, file.id(), receiver)
        .into_iter()
        .filter(|&id| containers.get(id).framework == Framework::Flask)
        .map(Some)
        .collect();
    if found.is_empty() { vec![None] } else { found }
}

/// `api.add_resource(View, "/a", "/b")`.
fn add_resource(
    project: &Project,
    file: File<'_>,
    call: Call<'_>,
    targets: &[Option<ContainerId>],
    drafts: &mut Vec<Draft>,
) {
    let Some(view) = call.positional(0) else { return };
    let Entity::Class(class) = project.resolve(file.id(), view) else { return };
    let paths = (1..call.args.len()).map_while(|place| call.positional(place));
    for path in paths {
        let path = project.string(file.id(), path);
        let at = file.at(file.first_line(call.span()));
        push(project, &View { class, path, at, wrapper: None, only: None }, targets, drafts);
    }
}

/// `x.add_url_rule("/a", view_func=View.as_view("a"))`, also wrapped in guards.
fn add_url_rule(
    project: &Project,
    file: File<'_>,
    call: Call<'_>,
    targets: &[Option<ContainerId>],
    drafts: &mut Vec<Draft>,
) {
    let Some(view) = call.argument("view_func", 2) else { return };
    let Some((class, wrapper)) = as_view(project, file, view, MAX_WRAPPERS) else { return };
    let path = call.argument("rule", 0).and_then(|path| project.string(file.id(), path));
    let only = call.keyword("methods").and_then(|arg| methods_of(project, file.id(), arg.value));
    let at = file.at(file.first_line(call.span()));
    push(project, &View { class, path, at, wrapper, only }, targets, drafts);
}

/// How many names and wrapping calls a view may be behind.
const MAX_WRAPPERS: u32 = 6;

/// The class of `View.as_view(…)`, through names and wrapping calls; with it the outermost wrapper.
fn as_view(project: &Project, file: File<'_>, view: ExprId, steps: u32) -> Option<(ClassRef, Option<ExprRef>)> {
    let steps = steps.checked_sub(1)?;
    let module = file.module();
    if let Expr::Name(name) = module.expr(view) {
        let binding = file.index().lookup(file.index().scope_of_name(view), name).last()?;
        let backlint_semantic::BindingKind::Assign { value: Some(value), .. } = binding.kind else { return None };
        return as_view(project, file, value, steps);
    }
    let call = Call::of(module, view)?;
    if call.name() == Some("as_view") {
        let Entity::Class(class) = project.resolve(file.id(), call.receiver()?) else { return None };
        return Some((class, None));
    }
    let (class, _) = as_view(project, file, call.positional(0)?, steps)?;
    Some((class, Some(ExprRef { file: file.id(), expr: call.function })))
}

/// `@ns.route("/a") class View(Resource)`.
fn decorated(
    project: &Project,
    file: File<'_>,
    containers: &Containers,
    callers: &Callers<'_>,
    drafts: &mut Vec<Draft>,
) {
    let module = file.module();
    for id in module.class_ids() {
        for decorator in module.list(file.class(id).decorators) {
            let Some(call) = Call::of(module, decorator.expr).filter(|call| call.name() == Some("route")) else {
                continue;
            };
            let Some(receiver) = call.receiver() else { continue };
            let targets = flask_targets(project, file, receiver, containers, callers);
            let at = file.at(file.first_line(decorator.span));
            let paths = (0..call.args.len()).map_while(|place| call.positional(place));
            for path in paths {
                let path = project.string(file.id(), path);
                let class = ClassRef::new(file.id(), id);
                push(project, &View { class, path, at, wrapper: None, only: None }, &targets, drafts);
            }
        }
    }
}

/// A class-based view under one path.
struct View {
    class: ClassRef,
    path: Option<String>,
    at: Location,
    wrapper: Option<ExprRef>,
    only: Option<BTreeSet<String>>,
}

/// One draft per method; its place is the method, as each has its own guard and effect.
fn push(project: &Project, view: &View, targets: &[Option<ContainerId>], drafts: &mut Vec<Draft>) {
    for verb in VERBS {
        let Some(function) = project.method(view.class, verb) else { continue };
        let method = verb.to_ascii_uppercase();
        if view.only.as_ref().is_some_and(|only| !only.contains(&method)) {
            continue;
        }
        let decorators = method_decorators(project, function);
        for &container in targets {
            drafts.push(Draft {
                handler: Handler::of_function(function, Some(view.class)),
                framework: Framework::Flask,
                container,
                methods: BTreeSet::from([method.clone()]),
                path: view.path.clone(),
                at: method_place(project, function).unwrap_or(view.at),
                decorators: decorators.clone(),
                outer_decorators: Vec::new(),
                dependencies: None,
                wrapper: view.wrapper,
            });
        }
    }
}

fn method_place(project: &Project, function: FunctionRef) -> Option<Location> {
    let file = project.file(function.file)?;
    Some(file.at(file.first_line(file.function(function.id).header)))
}

fn method_decorators(project: &Project, function: FunctionRef) -> Vec<ExprRef> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let list = file.module().list(file.function(function.id).decorators);
    list.iter().map(|d| ExprRef { file: function.file, expr: d.expr }).collect()
}
