//! The columns that a table of steps governs, and what is assigned to them.

use std::collections::BTreeSet;

use backlint_model::{ClassRef, File, Project, RowChange, RowChangeKind};
use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{ArgKind, Expr, ExprId};

use crate::parameters::body_expressions;

use super::tables::{StepTable, enumeration_of};

/// How many names and conversions a value may be behind.
const MAX_STEPS: u32 = 8;

/// How many callers are asked whether they look at the state.
const MAX_CALLERS: usize = 6;

/// What a column is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assigned {
    /// A value that comes from outside.
    Given,
    /// A member of the enumeration.
    Constant,
}

/// The columns that hold the states of a table: by their type, by what is assigned to them, by what the table is looked
/// up by.
pub(super) fn governed_columns(project: &Project, table: &StepTable) -> BTreeSet<(ClassRef, String)> {
    let mut found = BTreeSet::new();
    if let Some(states) = table.states {
        for model in project.models() {
            let columns = model.columns().filter(|(_, column)| column.enumeration == Some(states));
            found.extend(columns.map(|(attribute, _)| (model.class, attribute.name.clone())));
        }
        for change in project.row_changes() {
            let RowChangeKind::Set { attribute, value } = &change.kind else { continue };
            let file = project.file(change.at.file);
            if file.is_some_and(|file| enumeration_of(project, file, *value) == Some(states)) {
                found.insert((change.model, attribute.clone()));
            }
        }
    }
    for &(function, key) in &table.keys {
        let Some(file) = project.file(function.file) else { continue };
        let Expr::Attribute { value, name } = file.module().expr(key) else { continue };
        if let Some(model) = project.row_model(file.id(), value) {
            found.insert((model.class, file.module().text(name).to_owned()));
        }
    }
    found
}

/// What a change assigns, if that can be told.
pub(super) fn assigned(project: &Project, table: &StepTable, change: &RowChange, value: ExprId) -> Option<Assigned> {
    let file = project.file(change.at.file)?;
    let is_member = match table.states {
        Some(states) => enumeration_of(project, file, value) == Some(states),
        None => matches!(file.module().expr(value), Expr::Str(_)),
    };
    if is_member {
        return Some(Assigned::Constant);
    }
    is_given(project, file, value, MAX_STEPS).then_some(Assigned::Given)
}

/// Whether a value is read off a parameter, or is one that a client fills: `data.state`, `payload["state"]`.
fn is_given(project: &Project, file: File<'_>, expr: ExprId, steps: u32) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    let module = file.module();
    match module.expr(expr) {
        Expr::Name(name) => {
            let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
            let [only] = bindings else { return false };
            match only.kind {
                BindingKind::Assign { value: Some(value), .. } | BindingKind::Named { value } => {
                    is_given(project, file, value, steps)
                }
                BindingKind::Param(..) => !project.client_values(file.id(), expr).is_empty(),
                _ => false,
            }
        }
        Expr::Attribute { value, .. } | Expr::Subscript { value, .. } => is_payload(project, file, value),
        Expr::Call { .. } => {
            let Some(call) = Call::of(module, expr) else { return false };
            match (call.name(), call.receiver(), call.args) {
                (Some("get"), Some(receiver), _) => is_payload(project, file, receiver),
                // A conversion: `State(payload.state)`.
                (Some(name), None, [only]) if name.starts_with(|c: char| c.is_uppercase()) => {
                    is_given(project, file, only.value, steps)
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether an expression is a parameter that carries data: no row, not the object itself.
fn is_payload(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Expr::Name(name) = module.expr(expr) else { return false };
    let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
    let is_param = bindings.iter().any(|binding| matches!(binding.kind, BindingKind::Param(..)));
    is_param && !matches!(module.text(name), "cls" | "self") && project.row_model(file.id(), expr).is_none()
}

/// Whether the function, or one that calls it, looks at the state that is there: it reads the attribute, or asks for rows
/// in a state.
pub(super) fn looks_at_state(project: &Project, change: &RowChange, attribute: &str) -> bool {
    let callers = project.callers(change.function).iter().take(MAX_CALLERS).map(|caller| caller.function);
    std::iter::once(change.function).chain(callers).any(|function| {
        let Some(file) = project.file(function.file) else { return true };
        let module = file.module();
        let Some(name) = module.symbol(attribute) else { return false };
        let targets: Vec<ExprId> = project.row_changes_in(function).map(|change| change.at.expr).collect();
        let reads = |expr: ExprId| match module.expr(expr) {
            Expr::Attribute { name: read, .. } => read == name && !targets.contains(&expr),
            Expr::Call { .. } => Call::of(module, expr).is_some_and(|call| {
                call.name() == Some("filter_by")
                    && call.args.iter().any(|argument| argument.kind == ArgKind::Keyword(name))
            }),
            _ => false,
        };
        body_expressions(file, function.id).into_iter().any(reads)
    })
}
