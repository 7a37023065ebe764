//! PROC003: `command-injection`.

use backlint_finding::{Findings, Severity};
use backlint_model::{Flow, Hazard, Project};
use backlint_syntax::ast::Expr;

use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for flow in flows::deployed(project, Hazard::Command) {
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
}

/// Whether the value is the first element of the list that starts a program.
fn is_program(project: &Project, flow: &Flow) -> bool {
    let Some(file) = project.file(flow.at.file) else { return false };
    let module = file.module();
    let around = file.index().parent(flow.at.expr).map(|around| module.expr(around));
    matches!(around, Some(Expr::List(items) | Expr::Tuple(items)) if module.list(items).first() == Some(&flow.at.expr))
}
