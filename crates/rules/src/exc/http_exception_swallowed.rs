//! EXC004: an HTTP error that does not reach the client.

mod middleware;
mod raised;

use backlint_finding::{Audience, Findings};
use backlint_model::{Entity, File, Project};
use backlint_semantic::{Call, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId};

use super::answer::{error_status, returned_status};
use super::clause::{Clause, broad_clauses, expressions_in};
use crate::expressions::label;
use crate::logging::is_log_call;
use raised::{HttpError, http_class, http_errors, raised_error};

/// More than this many in one module are a habit, and one finding.
const HABIT: usize = 3;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        let swallowed: Vec<(Clause<'_>, HttpError)> = broad_clauses(file)
            .into_iter()
            .filter(|clause| is_last_word(project, clause))
            .filter_map(|clause| swallowed(project, &clause).map(|error| (clause, error)))
            .collect();
        let (told, others): (Vec<_>, Vec<_>) =
            swallowed.into_iter().partition(|(clause, _)| tells_failure(project, clause));
        if told.len() > HABIT {
            report_habit(file, &told, findings);
        } else {
            report_each(project, &told, findings);
        }
        report_each(project, &others, findings);
        middleware::check(project, file, findings);
    }
}

fn report_each(project: &Project, swallowed: &[(Clause<'_>, HttpError)], findings: &mut Findings) {
    for (clause, error) in swallowed {
        report(project, clause, error, findings);
    }
}

fn report(project: &Project, clause: &Clause<'_>, error: &HttpError, findings: &mut Findings) {
    let file = clause.file;
    let line = file.line(file.module().span(error.at).start);
    let what = match error.status {
        Some(status) => format!("The {status} of `{}` (line {line})", error.what),
        None => format!("The HTTP error of `{}` (line {line})", error.what),
    };
    let fate = match answered_status(project, clause) {
        Some(status) => format!("is caught here and answered as {status}"),
        None => "is caught here and never reaches the client".to_owned(),
    };
    let message =
        format!("{what} {fate}; put `except HTTPException: raise` before this clause, or raise it outside the block.");
    let anchor = format!("{}: {}", clause.context(), error.what);
    let report = findings.report(file.at(clause.at), anchor, message).also(file.at_expr(error.at), "raised here");
    if !tells_failure(project, clause) {
        // What follows the block may be meant as the answer to both.
        report.audience(Audience::Pedantic);
    }
}

/// Whether the client gets an error, if not the right one.
fn tells_failure(project: &Project, clause: &Clause<'_>) -> bool {
    answered_status(project, clause).is_some_and(|status| status >= 400)
}

fn report_habit(file: File<'_>, swallowed: &[(Clause<'_>, HttpError)], findings: &mut Findings) {
    let Some(((first, error), others)) = swallowed.split_first() else { return };
    let message = format!(
        "{} clauses of this module catch the HTTP errors that their own blocks raise and answer something else; put `except HTTPException: raise` before them, or raise outside the blocks.",
        swallowed.len()
    );
    let mut report = findings.report(file.at(first.at), "<module>", message);
    report = report.also(file.at_expr(error.at), "raised here, and caught by the first of them");
    for (clause, _) in others {
        report = report.also(file.at(clause.at), "and here");
    }
}

/// Whether the clause decides what becomes of the error: it raises no error of its block again and does not look at its
/// kind, and the errors of one turn of a loop are nobody else's business.
fn is_last_word(project: &Project, clause: &Clause<'_>) -> bool {
    let file = clause.file;
    let module = file.module();
    if !matches!(module.stmt(clause.stmt), Stmt::Try { .. }) || clause.enclosing_loop().is_some() {
        return false;
    }
    let raises_it = |exception: Option<ExprId>| {
        exception.is_none_or(|raised| matches!(module.expr(raised), Expr::Name(name) if Some(name) == clause.name))
    };
    let is_raised_again = clause.handling_statements().into_iter().any(|stmt| match module.stmt(stmt) {
        Stmt::Raise { exception, .. } => raises_it(exception),
        _ => false,
    });
    !is_raised_again && !inspects(project, clause)
}

