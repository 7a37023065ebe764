//! EXC003: an except clause that names no type.

use backlint_finding::{Findings, Severity};
use backlint_model::File;
use backlint_syntax::Module;
use backlint_syntax::ast::{Body, Stmt, StmtId};

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if !file.role().is_reported() {
        return;
    }
    let module = file.module();
    for stmt in module.stmt_ids() {
        let Stmt::Try { handlers, .. } = module.stmt(stmt) else { continue };
        let Some(clause) = module.list(handlers).iter().find(|clause| clause.kind.is_none()) else { continue };
        if ends_in_raise(module, clause.body) || module.is_broken_in(clause.span) {
            continue;
        }
        let is_dropped = drops_error(file, clause.body);
        let end = if is_dropped { " and drops it" } else { "" };
        let message = format!(
            "This also catches `KeyboardInterrupt`, `SystemExit` and the time limit of a task{end}; name the errors that are expected here, or write `except Exception`."
        );
        let report = findings.report(file.at(clause.header), anchor(file, stmt), message);
        report.severity(if is_dropped { Severity::Medium } else { Severity::Low });
    }
}

/// Whether a clause ends in an error: its own, or another one.
pub(super) fn ends_in_raise(module: &Module, body: Body) -> bool {
    module.list(body).last().is_some_and(|&last| matches!(module.stmt(last), Stmt::Raise { .. }))
}

/// Whether nothing happens in the clause but leaving it; an answer with an error at least says that something failed.
fn drops_error(file: File<'_>, body: Body) -> bool {
    let module = file.module();
    let is_exit = |&stmt: &StmtId| {
        matches!(module.stmt(stmt), Stmt::Pass | Stmt::Continue | Stmt::Return(_)) && !file.always_raises(stmt)
    };
    module.list(body).iter().all(is_exit)
}

fn anchor(file: File<'_>, stmt: StmtId) -> String {
    let function = file.index().function_of_stmt(stmt);
    function.map_or_else(|| "<module>".to_owned(), |function| file.qualified_name(function))
}
