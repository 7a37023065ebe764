//! Form (d): errors of a server that are printed.

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{File, FunctionRef, Project, Reach};
use backlint_semantic::Block;
use backlint_syntax::ast::{ExprId, Stmt};

/// One finding for each file, at the first print.
pub(super) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        let printed = file.calls_named(&["print"]).filter(|call| call.receiver().is_none());
        let mut lost = printed.filter(|call| is_in_handler(file, call.expr) && serves(project, file, call.expr));
        let Some(first) = lost.next() else { continue };
        let more = lost.count();
        let others = match more {
            0 => String::new(),
            1 => ", as is 1 more in this file".to_owned(),
            more => format!(", as are {more} more in this file"),
        };
        let message = format!(
            "An error is printed here{others}: without level, time and logger it can neither be filtered nor raise an \
             alarm."
        );
        let report = findings.report(file.at_expr(first.expr), file.context_name(first.expr), message);
        report.severity(Severity::Low).audience(Audience::Pedantic);
    }
}

fn is_in_handler(file: File<'_>, expr: ExprId) -> bool {
    let Some(stmt) = file.index().stmt_of(expr) else { return false };
    file.index().stmt_ancestors(stmt).any(|parent| {
        matches!(parent.block, Block::Handler(_)) && matches!(file.module().stmt(parent.stmt), Stmt::Try { .. })
    })
}

fn serves(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    let function = file.index().function_of(expr);
    function.is_some_and(|id| project.reach(FunctionRef { file: file.id(), id }) == Some(Reach::Request))
}