/// Whether the clause asks what kind of error it has, or hands it to something that may.
fn inspects(project: &Project, clause: &Clause<'_>) -> bool {
    const ATTRIBUTES: &[&str] =
        &["__class__", "code", "description", "detail", "get_response", "headers", "response", "status_code"];
    let file = clause.file;
    let module = file.module();
    let Some(name) = clause.name else { return asks_for_current_error(clause) };
    expressions_in(file, clause.handling).into_iter().filter(|&expr| module.expr(expr) == Expr::Name(name)).any(
        |expr| {
            let Some(parent) = file.index().parent(expr) else {
                // `return error`: frameworks answer with it.
                return file.index().stmt_of(expr).is_some_and(|stmt| matches!(module.stmt(stmt), Stmt::Return(_)));
            };
            match module.expr(parent) {
                Expr::Attribute { name, .. } => ATTRIBUTES.contains(&module.text(name)),
                Expr::Call { .. } => Call::of(module, parent).is_some_and(|call| {
                    let is_text = matches!(call.name(), Some("format" | "format_exception" | "print" | "repr" | "str"));
                    // An error with a status of its own only keeps this one.
                    let is_kept =
                        || call.keyword("status_code").is_some() && http_class(project, file, call.function).is_some();
                    call.function != expr && !is_text && !is_log_call(file, call) && !is_recorded(call) && !is_kept()
                }),
                _ => false,
            }
        },
    ) || asks_for_current_error(clause)
}

fn is_recorded(call: Call<'_>) -> bool {
    matches!(call.name(), Some("capture_exception" | "record_exception" | "report_exception"))
}

fn asks_for_current_error(clause: &Clause<'_>) -> bool {
    clause.handling_calls().iter().any(|call| call.name() == Some("exc_info"))
}

/// The first HTTP error of the block that only the clause can catch, unless the client is told the same.
fn swallowed(project: &Project, clause: &Clause<'_>) -> Option<HttpError> {
    let earlier = earlier_kinds(clause);
    if earlier.iter().any(|&kind| takes_http_errors(clause.file, kind)) {
        return None;
    }
    // An error of the project may be one of any class of the project.
    let is_taken = earlier
        .iter()
        .any(|&kind| matches!(project.resolve(clause.file.id(), kind), Entity::Class(_) | Entity::Unknown));
    let answered = answered_status(project, clause);
    let is_same = |error: &HttpError| match (error.status, answered) {
        (Some(raised), Some(answered)) => raised == answered || raised >= 500 && answered >= 500,
        _ => false,
    };
    // A function may be asked just to learn whether it refuses; only where the client is told of a failure as well is the
    // other status none that was chosen.
    let is_told = |error: &HttpError| match error.status {
        _ if error.is_own => true,
        Some(_) => answered.is_some_and(|status| status >= 400),
        None => answered.is_some_and(|status| status >= 500),
    };
    let is_open = |error: &HttpError| error.class.is_none() || !is_taken;
    http_errors(project, clause).into_iter().find(|error| is_open(error) && !is_same(error) && is_told(error))
}

/// What the clauses before it catch.
fn earlier_kinds(clause: &Clause<'_>) -> Vec<ExprId> {
    let module = clause.file.module();
    let Stmt::Try { handlers, .. } = module.stmt(clause.stmt) else { return Vec::new() };
    let before = module.list(handlers).iter().filter(|handler| handler.span.start < clause.span.start);
    before.flat_map(|handler| clause.file.caught_by(handler)).copied().collect()
}

/// Whether the name of what is caught says that it may be HTTP errors; names that are built in are none.
fn takes_http_errors(file: File<'_>, kind: ExprId) -> bool {
    const WORDS: &[&str] = &["HTTP", "Http", "Abort", "NotFound", "Forbidden", "BadRequest", "Api", "API", "App"];
    label(file, kind).is_some_and(|name| WORDS.iter().any(|word| name.contains(word)))
}

/// The status that the clause answers with, if it says one.
fn answered_status(project: &Project, clause: &Clause<'_>) -> Option<u16> {
    let file = clause.file;
    let module = file.module();
    own_statements(module, clause.handling).into_iter().find_map(|stmt: StmtId| match module.stmt(stmt) {
        Stmt::Return(Some(value)) => returned_status(file, value).or_else(|| error_status(file, value)),
        Stmt::Raise { exception: Some(raised), .. } => {
            error_status(file, raised).or_else(|| raised_error(project, file, raised)?.status)
        }
        Stmt::Expr(value) => error_status(file, value),
        _ => None,
    })
}
