//! Whether something takes sensitive values out of all log records.

use backlint_model::{File, Project, words};
use backlint_syntax::ast::Stmt;

/// Words of what takes values out.
const WORDS: &[&str] = &[
    "censor",
    "mask",
    "pii",
    "redact",
    "redacting",
    "redaction",
    "sanitize",
    "sanitizing",
    "scrub",
    "scrubbing",
    "sensitive",
];

/// Whether the project filters at its handlers, or as a step of its logging library. A filter at a logger misses what
/// child loggers record, so it does not count.
pub(super) fn is_in_force(project: &Project) -> bool {
    project.app_files().any(|file| filters_at_handler(file) || is_processor(file))
}

fn filters_at_handler(file: File<'_>) -> bool {
    let module = file.module();
    file.calls_named(&["addFilter"]).any(|call| {
        let holder = call.receiver().map(|receiver| file.text_of(receiver).to_ascii_lowercase()).unwrap_or_default();
        let filter = call.positional(0).map(|filter| words::snake_case(file.text_of(filter))).unwrap_or_default();
        let is_logger = holder.contains("logger") || holder == "root";
        !is_logger && WORDS.iter().any(|word| filter.contains(word))
    }) || module.symbol("filters").is_some() && defines_filter(file)
}

/// A class of a filter beside a configuration that hangs filters onto handlers.
fn defines_filter(file: File<'_>) -> bool {
    file.module().class_ids().any(|id| {
        let name = words::snake_case(file.class_name(id));
        WORDS.iter().any(|word| words::has_word(&name, word))
    })
}

/// A function of the form `(logger, method_name, event_dict)` that is named for taking values out.
fn is_processor(file: File<'_>) -> bool {
    let module = file.module();
    module.symbol("event_dict").is_some()
        && module.stmt_ids().any(|stmt| {
            let Stmt::Function(id) = module.stmt(stmt) else { return false };
            let name = words::snake_case(file.function_name(id));
            WORDS.iter().any(|word| words::has_word(&name, word))
        })
}
