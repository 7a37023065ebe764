//! DB012: a state that is set past the table of allowed steps.

mod states;
mod tables;

use backlint_finding::{Audience, Findings};
use backlint_model::{Project, Reach, Role, RowChange, RowChangeKind, words};

use super::around::Around;

use states::{Assigned, assigned, governed_columns, looks_at_state};
use tables::{StepTable, step_tables};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.models().is_empty() {
        return;
    }
    for table in step_tables(project) {
        check_table(project, &table, findings);
    }
}

fn check_table(project: &Project, table: &StepTable, findings: &mut Findings) {
    let columns = governed_columns(project, table);
    let sets_state = |function| {
        let mut changes = project.row_changes_in(function);
        changes.any(|change| change.attribute().is_some_and(|name| columns.contains(&(change.model, name.to_owned()))))
    };
    let lookups = Around::of(project, table.consulted_in.clone(), |function| !sets_state(function));
    for change in project.row_changes() {
        let RowChangeKind::Set { attribute, value } = &change.kind else { continue };
        if !columns.contains(&(change.model, attribute.clone())) || !is_step(project, change) {
            continue;
        }
        let Some(assigned) = assigned(project, table, change, *value) else { continue };
        if lookups.covers(project, change.function) {
            continue;
        }
        let is_tested = || looks_at_state(project, change, attribute);
        if assigned == Assigned::Given || !is_tested() {
            report(project, &Bypass { table, change, attribute, assigned }, findings);
        }
    }
}

/// Whether the change is a step of a row that is there, made on behalf of a request or task.
fn is_step(project: &Project, change: &RowChange) -> bool {
    const OVERRIDES: &[&str] = &["force", "forced", "override", "reset", "revert", "seed", "simulate", "undo"];
    let Some(file) = project.file(change.at.file).filter(|file| file.role() == Role::App) else { return false };
    let name = words::snake_case(file.function_name(change.function.id));
    let is_override = OVERRIDES.iter().any(|word| words::has_word(&name, word));
    let is_reached = matches!(project.reach(change.function), Some(Reach::Request | Reach::Task));
    let mut others = project.row_changes_in(change.function);
    is_reached
        && !is_override
        && !others.any(|other| other.model == change.model && other.kind == RowChangeKind::Create)
}

/// A change past the table.
struct Bypass<'p> {
    table: &'p StepTable,
    change: &'p RowChange,
    attribute: &'p str,
    assigned: Assigned,
}

fn report(project: &Project, bypass: &Bypass<'_>, findings: &mut Findings) {
    let Bypass { table, change, attribute, assigned } = bypass;
    let (Some(file), Some(model)) = (project.file(change.at.file), project.model(change.model)) else { return };
    let what = match assigned {
        Assigned::Given => "takes any value that is sent",
        Assigned::Constant => "is set whatever it was before",
    };
    let name = &table.name;
    let message = format!("`{}.{attribute}` {what}: elsewhere it changes by the steps of `{name}` only.", model.name);
    let anchor = format!("{attribute} in {}", file.qualified_name(change.function.id));
    let mut report = findings.report(file.at_expr(change.at.expr), anchor, message).also(table.at, "the allowed steps");
    if let Some(&checking) = table.consulted_in.first()
        && let Some(shown) = project.file(checking.file)
    {
        report = report.also(shown.at_function(checking.id), "this function looks them up");
    }
    if *assigned == Assigned::Constant {
        report.audience(Audience::Pedantic);
    }
}
