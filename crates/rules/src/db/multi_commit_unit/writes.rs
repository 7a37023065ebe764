//! Which writes belong to a unit of work, and which are bookkeeping around it.

use std::collections::BTreeMap;

use backlint_model::{File, FunctionRef, Project, SessionStep};
use backlint_semantic::{BindingKind, Call, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Stmt};

/// The writes of a function that say how far it is: rows one column of which is set again and again.
pub(super) struct Writes {
    bookkeeping: Vec<ExprId>,
}

impl Writes {
    pub(super) fn of(project: &Project, file: File<'_>, function: FunctionRef) -> Self {
        let module = file.module();
        let mut targets: BTreeMap<&str, Vec<(&str, ExprId)>> = BTreeMap::new();
        for stmt in own_statements(module, module.body(function.id)) {
            let Stmt::Assign { targets: assigned, .. } = module.stmt(stmt) else { continue };
            for &target in module.list(assigned) {
                if let Expr::Attribute { value, name } = module.expr(target) {
                    targets.entry(file.text_of(value)).or_default().push((module.text(name), target));
                }
            }
        }
        let progress = targets.values().filter(|all| {
            all.iter()
                .enumerate()
                .any(|(at, (name, _))| is_progress(name) && all.iter().skip(at + 1).any(|(other, _)| other == name))
        });
        let mut bookkeeping: Vec<ExprId> = progress.flatten().map(|&(_, target)| target).collect();
        bookkeeping.extend(records(project, file, function));
        Self { bookkeeping }
    }

    /// Whether a write is part of the work itself.
    pub(super) fn counts(&self, step: &SessionStep) -> bool {
        !self.bookkeeping.contains(&step.expr)
    }
}

/// Columns that say how far something is.
fn is_progress(name: &str) -> bool {
    ["status", "state", "progress", "phase", "step", "stage"]
        .iter()
        .any(|word| backlint_model::words::has_word(name, word))
}

/// Calls that keep a record beside the work: `log_event(…)`, `audit.record(…)`.
fn records(project: &Project, file: File<'_>, function: FunctionRef) -> Vec<ExprId> {
    let calls = project.calls_in(function).into_iter();
    calls.filter(|call| is_record(file, *call)).map(|call| call.expr).collect()
}

fn is_record(file: File<'_>, call: Call<'_>) -> bool {
    const WORDS: &[&str] = &["audit", "log", "activity", "notify", "notification", "track", "metric", "event"];
    let text = backlint_model::words::snake_case(file.text_of(call.function));
    text.split(['.', '_', '(', ')']).any(|word| WORDS.contains(&word))
        || call.args.first().is_some_and(|arg| {
            let made = made(file, arg.value).and_then(|made| made.name()).unwrap_or_default();
            backlint_model::words::snake_case(made).split('_').any(|word| WORDS.contains(&word))
        })
}

/// The call that makes a row, also through a variable.
fn made(file: File<'_>, row: ExprId) -> Option<Call<'_>> {
    let module = file.module();
    let Expr::Name(name) = module.expr(row) else { return Call::of(module, row) };
    let bindings = file.index().lookup(file.index().scope_of_name(row), name);
    bindings.iter().rev().find_map(|binding| match binding.kind {
        BindingKind::Assign { value: Some(value), .. } => Call::of(module, value),
        _ => None,
    })
}
