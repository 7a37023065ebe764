//! EXC005: unexpected errors that nobody is told of.

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use super::clause::{broad_clauses, calls_in};
use crate::areas::served_apps;
use crate::expressions::label;
use crate::logging::{is_log_call, logs_traceback};
use crate::obs::traces::{in_code, in_deployment, routes_of};

/// Packages, agents and handlers of logs that tell somebody.
const TRACKERS: &[&str] = &[
    "airbrake",
    "appsignal",
    "applicationinsights",
    "azure.monitor",
    "azure-monitor",
    "bugsnag",
    "datadog",
    "ddtrace",
    "elasticapm",
    "elastic-apm",
    "glitchtip",
    "google.cloud.error_reporting",
    "google.cloud.logging",
    "got_request_exception",
    "honeybadger",
    "instana",
    "logfire",
    "logtail",
    "loki",
    "newrelic",
    "opentelemetry",
    "raygun",
    "rollbar",
    "scout_apm",
    "sentry_sdk",
    "sentry-sdk",
    "SMTPHandler",
    "watchtower",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let served = served_apps(project);
    if served.is_empty() || in_code(project, TRACKERS) || in_deployment(project, TRACKERS) || logs_unexpected(project) {
        return;
    }
    for (app, at) in served {
        if routes_of(project, app).next().is_none() {
            continue;
        }
        let message = "Unexpected errors reach only the server's console: no error tracker is set up, and no handler for them logs the traceback.";
        findings.report(at, app.import_path.clone(), message.to_owned());
    }
}

/// Whether a handler or middleware for all errors logs them with their traceback, or does what is not seen.
fn logs_unexpected(project: &Project) -> bool {
    project.app_files().any(|file| has_logging_handler(project, file) || has_logging_middleware(file))
}

fn has_logging_handler(project: &Project, file: File<'_>) -> bool {
    const REGISTER: &[&str] =
        &["add_exception_handler", "app_errorhandler", "errorhandler", "exception_handler", "register_error_handler"];
    file.calls_named(REGISTER).any(|call| {
        let Some(kind) = call.argument("exc_class_or_status_code", 0) else { return false };
        is_unexpected(file, kind)
            && handler_of(project, file, call).is_none_or(|handler| logs_with_traceback(project, handler))
    }) || file.calls_named(&["FastAPI", "Starlette"]).any(|call| call.keyword("exception_handlers").is_some())
}

fn is_unexpected(file: File<'_>, kind: ExprId) -> bool {
    match file.module().expr(kind) {
        Expr::Int(text) => file.module().text(text) == "500",
        _ => matches!(label(file, kind), Some("BaseException" | "Exception" | "InternalServerError")),
    }
}

/// The function that a call registers: its second argument, or what it decorates.
fn handler_of(project: &Project, file: File<'_>, call: Call<'_>) -> Option<FunctionRef> {
    if let Some(handler) = call.argument("handler", 1) {
        return project.resolve(file.id(), handler).function();
    }
    let module = file.module();
    let decorates = |id| module.list(file.function(id).decorators).iter().any(|decorator| decorator.expr == call.expr);
    let id = module.function_ids().find(|&id| decorates(id))?;
    Some(FunctionRef { file: file.id(), id })
}

fn logs_with_traceback(project: &Project, handler: FunctionRef) -> bool {
    project.called_within(handler, 1).into_iter().any(|(_, function)| {
        let Some(file) = project.file(function.file) else { return false };
        project.calls_in(function).into_iter().any(|call| logs_traceback(file, call))
    })
}

/// Whether code that runs around all requests catches every error and logs it.
fn has_logging_middleware(file: File<'_>) -> bool {
    let is_around = |text: &str| text.contains("call_next(") || text.contains("self.app(");
    is_around(file.source().text())
        && broad_clauses(file).iter().any(|clause| {
            let guards =
                clause.guarded_calls().iter().any(|call| is_around(&format!("{}(", file.text_of(call.function))));
            guards && calls_in(file, clause.handling).into_iter().any(|call| is_log_call(file, call))
        })
}
