//! Debug mode that a deployment file turns on.

use std::collections::BTreeMap;

use backlint_finding::{Confidence, Findings};
use backlint_model::{Project, Purpose, Service, Setter, StartCommand, Variable};
use backlint_semantic::deploy::Word;
use backlint_source::{FileId, Location};

use crate::launched::is_run_by_developers;
use crate::overrides::deployed_variables;
use crate::switches::is_yes;

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let commands = project.deployment().commands.iter();
    let is_deployed_command =
        |command: &&StartCommand| command.purpose == Purpose::Production && !is_run_by_developers(project, command);
    let commands = commands.filter(is_deployed_command).filter_map(debug_command);
    let variables =
        deployed_variables(project).filter(|variable| is_deployed(project, variable) && !is_ignored(project, variable));
    // The mode and the flag usually stand together and say the same.
    let mut first: BTreeMap<FileId, (Location, String)> = BTreeMap::new();
    for (at, setting) in commands.chain(variables.filter_map(debug_variable)) {
        let known = first.entry(at.file).or_insert_with(|| (at, setting.clone()));
        if at.span < known.0.span {
            *known = (at, setting);
        }
    }
    for (at, setting) in first.into_values() {
        let message = format!(
            "`{setting}` starts the server with its interactive debugger: whoever reaches it can run code. Keep it to files for development."
        );
        findings.report(at, setting, message).confidence(Confidence::Medium);
    }
}

/// A plain `.env` is the one that developers have; only one that says so is for production.
fn is_deployed(project: &Project, variable: &Variable) -> bool {
    let path = project.sources().file(variable.at.file).path();
    variable.by != Setter::EnvironmentFile || path.rsplit('/').next().is_some_and(|name| name.contains("prod"))
}

/// Whether what gets the variable starts a server that knows no debugger.
fn is_ignored(project: &Project, variable: &Variable) -> bool {
    let deployment = project.deployment();
    let file = match variable.by {
        Setter::Image => Some(variable.at.file),
        Setter::Service => {
            let is_its = |service: &&Service| service.environment.iter().any(|own| own.at == variable.at);
            let Some(service) = deployment.services.iter().find(is_its) else { return false };
            if service.keeps_command() { built_from(project, service) } else { return starts_server(&service.command) }
        }
        Setter::EnvironmentFile | Setter::BuildArgument | Setter::Unit => None,
    };
    let mut images = deployment.images.iter().filter(|image| Some(image.file) == file);
    images.any(|image| starts_server(&image.command) || starts_server(&image.entrypoint))
}

/// The Dockerfile of a service.
fn built_from(project: &Project, service: &Service) -> Option<FileId> {
    let sources = project.sources();
    let mut images = project.deployment().images.iter().map(|image| image.file);
    images.find(|&file| service.is_built_from(sources.file(file).path(), sources))
}

fn starts_server(command: &[Word]) -> bool {
    const SERVERS: &[&str] = &["gunicorn", "hypercorn", "uvicorn", "uwsgi", "waitress-serve"];
    let mut words = command.iter().flat_map(|word| word.text.split_whitespace());
    words.any(|word| SERVERS.contains(&word.rsplit('/').next().unwrap_or(word)))
}

/// A variable that turns Flask's debug mode on.
fn debug_variable(variable: &Variable) -> Option<(Location, String)> {
    let value = variable.expanded()?.text;
    let turns_on = match variable.key.as_str() {
        "FLASK_DEBUG" => is_yes(&value),
        "FLASK_ENV" => value == "development",
        _ => false,
    };
    turns_on.then(|| (variable.at, format!("{}={value}", variable.key)))
}

fn debug_command(command: &StartCommand) -> Option<(Location, String)> {
    let has = |name: &str| command.words.iter().any(|word| word.text == name);
    let starts_debugger = has("flask") && has("run") && has("--debug");
    starts_debugger.then(|| (command.at(), "flask run --debug".to_owned()))
}
