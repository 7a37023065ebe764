//! FILE009: what runs leave behind is never taken away.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project, Reach};
use backlint_source::Location;

use super::run_files::{made_in, speaks_of_removal};
use crate::areas::own_texts;
use crate::task_apps::TaskApps;

/// What the names of functions begin with that take away what is old.
const CLEANERS: &[&str] = &[
    "clean_old",
    "clean_up",
    "cleanup",
    "delete_expired",
    "delete_old",
    "evict",
    "expire",
    "prune",
    "purge",
    "remove_expired",
    "remove_old",
    "sweep",
];

/// Calls that take files away.
const REMOVING: &[&str] = &["delete_object", "remove", "rmtree", "unlink"];

/// How schedules of clean-ups are written outside Python.
const TEXT_SCHEDULES: &[&str] = &["-mtime", "logrotate", "tmpreaper", "tmpwatch", "lifecycle"];

/// How schedules are written in Python.
const SCHEDULES: &[&str] =
    &["add_job", "add_periodic_task", "beat_schedule", "periodic_task", "repeat_every", "run_every", "scheduled_job"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let cleaners = cleaners(project);
    let mentioned = mentioned(project, &cleaners);
    let (called, idle): (Vec<FunctionRef>, Vec<FunctionRef>) =
        cleaners.into_iter().partition(|function| mentioned.contains(function));
    for &function in &idle {
        report_idle(project, function, findings);
    }
    let made = made_by_jobs(project);
    let is_swept = made.is_empty() || has_schedule_elsewhere(project) || (has_schedule(project) && !called.is_empty());
    if !is_swept {
        report_made(project, &made, idle.first().copied(), findings);
    }
}

fn report_idle(project: &Project, function: FunctionRef, findings: &mut Findings) {
    let Some(file) = project.file(function.file) else { return };
    let name = file.qualified_name(function.id);
    let message = format!("`{name}` takes old files away, but nothing calls or schedules it, so they stay.");
    findings.report(file.at_function(function.id), name, message);
}

/// One finding for each function of a job that leaves something.
fn report_made(
    project: &Project,
    made: &[(FunctionRef, Location)],
    idle: Option<FunctionRef>,
    findings: &mut Findings,
) {
    let tasks = TaskApps::read(project);
    // Where messages go says nothing of schedules, and often stands apart from the rest.
    let is_general = |key: &str| !key.contains("broker") && !key.contains("backend");
    let settings = tasks.settings.iter().find(|setting| is_general(&setting.key)).map(|setting| setting.at);
    for &(function, at) in made {
        let Some(file) = project.file(function.file) else { continue };
        let name = file.qualified_name(function.id);
        let message = format!(
            "Each run of `{name}` leaves its files here, and no schedule of the repository takes old ones away: the disk \
             fills up."
        );
        let mut report = findings.report(at, name, message);
        if let Some((idle, home)) = idle.and_then(|idle| Some((idle, project.file(idle.file)?))) {
            report = report.also(home.at_function(idle.id), "this would take them away, but nothing calls it");
        }
        if let Some(settings) = settings {
            report.also(settings, "the settings of the workers hold no schedule");
        }
    }
}

/// Functions whose name and body say that they take old files away.
fn cleaners(project: &Project) -> Vec<FunctionRef> {
    let mut found = BTreeSet::new();
    for file in project.app_files() {
        for call in file.calls_named(REMOVING) {
            let Some(id) = file.index().function_of(call.expr) else { continue };
            if is_cleaner(file, id) && removes_file(file, call) {
                found.insert(FunctionRef { file: file.id(), id });
            }
        }
    }
    found.into_iter().collect()
}

fn is_cleaner(file: File<'_>, id: backlint_syntax::ast::FunctionId) -> bool {
    let name = file.function_name(id).trim_start_matches('_');
    CLEANERS.iter().any(|word| name.starts_with(word))
}

fn removes_file(file: File<'_>, call: backlint_semantic::Call<'_>) -> bool {
    match call.name() {
        Some("remove") => {
            file.path_of(call.function).is_some_and(|path| path == "os.remove" || path == "aiofiles.os.remove")
        }
        _ => true,
    }
}

/// Those of the functions that something outside them mentions, tests aside, or that a decorator hands on.
fn mentioned(project: &Project, functions: &[FunctionRef]) -> BTreeSet<FunctionRef> {
    let is_used = |function: &FunctionRef| {
        project.is_mentioned(*function)
            || project.reach(*function) == Some(Reach::Request)
            || project.file(function.file).is_some_and(|file| {
                let decorators = file.module().list(file.function(function.id).decorators);
                // A task is only run by those who name it; anything else may register the function.
                decorators.iter().any(|decorator| !file.text_of(decorator.expr).contains("task"))
                    || project.texts_mention(file.function_name(function.id))
            })
    };
    functions.iter().copied().filter(is_used).collect()
}

/// Where functions of tasks make files or folders of their own and nothing near takes them away.
fn made_by_jobs(project: &Project) -> Vec<(FunctionRef, Location)> {
    let mut found = Vec::new();
    for file in project.app_files() {
        for id in file.module().function_ids() {
            let function = FunctionRef { file: file.id(), id };
            if project.reach(function) != Some(Reach::Task) || is_removed(project, function) {
                continue;
            }
            let made = made_in(project, file, function).into_iter().next();
            found.extend(made.map(|call| (function, file.at(file.first_line(call.span())))));
        }
    }
    found
}

fn is_removed(project: &Project, function: FunctionRef) -> bool {
    speaks_of_removal(project, function)
        || project.callers(function).iter().any(|caller| speaks_of_removal(project, caller.function))
}

fn has_schedule(project: &Project) -> bool {
    project.app_files().any(|file| SCHEDULES.iter().any(|word| file.source().text().contains(word)))
}

fn has_schedule_elsewhere(project: &Project) -> bool {
    own_texts(project).any(|(_, text)| TEXT_SCHEDULES.iter().any(|word| text.contains(word)))
}
