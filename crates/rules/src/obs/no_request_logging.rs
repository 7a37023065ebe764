//! OBS004: requests that leave no line in any log.

use backlint_finding::Findings;
use backlint_model::{File, Project, StartCommand};

use super::traces::{matcher, routes_of};
use crate::areas::{own_texts, served_apps};
use crate::launched::production_commands;
use crate::logging::is_log_call;

/// What marks code that runs on every request.
const HOOKS: &[&str] =
    &["middleware", "after_request", "before_request", "teardown_request", "request_finished", "request_started"];

/// How a configuration of a server or proxy turns access logs on.
const ACCESS_LOGS: &[&str] = &["access_log", "accesslog", "access-log", "log_format"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut started = production_commands(project).filter(|command| command.server().is_some()).peekable();
    let Some(&first) = started.peek() else { return };
    if !started.all(is_silent) || logs_in_hooks(project) || is_logged_elsewhere(project) {
        return;
    }
    let why = format!("`{}` writes no access log as it is started here", first.server().unwrap_or_default());
    for (app, at) in served_apps(project) {
        if routes_of(project, app).next().is_none() {
            continue;
        }
        let message = format!("Requests leave no log line: {why}, and no hook or middleware logs them.");
        findings.report(at, app.import_path.clone(), message).also(first.at(), "starts the server");
    }
}

/// Whether the server writes no access log: uvicorn and hypercorn when told so, gunicorn unless told otherwise.
fn is_silent(command: &StartCommand) -> bool {
    match command.server() {
        Some("uvicorn") => command.option("--no-access-log").is_some(),
        Some("gunicorn") => {
            let names = ["--access-logfile", "--config", "-c", "--paste"];
            let says = |text: &str| text.contains("access") || text.starts_with("-c");
            names.iter().all(|name| command.option(name).is_none())
                && !command.words.iter().any(|word| says(&word.text) || word.text.contains('$'))
        }
        _ => false,
    }
}

/// Whether a file with hooks logs anything.
fn logs_in_hooks(project: &Project) -> bool {
    let Some(hooks) = matcher(HOOKS) else { return true };
    let makes_logger = |name: Option<&str>| name.is_some_and(|name| matches!(name, "getLogger" | "get_logger"));
    let logs = |file: File<'_>| file.calls().any(|call| is_log_call(file, call) && !makes_logger(call.name()));
    project.app_files().any(|file| hooks.is_match(file.source().text()) && logs(file))
}

/// Whether a proxy or a configuration of the repository may write them instead.
fn is_logged_elsewhere(project: &Project) -> bool {
    let Some(words) = matcher(ACCESS_LOGS) else { return true };
    let proxies = ["proxy_pass", "kind: Ingress", "traefik.", "reverse_proxy", "GUNICORN_CMD_ARGS"];
    let says = |text: &str| proxies.iter().any(|proxy| text.contains(proxy));
    let is_server_file = |path: &str| path.contains("gunicorn");
    project.files().any(|file| is_server_file(file.path()))
        || own_texts(project).any(|(_, text)| says(text))
        || project.app_files().any(|file| words.is_match(file.source().text()))
}
