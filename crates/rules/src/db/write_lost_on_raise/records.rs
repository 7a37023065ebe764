//! Rows and fields that are written to stay, whatever becomes of the request.

use backlint_model::words::{has_word, snake_case};
use backlint_model::{Entity, File, FunctionRef, Project, SessionStep};
use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{Expr, ExprId};

/// A write that an exception undoes.
pub(super) struct Record {
    /// What is written, for the start of a sentence.
    pub(super) what: String,
    /// Whether its name says that it keeps failures or security events.
    pub(super) is_meant_to_stay: bool,
}

/// Words of rows that are kept of what happened.
const ROWS: &[&str] =
    &["attempt", "audit", "event", "failure", "history", "incident", "lockout", "log", "login", "violation"];

/// Words of columns that count or lock out.
const FIELDS: &[&str] =
    &["attempt", "fail", "failed", "failure", "lock", "locked", "lockout", "retries", "strike", "tries"];

/// What a write is; none for writes that say nothing of being kept.
pub(super) fn record(project: &Project, file: File<'_>, function: FunctionRef, write: &SessionStep) -> Option<Record> {
    let module = file.module();
    if let Some(callee) = write.through {
        let name = project.file(callee.file)?.function_name(callee.id);
        let is_kept = named(name, ROWS) || named(name, FIELDS);
        return is_kept.then(|| Record { what: format!("What `{name}` writes"), is_meant_to_stay: true });
    }
    if let Expr::Attribute { name, .. } = module.expr(write.expr) {
        let name = module.text(name);
        return named(name, FIELDS)
            .then(|| Record { what: format!("The new value of `{name}`"), is_meant_to_stay: true });
    }
    let call = Call::of(module, write.expr)?;
    if !matches!(call.name(), Some("add" | "merge")) {
        return None;
    }
    let row = constructed(project, file, function, call.positional(0)?)?;
    Some(Record { is_meant_to_stay: named(&row, ROWS), what: format!("The new `{row}` row") })
}

fn named(name: &str, words: &[&str]) -> bool {
    let snake = snake_case(name);
    words.iter().any(|word| has_word(&snake, word))
}

/// The class of a row that is made here.
fn constructed(project: &Project, file: File<'_>, function: FunctionRef, row: ExprId) -> Option<String> {
    let module = file.module();
    let made = match module.expr(row) {
        Expr::Name(name) => {
            let bindings = file.index().bindings_of(file.index().function_scope(function.id), name);
            bindings.iter().rev().find_map(|binding| match binding.kind {
                BindingKind::Assign { value, .. } => value,
                _ => None,
            })?
        }
        _ => row,
    };
    let call = Call::of(module, made)?;
    match project.resolve(file.id(), call.function) {
        Entity::Class(class) => Some(project.model(class)?.name.clone()),
        _ => None,
    }
}
