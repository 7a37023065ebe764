//! The functions that change rows on behalf of requests.

use std::collections::BTreeMap;

use backlint_model::{File, FunctionRef, Project, Reach, Role, RowChange, RowChangeKind, words};
use backlint_syntax::ast::Expr;

use crate::db::audits::names_record;
use crate::db::deletions::marks_as_deleted;
use crate::parameters::reads;

/// Rows that only keep the books of the application itself.
const BOOKKEEPING: &[&str] = &[
    "attempt",
    "cache",
    "conflict",
    "counter",
    "device",
    "event",
    "history",
    "job",
    "lock",
    "log",
    "message",
    "metric",
    "notification",
    "otp",
    "outbox",
    "progress",
    "read",
    "session",
    "snapshot",
    "task",
    "token",
    "verification",
    "view",
];

/// Columns that are set in passing.
const IN_PASSING: &[&str] = &["count", "counter", "last", "modified", "read", "seen", "synced", "updated", "viewed"];

/// A function that changes rows.
pub(super) struct Changing {
    pub(super) function: FunctionRef,
    /// Whether it marks a row as deleted.
    pub(super) removes_by_mark: bool,
    /// Whether it writes who removed the row, or when.
    pub(super) keeps_who_or_when: bool,
}

/// The functions of the application that change rows for requests, in source order.
pub(super) fn changing_functions(project: &Project) -> Vec<Changing> {
    let mut changes: BTreeMap<FunctionRef, Vec<&RowChange>> = BTreeMap::new();
    for change in project.row_changes().iter().filter(|change| counts(project, change)) {
        changes.entry(change.function).or_default().push(change);
    }
    let found = changes.into_iter().filter(|&(function, _)| is_routed(project, function));
    found
        .map(|(function, changes)| Changing {
            function,
            removes_by_mark: changes.iter().any(|change| removes_by_mark(project, change)),
            keeps_who_or_when: changes.iter().any(|change| keeps_who_or_when(change)),
        })
        .collect()
}

fn is_routed(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file).filter(|file| file.role() == Role::App) else { return false };
    let name = words::snake_case(file.function_name(function.id));
    let is_technical = ["import", "log", "login", "refresh", "register", "seed", "sync", "track"]
        .iter()
        .any(|word| words::has_word(&name, word));
    project.reach(function) == Some(Reach::Request) && !is_technical && !name.starts_with("__") && !names_record(&name)
}

/// Whether the change is one that a log is kept for.
fn counts(project: &Project, change: &RowChange) -> bool {
    let Some(model) = project.model(change.model) else { return false };
    let name = words::snake_case(&model.name);
    let is_bookkeeping = BOOKKEEPING.iter().any(|word| words::has_word(&name, word)) || names_record(&name);
    let is_in_passing = match &change.kind {
        RowChangeKind::Set { attribute, .. } => IN_PASSING.iter().any(|word| words::has_word(attribute, word)),
        RowChangeKind::Create | RowChangeKind::Remove => false,
    };
    !is_bookkeeping && !is_in_passing
}

/// A mark of deletion, or `row.is_active = False` in a function that deletes.
fn removes_by_mark(project: &Project, change: &RowChange) -> bool {
    let Some(file) = project.file(change.at.file) else { return false };
    let is_off = || {
        let value = change.value_of("is_active").or_else(|| change.value_of("active"));
        value.is_some_and(|value| file.module().expr(value) == Expr::False)
    };
    let name = words::snake_case(file.function_name(change.function.id));
    let deletes = || ["delete", "remove"].iter().any(|word| words::has_word(&name, word));
    marks_as_deleted(project, change) || deletes() && is_off()
}

/// Whether the change writes a time or a person: `deleted_at`, `removed_by`.
fn keeps_who_or_when(change: &RowChange) -> bool {
    match &change.kind {
        RowChangeKind::Set { attribute, .. } => {
            ["_at", "_by", "_by_id", "_date", "_on", "_time"].iter().any(|end| attribute.ends_with(end))
        }
        RowChangeKind::Create | RowChangeKind::Remove => false,
    }
}

/// The parameter that says who calls, if the function does not read it.
pub(super) fn unread_actor(file: File<'_>, function: FunctionRef) -> Option<String> {
    let module = file.module();
    let actor = module.list(file.function(function.id).params).iter().find(|param| {
        let name = module.text(param.name).trim_start_matches('_');
        matches!(name, "actor" | "caller" | "current_user" | "principal" | "sub" | "user" | "user_id")
    })?;
    (!reads(file, function.id, actor.name)).then(|| module.text(actor.name).to_owned())
}
