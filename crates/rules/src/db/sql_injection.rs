//! DB019: `sql-injection`.

mod built;

use std::collections::BTreeSet;

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::words::{has_word, snake_case};
use backlint_model::{Flow, Hazard, Project};

use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for flow in flows::deployed(project, Hazard::Sql) {
        told.insert(project.at(flow.at));
        let message = format!("`{}` from {} becomes part of the SQL text", flow.name, flow.what);
        let report = flows::report(project, findings, flow, message, "it becomes part of a statement");
        if is_console(flow) {
            report.audience(Audience::Pedantic);
        }
    }
    for file in project.reported_files() {
        for statement in built::statements(file) {
            let at = file.at_expr(statement.given);
            if told.contains(&at) {
                continue;
            }
            let message = format!(
                "`{}` becomes part of the SQL text: whoever decides it decides what is executed; bind it, or look it up in a list",
                file.text_of(statement.piece)
            );
            findings
                .report(at, file.context_name(statement.given), message)
                .severity(Severity::Medium)
                .audience(Audience::Pedantic);
        }
    }
}

/// Whether what the client sends is called SQL: a console, which adds its own limits to a statement that it is there to run.
fn is_console(flow: &Flow) -> bool {
    has_word(&snake_case(&flow.name), "sql")
}
