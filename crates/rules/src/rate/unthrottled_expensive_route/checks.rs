//! Handlers that look at how much is going on before they start more of it.

use backlint_model::{Project, Route};

/// What code says that counts work in progress, or asks whether the same work is being done.
const LOOKS: &[&str] = &[
    "active_jobs",
    "already",
    "busy",
    "cooldown",
    "credits",
    "in progress",
    "in_flight",
    "in_progress",
    "inflight",
    "is_running",
    "max_concurrent",
    "pending_count",
    "qsize(",
    "queue_size",
    "quota",
    "running_jobs",
    "semaphore",
    "unique_for",
];

/// Whether the handler, or a function that it calls, looks at the work that is waiting or running.
pub(in crate::rate) fn looks_before(project: &Project, route: &Route) -> bool {
    let Some(handler) = route.handler.function() else { return false };
    let called = project.callees(handler).iter().map(|callee| callee.function);
    [handler].into_iter().chain(called).any(|function| {
        let Some(file) = project.file(function.file) else { return false };
        let text = file.slice(file.module().stmt_span(file.function(function.id).stmt)).to_ascii_lowercase();
        LOOKS.iter().any(|word| text.contains(word))
    })
}
