//! OBS003: log lines that no identifier of the request joins.

use backlint_finding::Findings;
use backlint_model::{File, Project};
use backlint_semantic::Call;

use super::traces::{first_log_call, in_code, in_deployment, matcher, own_formatter, routes_of};
use crate::areas::{Areas, served_apps};

/// Headers and packages that stand for an identifier wherever they occur.
const SPEAKING: &[&str] = &[
    "applicationinsights",
    "appsignal",
    "asgi_correlation_id",
    "asgi-correlation-id",
    "aws_xray_sdk",
    "aws-xray-sdk",
    "azure.monitor",
    "azure-monitor",
    "ddtrace",
    "elasticapm",
    "elastic-apm",
    "flask_log_request_id",
    "jaeger",
    "logfire",
    "newrelic",
    "opencensus",
    "opentelemetry",
    "scout_apm",
    "skywalking",
    "starlette_context",
    "traceparent",
    "x-amzn-trace-id",
    "x-cloud-trace-context",
    "x-correlation-id",
    "x-request-id",
    "x-trace-id",
    "zipkin",
];

/// Packages that bring one from the moment on that the code starts them.
const TRACKERS: &[&str] = &["bugsnag", "honeybadger", "rollbar", "sentry"];
const STARTING: &[&str] =
    &["add_to", "configure", "enable", "handle_exceptions", "init", "install", "middleware", "setup"];

/// Names that stand for one only next to code that runs on every request or shapes log lines.
const NAMES: &[&str] = &[
    "correlation_id",
    "correlationid",
    "req_id",
    "request_id",
    "request_uuid",
    "requestid",
    "trace_id",
    "traceid",
    "transaction_id",
];
const PLACES: &[&str] = &[
    "after_request",
    "before_request",
    "contextvar",
    "formatter",
    "logging.filter",
    "middleware",
    "process_request",
    "processors",
    "structlog",
];

/// With fewer routes a line can be told by its time.
const FEWEST: usize = 2;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let areas = Areas::read(project);
    let logging = served_apps(project)
        .into_iter()
        .filter(|(app, _)| routes_of(project, app).nth(FEWEST - 1).is_some())
        .filter_map(|(app, at)| Some((app, at, first_log_call(project, &areas, app)?)))
        .collect::<Vec<_>>();
    if logging.is_empty() || has_identifier(project) {
        return;
    }
    for (app, at, logged) in logging {
        let message = "Log lines of one request cannot be joined: no hook or middleware gives requests an identifier, \
                       and nothing in the repository reads one from a header.";
        let mut report = findings.report(at, app.import_path.clone(), message);
        report = report.also(logged, "the first line that would carry it");
        if let Some(formatter) = own_formatter(project, &areas, app) {
            report.also(formatter, "the lines are shaped here, without one");
        }
    }
}

fn has_identifier(project: &Project) -> bool {
    in_deployment(project, SPEAKING)
        || in_deployment(project, NAMES)
        || in_code(project, SPEAKING)
        || is_named(project)
        || starts_tracker(project)
}

/// Whether some call starts a tracker: `sentry_sdk.init(dsn)`, `setup_sentry(app)`, `SentryAsgiMiddleware(app)`.
fn starts_tracker(project: &Project) -> bool {
    let (Some(trackers), Some(starting)) = (matcher(TRACKERS), matcher(STARTING)) else { return true };
    let starts = |file: File<'_>, call: Call<'_>| {
        let callee = file.path_of(call.function);
        let callee = callee.as_deref().unwrap_or_else(|| file.text_of(call.function));
        trackers.is_match(callee) && starting.is_match(callee)
    };
    let mut files = project.app_files().filter(|file| trackers.is_match(file.source().text()));
    files.any(|file| {
        // Middleware is handed over as a class, set-up functions as hooks.
        let names = || file.index().imports().iter().map(|binding| file.module().text(binding.name));
        file.calls().any(|call| starts(file, call))
            || names().any(|name| trackers.is_match(name) && starting.is_match(name))
    })
}

fn is_named(project: &Project) -> bool {
    let (Some(names), Some(places)) = (matcher(NAMES), matcher(PLACES)) else { return true };
    let mut texts = project.app_files().map(|file| file.source().text());
    texts.any(|text| names.is_match(text) && places.is_match(text))
}
