//! AUTH023: links of mails that go on working after use, or confirm another address than they were sent to.

mod confirmed;
mod kept;
mod salts;
mod signed;

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project, Route, Verdict};
use backlint_semantic::{Call, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use crate::served::is_served;
use crate::tokens::Tokens;

/// How deep below a handler its work is looked at.
const MAX_DEPTH: u32 = 3;

/// Classes whose objects sign a value and a time into a text.
const SERIALIZERS: &[&str] =
    &["TimedJSONWebSignatureSerializer", "TimestampSigner", "URLSafeSerializer", "URLSafeTimedSerializer"];

/// Words of code that keeps a token from working twice.
const CONSUMING: &[&str] = &[
    "blacklist",
    "blocklist",
    "burn",
    "cache",
    "changed_at",
    "consume",
    "delete",
    "expire_token",
    "invalidate",
    "is_used",
    "jti",
    "last_login",
    "nonce",
    "one_time",
    "redis",
    "remove",
    "revoke",
    "single_use",
    "stamp",
    "used_at",
    "version",
    ".used",
];

/// Calls that set a password.
const SETTERS: &[&str] = &[
    "change_password",
    "generate_password_hash",
    "get_password_hash",
    "hash_password",
    "reset_password",
    "set_password",
    "update_password",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let open: Vec<&Route> = project.routes().iter().filter(|route| takes_token(project, route)).collect();
    if open.is_empty() {
        return;
    }
    let verifying = verifying(project);
    let (resets, others): (Vec<&Route>, Vec<&Route>) = open.into_iter().partition(|route| resets(project, route));
    signed::check(project, &resets, &verifying, findings);
    kept::check(project, &resets, findings);
    confirmed::check(project, &others, &verifying, findings);
}

/// Whether a route is open to strangers and speaks of a token.
fn takes_token(project: &Project, route: &Route) -> bool {
    let Some(handler) = route.handler.function() else { return false };
    let Some(file) = project.file(handler.file) else { return false };
    route.guarding.verdict != Verdict::Yes
        && is_served(project, route)
        && text_of(file, handler).to_ascii_lowercase().contains("token")
}

/// Whether a route is for those who forgot their password.
fn resets(project: &Project, route: &Route) -> bool {
    is_named(project, route, &["reset", "forgot", "recover"])
}

/// Whether the path of a route or the name of its handler has one of these words.
fn is_named(project: &Project, route: &Route, words: &[&str]) -> bool {
    let name = route.handler.function().and_then(|handler| {
        let file = project.file(handler.file)?;
        Some(file.function_name(handler.id).to_ascii_lowercase())
    });
    let path = route.path.to_ascii_lowercase();
    words.iter().any(|word| path.contains(word) || name.as_ref().is_some_and(|name| name.contains(word)))
}

/// A handler and what it calls.
fn run_by(project: &Project, route: &Route) -> Vec<FunctionRef> {
    let handler = route.handler.function().into_iter();
    handler.flat_map(|handler| project.called_within(handler, MAX_DEPTH)).map(|(_, function)| function).collect()
}

/// The calls that verify signed tokens and know nothing of tokens that were used.
fn verifying(project: &Project) -> BTreeSet<(FunctionRef, ExprId)> {
    let tokens = Tokens::of(project);
    let mut found: BTreeSet<(FunctionRef, ExprId)> = tokens
        .reads
        .iter()
        .filter(|read| {
            let file = project.file(read.function.file);
            file.and_then(|file| Call::of(file.module(), read.call)).is_some_and(|call| call.name() == Some("decode"))
        })
        .map(|read| (read.function, read.call))
        .collect();
    for file in project.app_files() {
        if !SERIALIZERS.iter().any(|class| file.module().symbol(class).is_some()) {
            continue;
        }
        for call in file.calls_named(&["loads", "unsign"]) {
            let receiver = call.receiver().map(|receiver| file.text_of(receiver)).unwrap_or_default();
            let Some(id) = file.index().function_of(call.expr) else { continue };
            if !matches!(receiver, "json" | "orjson" | "pickle" | "ujson" | "yaml" | "") {
                found.insert((FunctionRef { file: file.id(), id }, call.expr));
            }
        }
    }
    found
}

/// The first call among what runs that verifies a token.
fn verified(run: &[FunctionRef], verifying: &BTreeSet<(FunctionRef, ExprId)>) -> Option<(FunctionRef, ExprId)> {
    run.iter().find_map(|function| verifying.iter().find(|(other, _)| other == function)).copied()
}

/// Whether anything that runs keeps a token from working again.
fn consumes(project: &Project, run: &[FunctionRef]) -> bool {
    run.iter().any(|&function| {
        project.file(function.file).is_some_and(|file| {
            let text = text_of(file, function).to_ascii_lowercase();
            CONSUMING.iter().any(|word| text.contains(word))
        })
    })
}

/// Where a function sets a password.
fn password_set(project: &Project, function: FunctionRef) -> Option<(File<'_>, ExprId)> {
    let file = project.file(function.file)?;
    let module = file.module();
    let assigned = own_statements(module, module.body(function.id)).into_iter().find_map(|stmt| {
        let Stmt::Assign { targets, .. } = module.stmt(stmt) else { return None };
        module.list(targets).iter().copied().find(|&target| {
            let Expr::Attribute { name, .. } = module.expr(target) else { return false };
            matches!(module.text(name), "hashed_password" | "password" | "password_hash" | "pw_hash")
        })
    });
    let called = || {
        let calls = project.calls_in(function).into_iter();
        let mut setters = calls.filter(|call| call.name().is_some_and(|name| SETTERS.contains(&name)));
        setters.next().map(|call| call.expr)
    };
    assigned.or_else(called).map(|at| (file, at))
}

fn text_of(file: File<'_>, function: FunctionRef) -> &str {
    file.slice(file.module().stmt_span(file.function(function.id).stmt))
}
