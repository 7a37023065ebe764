//! AUTH017: a failed login leaves no trace at the account.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{FunctionRef, Liveness, Project, Role, Route, ThrottleKey, Verdict, words};
use backlint_source::Location;

/// How many calls away the password may be verified, and the failure be noted.
const MAX_DEPTH: u32 = 3;

/// Calls that verify a password.
const VERIFIERS: &[&str] = &["check_password", "check_password_hash", "checkpw", "verify_password"];

/// Words of code that notes a failure, looks at earlier ones, or leaves both to others.
const TRACES: &[&str] = &[
    "activity",
    "attempt",
    "audit",
    "block",
    "brute",
    "captcha",
    "event",
    "fail_count",
    "failed_count",
    "failed_login",
    "failure",
    "lock",
    "login_fail",
    "login_history",
    "success=false",
    "suspicious",
    "throttle",
];

/// Words of code that asks somebody else whether the password is right.
const PROVIDERS: &[&str] = &["auth0", "cognito", "firebase", "keycloak", "ldap", "oauth_client", "saml", "supabase"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for route in project.routes() {
        let Some(handler) = route.handler.function().filter(|_| is_limited_login(project, route)) else { continue };
        if !seen.insert(handler) {
            continue;
        }
        let code = reached(project, handler);
        let Some(verification) = verification(project, &code) else { continue };
        if code.iter().any(|&function| says(project, function, TRACES) || says(project, function, PROVIDERS)) {
            continue;
        }
        report(project, route, verification, findings);
    }
}

/// Open to strangers, and limited by something that does not count by account. Logins without any limit are RATE002's.
fn is_limited_login(project: &Project, route: &Route) -> bool {
    let counts_accounts = |key: ThrottleKey| matches!(key, ThrottleKey::Account | ThrottleKey::Unknown);
    route.liveness == Liveness::Live
        && route.methods.contains("POST")
        && matches!(route.guarding.verdict, Verdict::Public | Verdict::No)
        && !route.throttles.is_empty()
        && !route.throttles.iter().any(|throttle| counts_accounts(throttle.key))
        && is_login(project, route)
        && !project.is_dev_only(route)
        && project.file(route.at.file).is_some_and(|file| file.role() == Role::App)
}

pub(crate) fn is_login(project: &Project, route: &Route) -> bool {
    let last = route.path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    let names = [words::snake_case(last), words::snake_case(project.handler_name(route.handler))];
    let has = |word: &str| names.iter().any(|name| words::has_word(name, word));
    ["authenticate", "log_in", "login", "sign_in", "signin", "token"].into_iter().any(has)
        && !["refresh", "register", "reset", "verify"].into_iter().any(has)
}

/// A handler and what it calls.
fn reached(project: &Project, handler: FunctionRef) -> BTreeSet<FunctionRef> {
    project.called_within(handler, MAX_DEPTH).into_iter().map(|(_, function)| function).collect()
}

/// Where the password is verified.
fn verification(project: &Project, code: &BTreeSet<FunctionRef>) -> Option<Location> {
    code.iter().find_map(|&function| {
        let file = project.file(function.file)?;
        let call = project.calls_in(function).into_iter().find(|call| match call.name() {
            Some("verify") => call.receiver().is_some_and(|receiver| {
                let hasher = file.text_of(receiver).to_ascii_lowercase();
                ["argon", "crypt", "hash", "password", "pwd"].iter().any(|word| hasher.contains(word))
            }),
            Some(name) => VERIFIERS.contains(&name),
            None => false,
        })?;
        Some(file.at(file.first_line(call.span())))
    })
}

fn says(project: &Project, function: FunctionRef, set: &[&str]) -> bool {
    let Some(file) = project.file(function.file) else { return true };
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt)).to_ascii_lowercase();
    set.iter().any(|word| text.contains(word))
}

fn report(project: &Project, route: &Route, verification: Location, findings: &mut Findings) {
    let limit = route.throttles.first().map_or("the limit", |throttle| throttle.name.as_str());
    let message = format!(
        "Failed logins on `{}` leave no trace per account: `{limit}` counts by address, so guesses that come from many \
         addresses at one account are never slowed. Count failures per account, and delay or lock from some number on.",
        route.label(),
    );
    let handler = project.handler_place(route);
    findings
        .report(route.at, route.label(), message)
        .also(verification, "the password is verified here")
        .also(handler, "nothing is noted when it is wrong");
}
