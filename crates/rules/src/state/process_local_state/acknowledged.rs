//! State of which its authors say that it belongs to one process.

use backlint_model::{File, FunctionRef, Project, SharedState, StateKind};

/// Phrases for state that is meant to be one process's own, in lower case.
const PHRASES: &[&str] = &[
    "another replica",
    "best effort",
    "best-effort",
    "each process",
    "each worker",
    "one process",
    "one worker",
    "other replicas",
    "per process",
    "per worker",
    "per-process",
    "per-worker",
    "process-local",
    "single process",
    "single worker",
    "single-process",
    "single-worker",
    "this process",
    "this worker",
    "worker-local",
];

/// Whether a comment at the variable, or the documentation of what holds, writes or reads it, says so.
pub(super) fn is_acknowledged(project: &Project, state: &SharedState) -> bool {
    let Some(file) = project.file(state.file) else { return false };
    let holder = match state.kind {
        StateKind::Holder(class) => project.file(class.file).and_then(|file| {
            let module = file.module();
            module.docstring(module.list(file.class(class.id).body))
        }),
        _ => None,
    };
    let own = file.module().docstring(file.module().top_level());
    let users = state.accesses.iter().filter_map(|access| documentation(project, access.function));
    holder.into_iter().chain(own).chain(users).any(says_so) || comments_at(file, state).into_iter().any(says_so)
}

/// Whether a function turns to the memory of its process where a shared store cannot be had.
pub(super) fn stands_in(project: &Project, writer: FunctionRef) -> bool {
    let Some(file) = project.file(writer.file) else { return false };
    project.calls_in(writer).into_iter().any(|call| {
        let callee = file.text_of(call.function).to_ascii_lowercase();
        callee.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "memcache" | "redis" | "valkey"))
    })
}

fn documentation(project: &Project, function: FunctionRef) -> Option<&str> {
    let module = project.file(function.file)?.module();
    module.docstring(module.body(function.id))
}

fn says_so(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    PHRASES.iter().any(|phrase| text.contains(phrase))
}

/// The comments on the line of the variable and on the lines right above it.
fn comments_at<'p>(file: File<'p>, state: &SharedState) -> Vec<&'p str> {
    let mut line = file.line(state.at.span.start);
    let mut found = Vec::new();
    for comment in file.module().comments().iter().rev() {
        let at = file.line(comment.span.start);
        if at == line || at + 1 == line {
            found.push(file.slice(comment.span));
            line = at;
        }
    }
    found
}
