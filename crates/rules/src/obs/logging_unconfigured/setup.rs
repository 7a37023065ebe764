//! Forms (a) and (b): the set-up of logging is never called, or there is none.

use backlint_finding::{Confidence, Findings};
use backlint_model::{File, FunctionRef, Project, Role, words};
use backlint_semantic::Call;
use backlint_source::Location;

use super::super::traces::{in_deployment, matcher, routes_of};
use super::levels::logger_name;
use crate::areas::served_apps;

/// Calls that decide where log lines go.
const SETUP_CALLS: &[&str] =
    &["addHandler", "basicConfig", "configure_logging", "dictConfig", "fileConfig", "init_logging", "setup_logging"];

/// What shows that a file sets logging up, or that a library does for it.
const SETUP_WORDS: &[&str] = &[
    "absl",
    "addhandler",
    "applicationinsights",
    "aws_lambda_powertools",
    "azure.monitor",
    "basicconfig",
    "coloredlogs",
    "configure_azure",
    "ddtrace",
    "dictconfig",
    "eliot",
    "fileconfig",
    "google.cloud.logging",
    "log_config",
    "logconfig",
    "logfire",
    "loguru",
    "logzero",
    "mangum",
    "newrelic",
    "opentelemetry",
    "structlog",
    "watchtower",
];

/// Options and variables of servers that set logging up.
const SERVER_OPTIONS: &[&str] =
    &["--log-config", "log_config", "logconfig", "logging.ini", "logging.yaml", "logging.yml"];

const LOW: &[&str] = &["debug", "info"];

/// Form (a).
pub(super) fn report_uncalled(project: &Project, findings: &mut Findings) {
    for file in project.app_files().filter(|file| is_setup_file(*file)) {
        for id in file.module().function_ids() {
            let function = FunctionRef { file: file.id(), id };
            let is_plain = file.module().list(file.function(id).decorators).is_empty()
                && file.index().class_of(file.module(), id).is_none()
                && file.index().outer_function(file.module(), id).is_none();
            if !is_plain || !is_setup_name(file.function_name(id)) || !sets_up(project, function) {
                continue;
            }
            let name = file.function_name(id);
            if project.is_mentioned(function) || project.texts_mention(name) || has_other_setup(project, function) {
                continue;
            }
            let message = format!(
                "`{name}` sets logging up and nothing calls it: log lines below warnings go nowhere, and the others \
                 without the format chosen here."
            );
            findings.report(file.at_function(id), name, message);
        }
    }
}

fn is_setup_file(file: File<'_>) -> bool {
    file.calls_named(SETUP_CALLS).next().is_some()
}

/// `setup_logging`, `configure_logger`, `init_logs`.
fn is_setup_name(name: &str) -> bool {
    let snake = words::snake_case(name);
    let has = |set: &[&str]| set.iter().any(|word| words::has_word(&snake, word));
    has(&["logging", "logger", "log"]) && has(&["configure", "config", "init", "initialize", "install", "set", "setup"])
}

fn sets_up(project: &Project, function: FunctionRef) -> bool {
    project.calls_in(function).iter().any(|call| call.name().is_some_and(|name| SETUP_CALLS.contains(&name)))
}

/// Whether anything else in the application sets logging up.
fn has_other_setup(project: &Project, function: FunctionRef) -> bool {
    project.app_files().filter(|file| !is_migration(*file)).any(|file| {
        let is_inside = |call: &Call<'_>| {
            let own = file.module().stmt_span(file.function(function.id).stmt);
            file.id() == function.file && own.start <= call.span().start && call.span().end <= own.end
        };
        file.calls_named(SETUP_CALLS).any(|call| !is_inside(&call))
    })
}

/// Form (b): one finding for each application, at the first call whose line is lost.
pub(super) fn report_missing(project: &Project, findings: &mut Findings) {
    // Most projects do, and this is cheaper than to look for lines that are lost.
    if project.app_files().any(|file| is_setup_file(file) && !is_migration(file)) {
        return;
    }
    let mut lost = Vec::new();
    for (app, at) in served_apps(project) {
        if routes_of(project, app).next().is_none() {
            continue;
        }
        let loaded = project.loaded_with(app.made.file);
        let files = loaded.into_iter().filter_map(|id| project.file(id)).filter(|file| file.role() == Role::App);
        if let Some(call) = files.into_iter().find_map(|file| first_low_call(project, file)) {
            lost.push((app.import_path.clone(), at, call));
        }
    }
    if lost.is_empty() || is_set_up(project) {
        return;
    }
    for (name, at, (call, logger)) in lost {
        let message = format!(
            "This line goes nowhere: nothing sets logging up, so `{logger}` drops what is below a warning. Servers set \
             up their own loggers only."
        );
        findings.report(call, name, message).confidence(Confidence::Medium).also(at, "the application that is served");
    }
}

/// The first call below a warning on a logger of the file, in code that requests run.
fn first_low_call(project: &Project, file: File<'_>) -> Option<(Location, String)> {
    file.calls_named(LOW).find_map(|call| {
        let function = file.index().function_of(call.expr)?;
        let name = logger_name(file, call.receiver()?)?;
        let is_servers = ["uvicorn", "gunicorn", "hypercorn", "werkzeug"].iter().any(|server| name.starts_with(server));
        let runs = project.reach(FunctionRef { file: file.id(), id: function }) == Some(backlint_model::Reach::Request);
        let logger = file.text_of(call.receiver()?).to_owned();
        (runs && !is_servers && !file.is_dev_only(call.expr)).then(|| (file.at_expr(call.expr), logger))
    })
}

/// Whether anything in the application or in how it is started sets logging up.
fn is_set_up(project: &Project) -> bool {
    let Some(setup) = matcher(SETUP_WORDS) else { return true };
    let is_call = |call: Call<'_>| call.name().is_some_and(is_setup_name);
    let files = || project.app_files().filter(|file| !is_migration(*file));
    in_deployment(project, SERVER_OPTIONS)
        || files().any(|file| setup.is_match(file.source().text()))
        || files().any(|file| file.calls().any(is_call))
}

/// What sets logging up for migrations does so for nothing else.
fn is_migration(file: File<'_>) -> bool {
    file.path().ends_with("env.py") && file.source().text().contains("alembic")
}
