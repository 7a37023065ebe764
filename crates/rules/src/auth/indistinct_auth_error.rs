//! AUTH011: rejections of a login that differ in meaning but only in their text.

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::{File, words};
use backlint_semantic::{Call, own_statements};
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt, StmtId};

use crate::expressions::literal;
use crate::handlers::handler_path;

/// Words in the names of handlers that tell who somebody is.
const WORDS: &[&str] = &["authenticate", "login", "otp", "register", "reset", "signin", "signup", "token", "verify"];

/// Status codes of rejections, by number and by name.
const STATUSES: &[(&str, &str)] = &[("400", "BAD_REQUEST"), ("401", "UNAUTHORIZED"), ("403", "FORBIDDEN")];

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if !file.role().is_reported() {
        return;
    }
    for function in file.module().function_ids() {
        if !is_auth_handler(file, function) {
            continue;
        }
        let mut by_status: BTreeMap<&str, Vec<Rejection<'_>>> = BTreeMap::new();
        for stmt in own_statements(file.module(), file.module().body(function)) {
            if let Some(rejection) = rejection(file, stmt) {
                by_status.entry(rejection.status).or_default().push(rejection);
            }
        }
        for (status, rejections) in by_status {
            report(file, function, status, &rejections, findings);
        }
    }
}

fn is_auth_handler(file: File<'_>, function: FunctionId) -> bool {
    let Some(path) = handler_path(file, function) else { return false };
    let path = path.replace(['/', '-'], "_");
    let names = [file.function_name(function), path.as_str()];
    names.iter().any(|name| WORDS.iter().any(|word| words::has_word(name, word)) || name.contains("sign_in"))
}

/// An answer that sends the client away.
struct Rejection<'p> {
    status: &'static str,
    /// What it says; none if it says it in a form with a code.
    text: Option<&'p str>,
    stmt: StmtId,
}

fn rejection(file: File<'_>, stmt: StmtId) -> Option<Rejection<'_>> {
    let module = file.module();
    let (status, said) = match module.stmt(stmt) {
        Stmt::Raise { exception: Some(raised), .. } => {
            let call = Call::of(module, raised).filter(|call| call.name() == Some("HTTPException"))?;
            (call.argument("status_code", 0)?, call.argument("detail", 1)?)
        }
        Stmt::Expr(expr) => {
            let call = Call::of(module, expr).filter(|call| call.name() == Some("abort"))?;
            (call.positional(0)?, call.argument("description", 1).or_else(|| Some(call.keyword("message")?.value))?)
        }
        Stmt::Return(Some(value)) => {
            let Expr::Tuple(parts) = module.expr(value) else { return None };
            let &[body, status] = module.list(parts) else { return None };
            (status, only_value(file, body)?)
        }
        _ => return None,
    };
    let written = file.text_of(status);
    let (status, _) = STATUSES.iter().find(|(number, name)| written == *number || written.ends_with(name))?;
    Some(Rejection { status, text: literal(file, said), stmt })
}

/// What the one entry of `jsonify({"error": …})` says; the body itself if it has more, such as a code.
fn only_value(file: File<'_>, body: ExprId) -> Option<ExprId> {
    let module = file.module();
    let call = Call::of(module, body);
    if let Some([only]) = call.filter(|call| call.name() == Some("jsonify")).map(|call| call.args)
        && !matches!(module.expr(only.value), Expr::Dict(_))
    {
        return Some(only.value);
    }
    let dict = call.map_or(Some(body), |call| call.positional(0))?;
    let Expr::Dict(entries) = module.expr(dict) else { return None };
    match module.list(entries) {
        [only] => Some(only.value),
        _ => Some(dict),
    }
}

fn report(file: File<'_>, function: FunctionId, status: &str, rejections: &[Rejection<'_>], findings: &mut Findings) {
    let mut texts: Vec<&str> = rejections.iter().filter_map(|rejection| rejection.text).collect();
    if texts.len() < rejections.len() {
        // Something carries more than a text.
        return;
    }
    texts.sort_unstable();
    texts.dedup();
    let (Some(first), 2..) = (rejections.first(), texts.len()) else { return };
    let message = format!(
        "Clients can tell the {} answers with {status} apart by their text only; give each a code. Reveal the state of \
         an account only after the password was verified.",
        texts.len()
    );
    let at = |stmt: StmtId| file.at(file.first_line(file.module().stmt_span(stmt)));
    let mut report = findings.report(at(first.stmt), format!("{}: {status}", file.qualified_name(function)), message);
    for other in rejections.iter().skip(1).filter(|other| other.text != first.text) {
        report = report.also(at(other.stmt), "means something else");
    }
}
