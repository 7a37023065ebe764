//! DB010: a row that is removed for good where the project otherwise marks rows as deleted.

use std::collections::BTreeSet;

use backlint_finding::{Findings, Severity};
use backlint_model::{
    ClassRef, Cohort, Custom, File, FunctionRef, Model, Project, Reach, Role, RowChange, RowChangeKind, words,
};

use crate::db::audits::AuditTrail;
use crate::db::deletions::{is_about_deleted, marks_as_deleted};

/// How many classes with a mark make marking the way of the project.
const MARKED_CLASSES: usize = 3;

/// Rows that nobody misses: those between others, those that expire, settings and lists.
const PASSING: &[&str] = &[
    "alias",
    "assignment",
    "association",
    "attempt",
    "cache",
    "draft",
    "favorite",
    "favourite",
    "follow",
    "invitation",
    "item",
    "job",
    "like",
    "link",
    "lock",
    "map",
    "mapping",
    "member",
    "membership",
    "notification",
    "otp",
    "permission",
    "queue",
    "reaction",
    "refresh",
    "revoked",
    "role",
    "session",
    "setting",
    "subscription",
    "tag",
    "token",
    "vote",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let marked = project.models().iter().filter(|model| model.deletion_marks().next().is_some()).count();
    if marked < MARKED_CLASSES {
        return;
    }
    let changes = project.row_changes();
    let deletes: Vec<usize> = (0..changes.len()).filter(|&at| is_deletion(project, &changes[at])).collect();
    let mut seen: BTreeSet<(FunctionRef, ClassRef, bool)> = BTreeSet::new();
    let is_first = |&at: &usize| {
        let change = &changes[at];
        seen.insert((change.function, change.model, change.kind == RowChangeKind::Remove))
    };
    let cohort = Cohort { subject: String::new(), members: deletes.into_iter().filter(is_first).collect() };
    let spread = cohort.spread(|at| changes[at].kind != RowChangeKind::Remove);
    if spread.custom() != Some(Custom::Norm) {
        return;
    }
    let trail = AuditTrail::of(project);
    let sibling = spread.have.first().map(|&at| &changes[at]);
    for &at in &spread.lack {
        let is_recorded = trail.covers(project, changes[at].function);
        let outlier = Outlier { change: &changes[at], sibling, ratio: spread.ratio(), is_recorded };
        report(project, &outlier, findings);
    }
}

/// Whether the change deletes a row for a request, by a mark or for good.
fn is_deletion(project: &Project, change: &RowChange) -> bool {
    let is_removal = change.kind == RowChangeKind::Remove;
    if !is_removal && !marks_as_deleted(project, change) || project.reach(change.function) != Some(Reach::Request) {
        return false;
    }
    let Some(file) = project.file(change.at.file).filter(|file| file.role() == Role::App) else { return false };
    let Some(model) = project.model(change.model) else { return false };
    !is_removal || !is_passing(model) && !is_purge(project, file, change.function)
}

/// Whether rows of the class come and go: by its name, or as it is little more than two references.
fn is_passing(model: &Model) -> bool {
    let name = words::snake_case(&model.name);
    let references = || model.columns().filter(|(_, column)| !column.foreign_keys.is_empty()).count();
    let others = || model.columns().filter(|(_, column)| column.foreign_keys.is_empty() && !column.is_primary_key);
    PASSING.iter().any(|word| words::has_word(&name, word)) || references() >= 2 && others().count() <= 2
}

fn is_purge(project: &Project, file: File<'_>, function: FunctionRef) -> bool {
    let name = words::snake_case(file.function_name(function.id));
    let is_undo =
        ["clear", "replace", "reset", "rollback", "sync", "update"].iter().any(|word| words::has_word(&name, word));
    is_undo || is_about_deleted(project, file, function)
}

/// A removal among marks.
struct Outlier<'p> {
    change: &'p RowChange,
    /// A deletion that sets the mark.
    sibling: Option<&'p RowChange>,
    ratio: String,
    is_recorded: bool,
}

fn report(project: &Project, outlier: &Outlier<'_>, findings: &mut Findings) {
    let Outlier { change, sibling, ratio, is_recorded } = outlier;
    let (Some(file), Some(model)) = (project.file(change.at.file), project.model(change.model)) else { return };
    let record = if *is_recorded { "" } else { " and leaves no audit entry" };
    let cure = match model.deletion_marks().next() {
        Some(mark) => format!("Set `{}`.", mark.name),
        None => format!("`{}` has no column for that yet: it takes a migration.", model.name),
    };
    let message = format!("{ratio} deletes only mark the row; this one removes it for good{record}. {cure}");
    let anchor = format!("{} in {}", model.name, file.qualified_name(change.function.id));
    let mut report = findings.report(file.at(file.first_line(file.at_expr(change.at.expr).span)), anchor, message);
    if !is_recorded {
        report = report.severity(Severity::Medium);
    }
    if let Some((sibling, shown)) = sibling.and_then(|sibling| Some((sibling, project.file(sibling.at.file)?))) {
        report.also(shown.at_expr(sibling.at.expr), "this one marks the row");
    }
}
