//! CFG019: a development server that a deployment starts.

use std::collections::BTreeSet;

use backlint_finding::{Audience, Findings};
use backlint_model::{File, Project, StartCommand};
use backlint_semantic::Call;
use backlint_source::Location;

use crate::apps::is_flask;
use crate::launched::{is_run_by_developers, launched_file, production_commands};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for command in production_commands(project) {
        // The same command may stand in an image and in a script that it calls.
        if !seen.insert(command.at()) {
            continue;
        }
        let report = if let Some(tool) = tool(command) {
            findings.report(command.at(), tool, message(&format!("`{tool}`")))
        } else if let Some(file) = launched_file(project, command)
            && let Some(run) = flask_run(project, file)
        {
            let program = file.local_path();
            let message = message(&format!("`{program}`"));
            findings.report(command.at(), program, message).also(run, "the server is started here")
        } else {
            continue;
        };
        if is_run_by_developers(project, command) {
            report.audience(Audience::Pedantic);
        }
    }
}

fn message(what: &str) -> String {
    format!(
        "{what} starts a development server in a deployment: it is made for one developer, not for load, restarts and \
         hostile requests. Start the application with a production server such as gunicorn or uvicorn."
    )
}

/// The command of a tool that serves for developers.
fn tool(command: &StartCommand) -> Option<&'static str> {
    let mut words = command.words.iter().map(|word| word.text.rsplit('/').next().unwrap_or_default());
    let program = words.find(|word| matches!(*word, "flask" | "fastapi"))?;
    match program {
        "flask" => words.any(|word| word == "run").then_some("flask run"),
        _ => (words.next() == Some("dev")).then_some("fastapi dev"),
    }
}

/// Where a program calls the development server of Flask, unless it knows another one too.
fn flask_run(project: &Project, file: File<'_>) -> Option<Location> {
    if file.calls().any(|call| serves_in_production(file, call)) {
        return None;
    }
    let mut runs = file.calls_named(&["run"]).filter(|call| {
        let is_app = call.receiver().is_some_and(|app| is_flask(project, file, app));
        is_app && !file.is_dev_only(call.expr)
    });
    runs.next().map(|call| file.at_expr(call.expr))
}

fn serves_in_production(file: File<'_>, call: Call<'_>) -> bool {
    const SERVERS: &[&str] =
        &["bjoern", "cheroot", "eventlet", "gevent", "gunicorn", "hypercorn", "tornado", "uvicorn", "waitress"];
    let path = file.path_of(call.function).unwrap_or_default();
    path.split('.').next().is_some_and(|package| SERVERS.contains(&package))
}
