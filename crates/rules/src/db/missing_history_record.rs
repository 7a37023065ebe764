//! DB013: a change of a column without the row of history that the other changes of it leave.

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::{ClassRef, Cohort, File, FunctionRef, Model, Project, Role, RowChange, RowChangeKind};

/// How many calls the row of history may be away from the change.
const MAX_DEPTH: u32 = 2;

/// How many callers of a function are asked.
const MAX_CALLERS: usize = 12;

/// From how many changes on, and which share of them, makes the history a habit.
const HABIT_MEMBERS: usize = 3;
const HABIT_PERCENT: usize = 75;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for history in histories(project) {
        check_history(project, &history, findings);
    }
}

/// A class that keeps the old and new values of a column of another.
struct History<'p> {
    class: &'p Model,
    of: ClassRef,
    column: String,
}

/// The histories of the project, by their class.
fn histories(project: &Project) -> Vec<History<'_>> {
    let mut tables: BTreeMap<&str, ClassRef> = BTreeMap::new();
    for model in project.models() {
        tables.extend(model.table.as_deref().map(|table| (table, model.class)));
    }
    project.models().iter().filter_map(|class| history(project, &tables, class)).collect()
}

fn history<'p>(project: &'p Project, tables: &BTreeMap<&str, ClassRef>, class: &'p Model) -> Option<History<'p>> {
    let targets = class.columns().flat_map(|(_, column)| &column.foreign_keys);
    let owners = targets.filter_map(|key| {
        let (table, _) = key.target.rsplit_once('.')?;
        project.model(*tables.get(table.rsplit('.').next()?)?)
    });
    owners.filter(|owner| owner.class != class.class).find_map(|owner| {
        let mut columns = owner.columns().map(|(attribute, _)| attribute.name.as_str());
        let column = columns.find(|column| keeps_both(class, column))?;
        Some(History { class, of: owner.class, column: column.to_owned() })
    })
}

/// Whether a class has columns for the value before and after: `old_state` and `new_state`, `from_state` and `to_state`.
fn keeps_both(class: &Model, column: &str) -> bool {
    let has =
        |prefixes: &[&str]| prefixes.iter().any(|prefix| class.attribute(&format!("{prefix}_{column}")).is_some());
    has(&["before", "from", "old", "prev", "previous"]) && has(&["after", "current", "new", "next", "to"])
}

fn check_history(project: &Project, history: &History<'_>, findings: &mut Findings) {
    if is_kept_by_listener(project, history) {
        return;
    }
    let changes: Vec<&RowChange> = project
        .row_changes()
        .iter()
        .filter(|change| change.model == history.of && change.value_of(&history.column).is_some())
        .filter(|change| is_deliberate(project, change.function, history))
        .collect();
    let cohort = Cohort { subject: history.column.clone(), members: (0..changes.len()).collect() };
    let spread = cohort.spread(|at| leaves_row(project, changes[at].function, history));
    if !spread.is_shared(HABIT_PERCENT, HABIT_MEMBERS) {
        return;
    }
    for &at in &spread.lack {
        let FunctionRef { file, id } = changes[at].function;
        let Some(file) = project.file(file) else { continue };
        let message = format!(
            "This change of `{}` leaves no `{}` row; {} do.",
            history.column,
            history.class.name,
            spread.ratio()
        );
        let anchor = format!("{} in {}", history.column, file.qualified_name(id));
        let mut report = findings.report(file.at_expr(changes[at].at.expr), anchor, message);
        for &sibling in spread.have.iter().take(2) {
            if let Some(shown) = project.file(changes[sibling].at.file) {
                report = report.also(shown.at_expr(changes[sibling].at.expr), "this change leaves one");
            }
        }
    }
}

/// Whether a listener of SQLAlchemy makes the rows.
fn is_kept_by_listener(project: &Project, history: &History<'_>) -> bool {
    let mut changes = project.row_changes().iter();
    changes.any(|change| {
        let is_made = change.model == history.class.class && change.kind == RowChangeKind::Create;
        is_made && project.file(change.at.file).is_some_and(|file| listens(file, change.function))
    })
}

fn listens(file: File<'_>, function: FunctionRef) -> bool {
    let decorators = file.module().list(file.function(function.id).decorators);
    decorators.iter().any(|decorator| file.text_of(decorator.expr).contains("listens_for"))
}

/// Whether a function of the application changes rows that are there: one that makes them gives their first value.
fn is_deliberate(project: &Project, function: FunctionRef, history: &History<'_>) -> bool {
    let is_app = project.file(function.file).is_some_and(|file| file.role() == Role::App);
    let makes = project
        .row_changes_in(function)
        .any(|change| change.model == history.of && change.kind == RowChangeKind::Create);
    is_app && !makes
}

/// Whether a function, what it calls, or all that call it make a row of history.
fn leaves_row(project: &Project, function: FunctionRef, history: &History<'_>) -> bool {
    let makes_row = |function| {
        project.called_within(function, MAX_DEPTH).into_iter().any(|(_, callee)| {
            let mut changes = project.row_changes_in(callee);
            changes.any(|change| change.model == history.class.class && change.kind == RowChangeKind::Create)
        })
    };
    let callers = project.callers(function);
    makes_row(function)
        || !callers.is_empty() && callers.iter().take(MAX_CALLERS).all(|caller| makes_row(caller.function))
}
