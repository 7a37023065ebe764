//! JOB005: a task that may hold its worker for ever.

mod waits;

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::ExprId;

use crate::expressions::label;
use crate::launched::production_commands;
use crate::task_apps::TaskApps;
use waits::{longest_timeout, open_end, seconds};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let apps = TaskApps::read(project);
    if apps.apps.is_empty() {
        return;
    }
    let hard = limit(&apps, "time_limit");
    let is_limited =
        hard.is_some() || limit(&apps, "soft_time_limit").is_some() || limits_are_elsewhere(project, &apps);
    for file in project.app_files() {
        for id in file.module().function_ids() {
            let Some(decorator) = task_decorator(file, id) else { continue };
            let task = FunctionRef { file: file.id(), id };
            let own = own_limit(file, decorator);
            if own.is_none() && !is_limited {
                report_open_end(project, file, task, findings);
            }
            if let Some(Limit::Seconds(seconds, at)) = own.or(hard) {
                report_useless_timeout(project, file, task, (seconds, at), findings);
            }
        }
    }
}

/// When a worker that runs a task is killed.
#[derive(Clone, Copy)]
enum Limit {
    /// After so many seconds, as it is said here.
    Seconds(i64, Location),
    /// At a time that could not be told.
    Unknown,
}

fn report_open_end(project: &Project, file: File<'_>, task: FunctionRef, findings: &mut Findings) {
    let Some((what, at)) = open_end(project, task) else { return };
    let name = file.function_name(task.id);
    let message = format!(
        "`{name}` {what}, and neither the task nor the settings have a time limit: once it hangs, its worker is lost until somebody restarts it."
    );
    findings.report(file.at_function(task.id), name, message).also(at, "this may never end");
}

fn report_useless_timeout(
    project: &Project,
    file: File<'_>,
    task: FunctionRef,
    (seconds, limit_at): (i64, Location),
    findings: &mut Findings,
) {
    let Some((timeout, at)) = longest_timeout(project, task).filter(|&(timeout, _)| timeout > seconds) else { return };
    let name = file.function_name(task.id);
    let message = format!(
        "The timeout of {timeout} seconds in `{name}` can never fire: the worker is killed after {seconds} seconds, without any of what should follow a timeout."
    );
    findings
        .report(file.at_function(task.id), name, message)
        .also(at, "this timeout is longer")
        .also(limit_at, "than this limit");
}

/// The decorator that makes a function a task.
fn task_decorator(file: File<'_>, id: backlint_syntax::ast::FunctionId) -> Option<ExprId> {
    let module = file.module();
    module.list(file.function(id).decorators).iter().map(|decorator| decorator.expr).find(|&expr| {
        let callee = Call::of(module, expr).map_or(expr, |call| call.function);
        matches!(label(file, callee), Some("shared_task" | "task"))
    })
}

/// The limit that a decorator sets.
fn own_limit(file: File<'_>, decorator: ExprId) -> Option<Limit> {
    let call = Call::of(file.module(), decorator)?;
    if call.has_unpacking() || call.keyword("base").is_some() {
        return Some(Limit::Unknown);
    }
    match call.keyword("time_limit") {
        Some(limit) => Some(read(file, limit.value, file.at(limit.span))),
        None => call.keyword("soft_time_limit").map(|_| Limit::Unknown),
    }
}

/// A limit of the settings.
fn limit(apps: &TaskApps<'_>, name: &str) -> Option<Limit> {
    let long = format!("task_{name}");
    let setting = apps.setting(&long).or_else(|| apps.setting(name))?;
    Some(read(setting.file, setting.value, setting.at))
}

fn read(file: File<'_>, value: ExprId, at: Location) -> Limit {
    seconds(file, value).map_or(Limit::Unknown, |seconds| Limit::Seconds(seconds, at))
}

/// Whether a worker command, or settings that were not followed, may set a limit.
fn limits_are_elsewhere(project: &Project, apps: &TaskApps<'_>) -> bool {
    let is_option = |word: &str| word.starts_with("--time-limit") || word.starts_with("--soft-time-limit");
    let mut commands = production_commands(project);
    apps.has_unseen_settings || commands.any(|command| command.words.iter().any(|word| is_option(&word.text)))
}
