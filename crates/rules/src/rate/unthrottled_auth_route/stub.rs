//! Handlers that have nothing to limit: they refuse, or answer without doing what they are named for.

use std::collections::BTreeSet;

use backlint_model::words::{self, snake_case};
use backlint_model::{Entity, File, FunctionRef, Project};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{Expr, Stmt};

use super::Purpose;
use crate::idle::{is_idle, is_idle_call};
use crate::logging::is_log_call;

/// How many calls deep a handler may hide what it does.
const MAX_DEPTH: u32 = 3;

pub(super) fn is_stub(project: &Project, handler: FunctionRef, purpose: Purpose) -> bool {
    let Some(file) = project.file(handler.file) else { return false };
    only_refuses(file, handler)
        || is_idle(project, file, handler) && !compares(file, handler)
        || purpose == Purpose::Send && sends_nothing(project, handler)
}

/// `abort(501)` and nothing else.
fn only_refuses(file: File<'_>, handler: FunctionRef) -> bool {
    let module = file.module();
    let mut stmts = module.body(handler.id).iter().copied().filter(|&stmt| !file.is_documentation(stmt));
    match (stmts.next().map(|stmt| module.stmt(stmt)), stmts.next()) {
        (Some(Stmt::Raise { .. } | Stmt::Pass), None) => true,
        (Some(Stmt::Expr(only)), None) => Call::of(module, only).is_some_and(|call| call.name() == Some("abort")),
        _ => false,
    }
}

/// Whether the handler holds what it is given against anything.
fn compares(file: File<'_>, handler: FunctionRef) -> bool {
    let module = file.module();
    let stmts = own_statements(module, module.body(handler.id)).into_iter();
    let mut parts = stmts.flat_map(|stmt| expressions_of(module, stmt)).flat_map(|expr| descendants(module, expr));
    parts.any(|expr| matches!(module.expr(expr), Expr::Compare { .. }))
}

/// Whether the handler, and whatever it calls or starts, only logs and makes tokens that go nowhere.
fn sends_nothing(project: &Project, handler: FunctionRef) -> bool {
    let mut seen = BTreeSet::new();
    let mut level = vec![handler];
    for _ in 0..=MAX_DEPTH {
        level.retain(|function| seen.insert(*function));
        let mut next = Vec::new();
        for &function in &level {
            let Some(file) = project.file(function.file) else { return false };
            for call in project.calls_in(function) {
                match quiet(project, file, call) {
                    Quiet::Yes => {}
                    Quiet::If(called) => next.push(called),
                    Quiet::No => return false,
                }
            }
        }
        level = next;
        if level.is_empty() {
            return true;
        }
    }
    false
}

/// Whether nobody outside learns of a call.
enum Quiet {
    Yes,
    /// If nobody learns of this function.
    If(FunctionRef),
    No,
}

fn quiet(project: &Project, file: File<'_>, call: Call<'_>) -> Quiet {
    if makes_token(project, file, call) {
        return Quiet::Yes;
    }
    let resolved = |expr| project.resolve(file.id(), expr).function();
    if let Some(function) = resolved(call.function) {
        return Quiet::If(function);
    }
    if call.name() == Some("add_task") {
        return call.positional(0).and_then(resolved).map_or(Quiet::No, Quiet::If);
    }
    // Fields of schemas have types of their own, whose methods are those of texts.
    let is_text = call.receiver().is_some() && matches!(call.name(), Some("format" | "lower" | "strip" | "upper"));
    if is_text || is_log_call(file, call) || is_idle_call(project, file, call) { Quiet::Yes } else { Quiet::No }
}

/// `jwt.encode(…)`, also where the library is one of several; `create_reset_token(…)`, wherever it comes from.
fn makes_token(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    const MAKES: &[&str] = &["build", "create", "encode", "generate", "make", "mint"];
    let is_named_so = || {
        let name = snake_case(call.name().unwrap_or_default());
        name.split('_').next().is_some_and(|verb| MAKES.contains(&verb)) && words::has_word(&name, "token")
    };
    match project.resolve(file.id(), call.function) {
        Entity::External(path) => ["jwt.", "jose.", "itsdangerous."].iter().any(|start| path.starts_with(start)),
        _ => {
            call.receiver().is_some_and(|receiver| matches!(file.text_of(receiver), "jwt" | "jose.jwt"))
                || is_named_so()
        }
    }
}
