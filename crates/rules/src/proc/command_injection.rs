//! PROC003: `command-injection`.

mod built;

use std::collections::BTreeSet;

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{File, Flow, Hazard, Project};
use backlint_syntax::ast::Expr;

use crate::flows;
use built::Line;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for flow in flows::deployed(project, Hazard::Command) {
        told.insert((flow.at.file, project.file(flow.at.file).and_then(|file| file.index().stmt_of(flow.at.expr))));
        let (name, what) = (&flow.name, &flow.what);
        if is_program(project, flow) {
            let message = format!("`{name}` from {what} chooses the program that is run");
            flows::report(project, findings, flow, message, "it is run");
        } else {
            let message = format!(
                "`{name}` from {what} becomes part of a line that a shell reads: it can run commands of its own"
            );
            flows::report(project, findings, flow, message, "a shell reads it");
        }
    }
    for flow in flows::deployed(project, Hazard::Argument) {
        let message = format!(
            "`{}` from {} becomes an argument of a program, which takes it for an option if it begins with a dash; put `--` in front of it",
            flow.name, flow.what
        );
        flows::report(project, findings, flow, message, "the program reads it").severity(Severity::Medium);
    }
    for file in project.app_files() {
        for line in built::lines(project, file) {
            if !told.contains(&(file.id(), file.index().stmt_of(line.given))) && !file.is_dev_only(line.given) {
                report_line(file, &line, findings);
            }
        }
    }
}

/// A line of which it is not known who decides a part of it.
fn report_line(file: File<'_>, line: &Line, findings: &mut Findings) {
    let message = format!(
        "`{}` becomes part of a line that a shell reads: whoever decides it can run commands; quote it with \
         `shlex.quote`, or pass a list without a shell",
        file.text_of(line.piece)
    );
    let report = findings.report(file.at_expr(line.given), file.context_name(line.given), message);
    report.severity(Severity::Medium).audience(Audience::Pedantic);
}

/// Whether the value is the first element of the list that starts a program.
fn is_program(project: &Project, flow: &Flow) -> bool {
    let Some(file) = project.file(flow.at.file) else { return false };
    let module = file.module();
    let around = file.index().parent(flow.at.expr).map(|around| module.expr(around));
    matches!(around, Some(Expr::List(items) | Expr::Tuple(items)) if module.list(items).first() == Some(&flow.at.expr))
}
