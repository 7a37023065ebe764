//! DB011: a change that leaves no entry in the audit log, while nearly all others do.

mod changing;

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{Cohort, FunctionRef, Project, Spread};

use crate::db::audits::AuditTrail;
use changing::{Changing, changing_functions, unread_actor};

/// From how many changing functions on, and which share of them, makes the log a habit.
const HABIT_MEMBERS: usize = 5;
const HABIT_PERCENT: usize = 70;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.row_changes().is_empty() {
        return;
    }
    let trail = AuditTrail::of(project);
    if trail.is_automatic() {
        return;
    }
    let changing = changing_functions(project);
    let members = changing.iter().map(|changing| changing.function).collect();
    let cohort = Cohort { subject: "functions that change rows".to_owned(), members };
    let spread = cohort.spread(|function| trail.covers(project, function));
    if spread.is_shared(HABIT_PERCENT, HABIT_MEMBERS) {
        report_outliers(project, &trail, &spread, findings);
        return;
    }
    let traceless = changing.iter().filter(|changing| changing.removes_by_mark && !changing.keeps_who_or_when);
    for changing in traceless.filter(|changing| spread.lack.contains(&changing.function)) {
        report_removal(project, changing, findings);
    }
}

fn report_outliers(project: &Project, trail: &AuditTrail, spread: &Spread<FunctionRef>, findings: &mut Findings) {
    let example = trail.example(&spread.have);
    for &function in &spread.lack {
        let Some(file) = project.file(function.file) else { continue };
        let name = file.function_name(function.id);
        let actor = unread_actor(file, function).map_or(String::new(), |actor| format!(" It never reads `{actor}`."));
        let message = format!(
            "`{name}` changes rows and leaves no audit entry; {} functions that change rows do.{actor}",
            spread.ratio()
        );
        let report = findings.report(file.at_function(function.id), file.qualified_name(function.id), message);
        if let Some((example, shown)) = example.and_then(|example| Some((example, project.file(example.file)?))) {
            report.also(shown.at_function(example.id), "this one records what it does");
        }
    }
}

fn report_removal(project: &Project, removing: &Changing, findings: &mut Findings) {
    let FunctionRef { file, id } = removing.function;
    let Some(file) = project.file(file) else { return };
    let actor = unread_actor(file, removing.function).map_or(String::new(), |actor| format!(" `{actor}` is at hand."));
    let message = format!(
        "`{}` marks the row as deleted and keeps neither who did so nor when, in the row or in a log.{actor}",
        file.function_name(id)
    );
    findings
        .report(file.at_function(id), file.qualified_name(id), message)
        .severity(Severity::Note)
        .audience(Audience::Auditor);
}
