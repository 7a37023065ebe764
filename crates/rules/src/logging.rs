//! Which calls tell an operator that something happened.

use backlint_model::{Entity, File, FunctionRef, Project};
use backlint_semantic::Call;

/// Whether the call logs, prints or reports: by the words of its callee, so that wrappers of a project count.
pub(crate) fn is_log_call(file: File<'_>, call: Call<'_>) -> bool {
    const WORDS: &[&str] = &[
        "bugsnag", "console", "echo", "excepthook", "log", "logged", "logger", "loggers", "logging", "logs", "loguru", "notice",
        "print", "print_exc", "print_exception", "pprint", "rollbar", "secho", "sentry", "stderr", "stdout", "structlog", "syslog",
    ];
    const NAMES: &[&str] = &[
        "capture_exception", "capture_message", "critical", "exception", "format_exc", "exc_info", "record_exception",
        "report_exception", "set_exception", "warn", "warning",
    ];
    let callee = file.text_of(call.function);
    let segments = callee.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|segment| !segment.is_empty());
    let is_word = |segment: &str| {
        let lower = segment.to_ascii_lowercase();
        WORDS.contains(&lower.as_str()) || lower.split('_').any(|word| WORDS.contains(&word))
    };
    call.name().is_some_and(|name| NAMES.contains(&name)) || segments.into_iter().any(is_word)
}

/// Whether the call logs together with the traceback.
pub(crate) fn logs_traceback(file: File<'_>, call: Call<'_>) -> bool {
    const NAMES: &[&str] = &["capture_exception", "exception", "format_exc", "print_exc", "record_exception"];
    let with_info = call.keyword("exc_info").is_some_and(|arg| file.text_of(arg.value) != "False");
    let is_log = is_log_call(file, call);
    is_log && (with_info || call.name().is_some_and(|name| NAMES.contains(&name)) || file.text_of(call.expr).contains("format_exc"))
}

/// Whether the call runs a function of the project that logs itself.
pub(crate) fn calls_logging_function(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    match project.resolve(file.id(), call.function) {
        Entity::Function(function) => function_logs(project, function),
        _ => false,
    }
}

/// Whether a log call stands in the body of a function.
pub(crate) fn function_logs(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    project.calls_in(function).into_iter().any(|call| is_log_call(file, call))
}
