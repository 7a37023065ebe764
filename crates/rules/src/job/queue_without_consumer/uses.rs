//! Which queues the code sends tasks to.

use std::collections::BTreeMap;

use backlint_model::{Entity, File, FunctionRef, Project, Reach, Type};
use backlint_semantic::{Call, Constant, fold};
use backlint_source::Location;
use backlint_syntax::ast::{DictItem, Expr, ExprId};

use crate::expressions::{label, literal};
use crate::job::task_names::TaskNames;
use crate::reached::reach_of;
use crate::task_apps::TaskApps;

/// Whether tasks run where they are sent, or may do so.
pub(super) fn is_eager(project: &Project, apps: &TaskApps<'_>) -> bool {
    let setting = apps.setting("task_always_eager").or_else(|| apps.setting("always_eager"));
    setting.is_some_and(|setting| {
        let is_off = fold(setting.file.module(), setting.file.index(), setting.value).truth() == Some(false);
        let default = project.setting(setting.file.id(), setting.value).map(|read| read.default);
        !is_off && default.is_none_or(|default| !matches!(default, Constant::None) && default.truth() != Some(false))
    })
}

/// The queues that routes and calls name, each with the first place.
pub(super) fn named_queues(project: &Project, apps: &TaskApps<'_>) -> BTreeMap<String, Location> {
    let mut found: BTreeMap<String, Location> = BTreeMap::new();
    let mut add = |file: File<'_>, value: ExprId| {
        if let Some(queue) = project.string(file.id(), value) {
            let at = file.at_expr(value);
            found.entry(queue).and_modify(|known| *known = at.min(*known)).or_insert(at);
        }
    };
    let tables = || apps.settings.iter().filter(|setting| matches!(setting.key.as_str(), "routes" | "task_routes"));
    let names = tables().next().and_then(|_| TaskNames::read(project));
    for setting in tables() {
        for (pattern, queue) in routed(setting.file, setting.value) {
            // A route that no task of the project takes sends nothing.
            let is_dead = names.as_ref().is_some_and(|names| names.is_of_project(pattern) && !names.matches(pattern));
            if !is_dead {
                add(setting.file, queue);
            }
        }
    }
    for file in project.app_files() {
        for call in file.calls_named(&["apply_async", "send_task", "task", "shared_task"]) {
            if let Some(queue) = call.keyword("queue") {
                add(file, queue.value);
            }
        }
    }
    found
}

/// The names of tasks and the queues in `{"app.tasks.*": {"queue": "media"}}`.
fn routed(file: File<'_>, routes: ExprId) -> Vec<(&str, ExprId)> {
    let module = file.module();
    let Expr::Dict(items) = module.expr(routes) else { return Vec::new() };
    let queue = |value: ExprId| match module.expr(value) {
        Expr::Str(_) => Some(value),
        Expr::Dict(options) => {
            let named = module.list(options).iter();
            named.filter(|item| item.key.is_some_and(|key| is_text(file, key, "queue"))).map(|item| item.value).next()
        }
        _ => None,
    };
    let pattern = |item: &DictItem| item.key.and_then(|key| literal(file, key)).unwrap_or("*");
    module.list(items).iter().filter_map(|item| Some((pattern(item), queue(item.value)?))).collect()
}

fn is_text(file: File<'_>, expr: ExprId, wanted: &str) -> bool {
    matches!(file.module().expr(expr), Expr::Str(text) if file.module().text(text) == wanted)
}

/// The first place that sends a task, tasks aside.
pub(super) fn first_dispatch(project: &Project) -> Option<Location> {
    project.app_files().find_map(|file| {
        let mut calls = file.calls_named(&["apply_async", "delay", "send_task"]);
        let sent = calls.find(|&call| sends(project, file, call) && !is_in_task(project, file, call));
        sent.map(|call| file.at_expr(call.expr))
    })
}

/// Tasks that send others only run where a worker is.
fn is_in_task(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    let function = file.index().function_of(call.expr);
    function.is_some_and(|function| reach_of(project, file, function) == Some(Reach::Task))
}

fn sends(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    let Some(receiver) = call.receiver() else { return false };
    match project.resolve(file.id(), receiver) {
        Entity::Function(function) => is_task(project, function),
        Entity::Instance { of: Type::External(path), .. } => path.ends_with("celery.Celery"),
        _ => false,
    }
}

fn is_task(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    file.module().list(file.function(function.id).decorators).iter().any(|decorator| {
        let callee = Call::of(file.module(), decorator.expr).map_or(decorator.expr, |call| call.function);
        matches!(label(file, callee), Some("shared_task" | "task"))
    })
}
