//! Functions that take a refresh token and give new tokens for it.

use std::collections::BTreeSet;

use backlint_model::{File, FunctionRef, GuardLink, Project, Verdict, words};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use super::{OTHERS, is_mark};
use crate::expressions::literal;
use crate::parameters::body_expressions;
use crate::tokens::{TokenCall, Tokens};

/// How many calls away new tokens may be made, and the old one be checked.
const MAX_DEPTH: u32 = 3;

/// Words of code that keeps refresh tokens, or takes them back.
const STORES: &[&str] = &[
    "blacklist",
    "blacklisted",
    "blocklist",
    "denylist",
    "revocation",
    "revoke",
    "revoked",
    "rotate",
    "rotation",
    "stored",
];

/// A place where refresh tokens are used.
pub(super) struct Redeemer {
    pub(super) read: TokenCall,
    pub(super) mint: Location,
    /// Whether something on the way may look at what the server remembers.
    pub(super) may_check: bool,
}

/// The functions that read a token, make new ones, and speak of refreshing; each once.
pub(super) fn redeemers(project: &Project, tokens: &Tokens) -> Vec<Redeemer> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for read in &tokens.reads {
        let Some(file) = project.file(read.function.file) else { continue };
        if !speaks_of_refreshing(file, read.function) || !seen.insert(read.function) {
            continue;
        }
        let Some(mint) = mint(project, tokens, read) else { continue };
        found.push(Redeemer { read: *read, mint, may_check: may_check(project, tokens, read) });
    }
    found
}

fn speaks_of_refreshing(file: File<'_>, function: FunctionRef) -> bool {
    let name = words::snake_case(file.function_name(function.id));
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt)).to_ascii_lowercase();
    text.contains("refresh") && !OTHERS.iter().any(|word| words::has_word(&name, word))
}

/// Where a function makes new tokens: its own call, or that of a function which does. The call that reads the old token
/// does not count: a function which does both is the one that redeems it.
fn mint(project: &Project, tokens: &Tokens, read: &TokenCall) -> Option<Location> {
    let function = read.function;
    let file = project.file(function.file)?;
    if let Some(own) = tokens.encodes.iter().find(|encode| encode.function == function) {
        return Some(file.at(file.first_line(file.module().span(own.call))));
    }
    let makes =
        |callee: FunctionRef| project.called_within(callee, MAX_DEPTH - 1).iter().any(|&(_, f)| tokens.mints(f));
    let callee = project.callees(function).iter().find(|callee| callee.call != read.call && makes(callee.function))?;
    Some(file.at(file.first_line(file.module().span(callee.call))))
}

/// Whether the function, what it calls, what calls it, or a guard in front of them may look at what the server remembers
/// of the token.
fn may_check(project: &Project, tokens: &Tokens, read: &TokenCall) -> bool {
    let on_the_way = callers(project, read.function);
    let called = project.called_within(read.function, MAX_DEPTH).into_iter().map(|(_, function)| function);
    let is_guarded = project.routes().iter().any(|route| {
        let handles = route.handler.function().is_some_and(|handler| on_the_way.contains(&handler));
        handles
            && route.guards.iter().any(|guard| {
                guard.verdict >= Verdict::Unknown && !matches!(guard.link, GuardLink::Body | GuardLink::Signature)
            })
    });
    let mut functions: BTreeSet<FunctionRef> =
        called.filter(|&function| function == read.function || !tokens.mints(function)).collect();
    functions.extend(&on_the_way);
    is_guarded
        || hands_token_on(project, tokens, read)
        || functions
            .into_iter()
            .any(|function| project.file(function.file).is_none_or(|file| remembers(file, function)))
}

/// A function, and those that call it.
fn callers(project: &Project, function: FunctionRef) -> BTreeSet<FunctionRef> {
    let mut found = BTreeSet::new();
    let mut level = vec![function];
    for _ in 0..=MAX_DEPTH {
        level.retain(|&function| found.insert(function));
        level = level.iter().flat_map(|&function| project.callers(function)).map(|caller| caller.function).collect();
    }
    found
}

/// Whether a function reads a claim by which tokens are taken back, or speaks of a store of them.
fn remembers(file: File<'_>, function: FunctionRef) -> bool {
    let module = file.module();
    body_expressions(file, function.id).into_iter().any(|expr| {
        let named = |name: &str| {
            let snake = words::snake_case(name);
            is_mark(&snake) && snake != "version" || STORES.iter().any(|word| words::has_word(&snake, word))
        };
        match module.expr(expr) {
            Expr::Attribute { name, .. } | Expr::Name(name) => named(module.text(name)),
            Expr::Subscript { index, .. } => !is_target(file, expr) && literal(file, index).is_some_and(is_mark),
            Expr::Call { .. } => Call::of(module, expr)
                .filter(|call| matches!(call.name(), Some("get" | "pop")))
                .and_then(|call| literal(file, call.positional(0)?))
                .is_some_and(is_mark),
            _ => false,
        }
    })
}

fn is_target(file: File<'_>, expr: ExprId) -> bool {
    let stmt = file.index().stmt_of(expr).map(|stmt| file.module().stmt(stmt));
    matches!(stmt, Some(Stmt::Assign { targets, .. }) if file.module().list(targets).contains(&expr))
}

/// Whether the token itself is handed to something else than the function that reads it: a look-up by its hash.
fn hands_token_on(project: &Project, tokens: &Tokens, read: &TokenCall) -> bool {
    let Some(file) = project.file(read.function.file) else { return true };
    let module = file.module();
    let Some(decode) = Call::of(module, read.call) else { return true };
    // A key with something of the account in it makes the token void when that changes.
    if file.text_of(read.call).contains("password") {
        return true;
    }
    let token = decode.args.first().map(|arg| file.text_of(arg.value));
    let reads =
        |call: ExprId| tokens.reads.iter().any(|other| other.function.file == read.function.file && other.call == call);
    let is_look =
        |call: &Call<'_>| !reads(call.expr) && !matches!(call.name(), Some("isinstance" | "len" | "str" | "bool"));
    let calls = body_expressions(file, read.function.id).into_iter().filter_map(|expr| Call::of(module, expr));
    calls.filter(is_look).any(|call| call.args.iter().any(|arg| Some(file.text_of(arg.value)) == token))
}

/// Whether code that makes new tokens for a refresh token speaks of a claim.
pub(super) fn signs(project: &Project, redeemer: &Redeemer, claim: &str) -> bool {
    project.called_within(redeemer.read.function, MAX_DEPTH).into_iter().any(|(_, function)| {
        let Some(file) = project.file(function.file) else { return false };
        let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
        [format!("\"{claim}\""), format!("'{claim}'"), format!("{claim}=")]
            .iter()
            .any(|form| text.contains(form.as_str()))
    })
}
