//! FILE007: a file that the program loads again is emptied before it is written.

use std::collections::BTreeSet;

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{FileStore, Project, SaveKind, StoreSave};

use super::stores::{decides_access, is_best_effort, is_expendable};
use crate::reached::reach_of;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    // A function that saves several files is repaired once.
    let mut seen = BTreeSet::new();
    for store in project.file_stores().iter().filter(|store| !is_expendable(store)) {
        for save in store.saves.iter().filter(|save| save.kind == SaveKind::InPlace) {
            let is_reached = project
                .file(save.function.file)
                .is_some_and(|file| reach_of(project, file, save.function.id).is_some());
            if is_reached && seen.insert(save.function) {
                report(project, store, save, findings);
            }
        }
    }
}

fn report(project: &Project, store: &FileStore, save: &StoreSave, findings: &mut Findings) {
    let Some(file) = project.file(save.at.file) else { return };
    let name = &store.name;
    let what = if decides_access(store) { ", and with it who may do what" } else { "" };
    let message = format!(
        "A crash during this write leaves `{name}` cut off{what}; write to a temporary file beside it and `os.replace` it."
    );
    let anchor = format!("{}: {name}", file.context_name(save.at.expr));
    let mut report = findings.report(file.at_expr(save.at.expr), anchor, message);
    if let Some(load) = store.loads.first() {
        report = report.also(project.at(load.at), "it is loaded again here");
    }
    if decides_access(store) {
        report = report.severity(Severity::High);
    }
    if is_best_effort(file, save.at.expr) {
        report.audience(Audience::Pedantic);
    }
}
