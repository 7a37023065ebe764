//! AUTH012: logins that keep the session of whoever was there before, and guards that trust a role of the session.

mod trusted_role;

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project, Role, words};

use crate::session_keys::{SessionAccess, SessionUse, session_accesses};

/// Words of functions that sign somebody in.
const LOGINS: &[&str] = &[
    "auth",
    "authenticate",
    "authorize",
    "authorized",
    "callback",
    "login",
    "logon",
    "oauth",
    "otp",
    "sign_in",
    "signin",
    "sso",
    "totp",
    "verify",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let accesses = session_accesses(project);
    left_over(project, &accesses, findings);
    trusted_role::check(project, &accesses, findings);
}

/// Logins that write who it is into a session which is not emptied first.
fn left_over(project: &Project, accesses: &[SessionAccess], findings: &mut Findings) {
    let clearing: BTreeSet<FunctionRef> = accesses
        .iter()
        .filter(|access| access.kind == SessionUse::Clear)
        .filter_map(|access| function_of(project, access))
        .collect();
    let mut seen = BTreeSet::new();
    for access in accesses {
        let SessionUse::Write { .. } = &access.kind else { continue };
        let Some(function) = function_of(project, access).filter(|&function| project.signs_in_by_session(function))
        else {
            continue;
        };
        let Some(file) = project.file(function.file).filter(|file| file.role() == Role::App) else { continue };
        if !is_login(project, file, function) || empties(project, function, &clearing) || !seen.insert(function) {
            continue;
        }
        let name = file.qualified_name(function.id);
        let message = format!(
            "`{name}` writes who it is into the session without emptying it first: what was kept for whoever was there \
             before, such as a cart or a step that was passed, now belongs to this account{}. Call `session.clear()` first.",
            if is_on_server(project) { ", and the id of the session stays the one that was known before" } else { "" },
        );
        findings.report(file.at_expr(access.at.expr), name, message);
    }
}

/// The innermost function around an access.
fn function_of(project: &Project, access: &SessionAccess) -> Option<FunctionRef> {
    let id = project.file(access.at.file)?.index().function_of(access.at.expr)?;
    Some(FunctionRef { file: access.at.file, id })
}

fn is_login(project: &Project, file: File<'_>, function: FunctionRef) -> bool {
    let mut names = vec![words::snake_case(file.function_name(function.id))];
    let routes = project.routes().iter().filter(|route| route.handler.function() == Some(function));
    names.extend(routes.map(|route| words::snake_case(&route.path).replace('/', "_")));
    let has = |word: &str| names.iter().any(|name| words::has_word(name, word));
    LOGINS.iter().any(|word| has(word)) && !["logout", "log_out", "signout"].iter().any(|word| has(word))
}

/// Whether the session is emptied by the function, by one that it calls, or by one that calls it.
fn empties(project: &Project, function: FunctionRef, clearing: &BTreeSet<FunctionRef>) -> bool {
    let callees = project.callees(function).iter().map(|callee| callee.function);
    let callers = project.callers(function).iter().map(|caller| caller.function);
    callees.chain(callers).chain([function]).any(|function| {
        let renews = |file: File<'_>| {
            let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
            ["regenerate", "session.pop(", "session.sid", "new_session"].iter().any(|word| text.contains(word))
        };
        clearing.contains(&function) || project.file(function.file).is_none_or(renews)
    })
}

/// Whether the session lies on the server, under an id that the caller shows.
fn is_on_server(project: &Project) -> bool {
    project.app_files().any(|file| file.module().symbol("flask_session").is_some())
}
