//! JOB003: a task name that no task of the project has.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, Project};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use super::task_names::TaskNames;
use crate::expressions::literal;
use crate::task_apps::TaskApps;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let apps = TaskApps::read(project);
    if apps.apps.is_empty() {
        return;
    }
    let Some(names) = TaskNames::read(project) else { return };
    for use_of in uses(project, &apps) {
        let (file, name) = (use_of.file, use_of.name);
        if !names.is_of_project(name) || names.matches(name) {
            continue;
        }
        let message = match use_of.kind {
            Kind::Schedule => format!(
                "The schedule runs `{name}`, which no module defines as a task: the worker refuses it each time."
            ),
            Kind::Sent => {
                format!("`{name}` is sent by name, but no module defines a task of that name: the worker refuses it.")
            }
            Kind::Route => format!(
                "This route is for `{name}`, which matches no task: the tasks it is meant for go to another queue."
            ),
        };
        let mut report = findings.report(file.at_expr(use_of.at), name, message);
        if let Some((similar, at)) = names.most_similar(name) {
            report = report.also(at, format!("this task is called `{similar}`"));
        }
    }
}

/// What names a task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Schedule,
    Sent,
    Route,
}

/// A place that names a task.
struct Use<'p> {
    file: File<'p>,
    at: ExprId,
    name: &'p str,
    kind: Kind,
}

/// The places that name tasks, in the order of files.
fn uses<'p>(project: &'p Project, apps: &TaskApps<'p>) -> Vec<Use<'p>> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for setting in &apps.settings {
        let (file, module) = (setting.file, setting.file.module());
        let Expr::Dict(items) = module.expr(setting.value) else { continue };
        if !seen.insert((file.id(), setting.value)) {
            continue;
        }
        for item in module.list(items) {
            match setting.key.as_str() {
                "beat_schedule" | "beatschedule" | "schedule" => {
                    let named = entry(file, item.value, "task").and_then(|at| Some((at, literal(file, at)?)));
                    found.extend(named.map(|(at, name)| Use { file, at, name, kind: Kind::Schedule }));
                }
                "routes" | "task_routes" => {
                    let named = item.key.and_then(|at| Some((at, literal(file, at)?)));
                    found.extend(named.map(|(at, name)| Use { file, at, name, kind: Kind::Route }));
                }
                _ => {}
            }
        }
    }
    for file in project.app_files() {
        for call in file.calls_named(&["send_task", "signature"]) {
            let name = call.positional(0).or_else(|| call.keyword("name").map(|arg| arg.value));
            let is_task = call.name() == Some("send_task") || is_celery_signature(file, call);
            let named = name.filter(|_| is_task).and_then(|at| Some((at, literal(file, at)?)));
            found.extend(named.map(|(at, name)| Use { file, at, name, kind: Kind::Sent }));
        }
    }
    found
}

/// The value of a key of a dict display.
fn entry(file: File<'_>, dict: ExprId, key: &str) -> Option<ExprId> {
    let module = file.module();
    let Expr::Dict(items) = module.expr(dict) else { return None };
    let is_it = |found: ExprId| literal(file, found) == Some(key);
    module.list(items).iter().find(|item| item.key.is_some_and(is_it)).map(|item| item.value)
}

fn is_celery_signature(file: File<'_>, call: Call<'_>) -> bool {
    file.path_of(call.function).is_some_and(|path| path.starts_with("celery."))
        || call.receiver().is_some_and(|receiver| file.text_of(receiver).to_ascii_lowercase().contains("celery"))
}
