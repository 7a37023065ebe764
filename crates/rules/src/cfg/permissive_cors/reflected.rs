//! Answers that let in whichever origin asks.

use backlint_finding::{Audience, Confidence, Findings, Severity};
use backlint_model::{File, Project};
use backlint_semantic::{Call, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId};

use super::{login_cookie, with_credentials};
use crate::expressions::{assigned_value, label, literal};

/// `response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin")` beside the header for credentials.
pub(super) fn check(project: &Project, findings: &mut Findings) {
    for file in project.reported_files().filter(|file| file.module().symbol("headers").is_some()) {
        let module = file.module();
        for stmt in module.stmt_ids() {
            let Some(value) = header_value(file, stmt, "access-control-allow-origin") else { continue };
            if !is_origin(file, value) || file.is_dev_only(value) || is_chosen(file, stmt) {
                continue;
            }
            let Some(function) = file.index().function_of_stmt(stmt) else { continue };
            if !sends_credentials(file, module.body(function)) {
                continue;
            }
            let anchor = format!("{}: origin", file.qualified_name(function));
            let cookies = login_cookie(project, file);
            let report = findings.report(file.at_stmt(stmt), anchor, with_credentials("", cookies));
            match cookies {
                Some(at) => report.also(at, "a cookie that browsers send along"),
                None => report.severity(Severity::Medium).confidence(Confidence::Medium).audience(Audience::Pedantic),
            };
        }
    }
}

/// What the statement sets this header to.
fn header_value(file: File<'_>, stmt: StmtId, name: &str) -> Option<ExprId> {
    let module = file.module();
    let Stmt::Assign { targets, value } = module.stmt(stmt) else { return None };
    let &[target] = module.list(targets) else { return None };
    let Expr::Subscript { value: holder, index } = module.expr(target) else { return None };
    let is_header = label(file, holder) == Some("headers");
    let is_named = literal(file, index).is_some_and(|key| key.eq_ignore_ascii_case(name));
    (is_header && is_named).then_some(value)
}

/// Whether a condition looks at more than the presence of the origin.
fn is_chosen(file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    file.index().stmt_ancestors(stmt).any(|parent| {
        let Stmt::If { clauses, .. } = module.stmt(parent.stmt) else { return false };
        let tests = module.list(clauses).iter().map(|clause| module.expr(clause.test));
        tests.into_iter().any(|test| !matches!(test, Expr::Name(_)))
    })
}

fn sends_credentials(file: File<'_>, body: &[StmtId]) -> bool {
    own_statements(file.module(), body).into_iter().any(|stmt| {
        let value = header_value(file, stmt, "access-control-allow-credentials");
        value.and_then(|value| literal(file, value)).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    })
}

/// `request.headers.get("Origin")`, `request.headers["origin"]`, `request.origin`, or a name for one.
fn is_origin(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let value = assigned_value(file, expr).unwrap_or(expr);
    let key = Call::of(module, value).and_then(|call| call.positional(0)).or(match module.expr(value) {
        Expr::Subscript { index, .. } => Some(index),
        _ => None,
    });
    let text = file.text_of(value);
    let is_header = key.and_then(|key| literal(file, key)).is_some_and(|key| key.eq_ignore_ascii_case("origin"));
    text.contains("request") && (is_header && text.contains("headers") || text.ends_with("request.origin"))
}
