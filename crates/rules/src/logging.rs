//! Which calls tell an operator that something happened.

use std::sync::LazyLock;

use backlint_model::{Entity, File, FunctionRef, Project};
use backlint_semantic::Call;
use serde::Deserialize;

use crate::data;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogWords {
    words: Vec<String>,
    names: Vec<String>,
    traceback_names: Vec<String>,
}

static LOG: LazyLock<LogWords> = LazyLock::new(|| data::load(include_str!("../data/logging.toml")));

/// Whether the call logs, prints or reports: by the words of its callee, so that wrappers of a project count.
pub(crate) fn is_log_call(file: File<'_>, call: Call<'_>) -> bool {
    let callee = file.text_of(call.function).to_ascii_lowercase();
    let mut words = callee.split(|c: char| !c.is_alphanumeric());
    call.name().is_some_and(|name| data::has(&LOG.names, name)) || words.any(|word| data::has(&LOG.words, word))
}

/// Whether the call logs together with the traceback.
pub(crate) fn logs_traceback(file: File<'_>, call: Call<'_>) -> bool {
    let with_info = call.keyword("exc_info").is_some_and(|arg| file.text_of(arg.value) != "False");
    let is_named = call.name().is_some_and(|name| data::has(&LOG.traceback_names, name));
    is_log_call(file, call) && (with_info || is_named || file.text_of(call.expr).contains("format_exc"))
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
