//! How a project keeps a record of who changed what.

use std::collections::BTreeSet;

use backlint_model::{File, FunctionRef, Project, RowChange, RowChangeKind, words};

use super::around::Around;

/// Names of rows and helpers that record what somebody did.
const RECORDS: &[&str] =
    &["action_log", "activity_log", "audit", "audited", "auditing", "log_action", "log_activity", "record_activity"];

/// The functions that leave a record of what was done.
pub(super) struct AuditTrail {
    records: Around,
    /// Whether something records all changes by itself.
    is_automatic: bool,
}

impl AuditTrail {
    pub(super) fn of(project: &Project) -> Self {
        let rows = project.row_changes().iter().filter(|change| is_record(project, change));
        let mut doing: BTreeSet<FunctionRef> = rows.map(|change| change.function).collect();
        let mut is_automatic = false;
        for file in project.app_files() {
            let text = file.source().text();
            if !["audit", "Audit", "activity", "log_action", "make_versioned"].iter().any(|word| text.contains(word)) {
                continue;
            }
            is_automatic |= records_by_itself(file);
            doing.extend(calling(file));
            doing.extend(marked(file));
        }
        Self { records: Around::of(project, doing, |function| is_recorder(project, function)), is_automatic }
    }

    /// Whether something records all changes by itself.
    pub(super) fn is_automatic(&self) -> bool {
        self.is_automatic
    }

    /// Whether a function, what it calls, or what calls it leaves a record.
    pub(super) fn covers(&self, project: &Project, function: FunctionRef) -> bool {
        self.records.covers(project, function)
    }

    /// The first of some functions that leaves a record itself, for show.
    pub(super) fn example(&self, among: &[FunctionRef]) -> Option<FunctionRef> {
        among.iter().copied().find(|function| self.records.doing().contains(function))
    }
}

/// Whether a function is there to leave records, by its name.
fn is_recorder(project: &Project, function: FunctionRef) -> bool {
    project.file(function.file).is_some_and(|file| names_record(file.function_name(function.id)))
}

fn is_record(project: &Project, change: &RowChange) -> bool {
    let is_named = || project.model(change.model).is_some_and(|model| names_record(&model.name));
    change.kind == RowChangeKind::Create && is_named()
}

/// Whether a name is that of a record of what somebody did, or of what writes one.
pub(super) fn names_record(name: &str) -> bool {
    let snake = words::snake_case(name);
    RECORDS.iter().any(|word| words::has_word(&snake, word))
}

/// Functions with a call of a helper by its name.
fn calling(file: File<'_>) -> Vec<FunctionRef> {
    let calls = file.calls().filter(|call| {
        let receiver = call.receiver().map(|receiver| file.text_of(receiver));
        let mut names = receiver.into_iter().flat_map(|text| text.split('.')).chain(call.name());
        names.any(|name| name.len() < 80 && names_record(name))
    });
    let functions = calls.filter_map(|call| file.index().function_of(call.expr));
    functions.map(|id| FunctionRef { file: file.id(), id }).collect()
}

/// Functions that a decorator or a dependency records.
fn marked(file: File<'_>) -> Vec<FunctionRef> {
    let module = file.module();
    let is_marked = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(names_record);
    let functions = module.function_ids().filter(|&id| {
        let function = file.function(id);
        let mut decorators = module.list(function.decorators).iter();
        decorators.any(|decorator| is_marked(file.text_of(decorator.expr))) || is_marked(file.slice(function.header))
    });
    functions.map(|id| FunctionRef { file: file.id(), id }).collect()
}

/// Listeners of the session, versioned classes, a middleware.
fn records_by_itself(file: File<'_>) -> bool {
    let module = file.module();
    let listens = ["listens_for", "make_versioned", "BaseHTTPMiddleware", "after_request"]
        .iter()
        .any(|name| module.symbol(name).is_some());
    let records = module.function_ids().any(|id| names_record(file.function_name(id)))
        || module.class_ids().any(|id| names_record(file.class_name(id)));
    listens && records || module.symbol("make_versioned").is_some()
}
