//! Whether a piece of code reads who is calling, and whether configuration can switch a check off.

use std::sync::LazyLock;

use backlint_semantic::{BindingKind, Block, descendants};
use backlint_syntax::ast::{BoolOp, CompareOp, Expr, ExprId, Stmt, StmtId, UnaryOp};
use serde::Deserialize;

use super::exits::all_statements;
use crate::resolve::FunctionRef;
use crate::{File, Project};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    words: Vec<String>,
}

static DATA: LazyLock<Data> = LazyLock::new(|| crate::words::load(include_str!("../../../data/identity.toml")));

/// Whether the code of a function reads an identity.
pub(crate) fn reads_identity(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let span = file.module().stmt_span(file.function(function.id).stmt);
    let text = file.slice(span).to_ascii_lowercase();
    DATA.words.iter().any(|word| text.contains(word.as_str()))
}

/// Whether the function lets every caller pass when some setting says so.
pub(crate) fn has_bypass(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let module = file.module();
    all_statements(file, function).into_iter().any(|stmt| match module.stmt(stmt) {
        Stmt::If { clauses, .. } => module.list(clauses).iter().any(|clause| {
            let passes = module.list(clause.body).iter().any(|&s| matches!(module.stmt(s), Stmt::Return(_)));
            passes && is_setting_test(file, clause.test)
        }),
        _ => false,
    })
}

/// A test of settings only: no identity in it.
fn is_setting_test(file: File<'_>, test: ExprId) -> bool {
    let text = file.text_of(test).to_ascii_lowercase();
    let names_setting = ["settings.", "config", "getenv", "environ", "enable", "disable", "debug"].iter();
    let reads_request = ["request.", "session", "user", "header", "cookie"];
    names_setting.into_iter().any(|word| text.contains(word)) && !reads_request.iter().any(|word| text.contains(word))
}

/// Whether an exit is reached by callers only who showed some identity: it stands inside `if token: …` or
/// `if authenticated(): …`, so whoever shows none walks past it. A call in the condition right around the exit may be
/// the check itself, so there only plain values count.
pub(crate) fn spares_anonymous(file: File<'_>, exit: StmtId) -> bool {
    let module = file.module();
    let mut is_nearest = true;
    for parent in file.index().stmt_ancestors(exit) {
        let (Stmt::If { clauses, .. }, Block::Clause(number)) = (module.stmt(parent.stmt), parent.block) else {
            continue;
        };
        let Some(clause) = module.list(clauses).get(number as usize) else { continue };
        if shows_identity(file, clause.test, is_nearest) {
            return true;
        }
        is_nearest = false;
    }
    false
}

/// Whether the conditions around an exit look at who is calling. An exit without condition is the last resort of the
/// function, so it does if the function does.
pub(crate) fn looks_at_caller(file: File<'_>, exit: StmtId) -> bool {
    let module = file.module();
    let mut text = String::new();
    for parent in file.index().stmt_ancestors(exit) {
        match module.stmt(parent.stmt) {
            Stmt::If { clauses, .. } => {
                for clause in module.list(clauses) {
                    add_condition(file, clause.test, &mut text);
                }
            }
            Stmt::Try { .. } => text.push_str(file.slice(module.stmt_span(parent.stmt))),
            Stmt::Function(_) => break,
            _ => {}
        }
    }
    let text = text.to_ascii_lowercase();
    let is_forgery_check = ["csrf", "xsrf", "nonce"].iter().any(|word| text.contains(word));
    !is_forgery_check && (text.is_empty() || DATA.words.iter().any(|word| text.contains(word.as_str())))
}

/// A condition, and what the plain names in it were assigned from.
fn add_condition(file: File<'_>, test: ExprId, text: &mut String) {
    let module = file.module();
    text.push_str(file.text_of(test));
    text.push(' ');
    for expr in descendants(module, test) {
        let Expr::Name(name) = module.expr(expr) else { continue };
        for binding in file.index().lookup(file.index().scope_of_name(expr), name) {
            if let BindingKind::Assign { value: Some(value), .. } | BindingKind::Unpack { value } = binding.kind {
                text.push_str(file.text_of(value));
                text.push(' ');
            }
        }
    }
}

/// Whether a function answers `None` to a caller without identity before it checks anything.
pub(crate) fn lets_anonymous_pass(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let module = file.module();
    module.body(function.id).iter().any(|&stmt| {
        let Stmt::If { clauses, .. } = module.stmt(stmt) else { return false };
        module.list(clauses).iter().any(|clause| {
            let returns_none = module.list(clause.body).last().is_some_and(|&last| match module.stmt(last) {
                Stmt::Return(value) => value.is_none_or(|value| module.expr(value) == Expr::None),
                _ => false,
            });
            returns_none && misses_identity(file, clause.test)
        })
    })
}

/// A test that holds when no identity is there: `token is None`, `not credentials`.
fn misses_identity(file: File<'_>, test: ExprId) -> bool {
    let module = file.module();
    match module.expr(test) {
        Expr::Unary { op: UnaryOp::Not, operand } => names_identity(file, operand),
        Expr::Compare { left, rest } => match module.list(rest) {
            [only] => only.op == CompareOp::Is && module.expr(only.right) == Expr::None && names_identity(file, left),
            _ => false,
        },
        _ => false,
    }
}

/// A test that holds when an identity is there: `token`, `user is not None`, `authed()`, alone or as part of an `and`.
fn shows_identity(file: File<'_>, test: ExprId, values_only: bool) -> bool {
    let module = file.module();
    match module.expr(test) {
        Expr::Name(_) | Expr::Attribute { .. } | Expr::Subscript { .. } => names_identity(file, test),
        Expr::Call { .. } => !values_only && names_identity(file, test),
        Expr::Bool { op: BoolOp::And, values } => {
            module.list(values).iter().any(|&value| shows_identity(file, value, values_only))
        }
        Expr::Compare { left, rest } => match module.list(rest) {
            [only] => {
                only.op == CompareOp::IsNot && module.expr(only.right) == Expr::None && names_identity(file, left)
            }
            _ => false,
        },
        Expr::Named { value, .. } => shows_identity(file, value, values_only),
        _ => false,
    }
}

fn names_identity(file: File<'_>, expr: ExprId) -> bool {
    let text = file.text_of(expr).to_ascii_lowercase();
    ["token", "user", "auth", "session", "credential", "api_key", "jwt", "login", "logged"]
        .iter()
        .any(|w| text.contains(w))
}
