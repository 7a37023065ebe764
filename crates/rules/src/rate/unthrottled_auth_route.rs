//! RATE002: a route that checks or sets credentials has no limit on how often it can be called.

use backlint_finding::{Audience, Confidence, Findings, Severity};
use backlint_model::words::{self, snake_case};
use backlint_model::{Entity, FunctionRef, Liveness, Project, Role, Route, Type, Verdict};
use backlint_semantic::Call;
use backlint_syntax::ast::Stmt;

use crate::changes::handler_name;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for (route, purpose) in unthrottled(project) {
        report(project, route, purpose, findings);
    }
}

/// The auth routes without a limit, the first of each handler.
pub(super) fn unthrottled(project: &Project) -> Vec<(&Route, Purpose)> {
    let mut seen = Vec::new();
    let mut found = Vec::new();
    for route in project.routes() {
        if !is_open(project, route) || seen.contains(&route.handler) {
            continue;
        }
        let Some(purpose) = purpose(project, route) else { continue };
        let Some(handler) = route.handler.function() else { continue };
        let texts = texts(project, handler);
        let is_guessable = mentions(&texts, GUESSABLE);
        let takes_credential =
            is_guessable || mentions(&texts, TOKENS) || purpose == Purpose::Send && mentions(&texts, ADDRESSES);
        if !takes_credential || only_refuses(project, handler) {
            continue;
        }
        // Nobody guesses a signed token, whatever the route does with it.
        let is_signed = purpose == Purpose::Check && if is_reset(route) { is_proven(&texts) } else { !is_guessable };
        seen.push(route.handler);
        found.push((route, if is_signed { Purpose::Signed } else { purpose }));
    }
    found
}

/// Whether the path or handler says that the route is part of signing in or up.
pub(super) fn is_auth(project: &Project, route: &Route) -> bool {
    purpose(project, route).is_some()
}

/// What an auth route is for, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    /// Checks a password or code, or confirms a reset.
    Check,
    /// Creates an account or sends mail.
    Send,
    /// Exchanges a signed token, or answers a signed link: nobody guesses those.
    Signed,
}

/// Live, of an app, answering something else than GET, open to anonymous callers, without throttle.
fn is_open(project: &Project, route: &Route) -> bool {
    route.liveness == Liveness::Live
        && !route.is_read_only_method()
        && route.throttles.is_empty()
        && matches!(route.guarding.verdict, Verdict::Public | Verdict::No)
        && !project.is_dev_only(route)
        && project.file(route.at.file).is_some_and(|file| file.role() == Role::App)
}

const CHECKS: &[&str] =
    &["login", "signin", "token", "otp", "2fa", "mfa", "verify", "confirm", "authenticate", "auth", "pin", "passcode"];
const SENDS: &[&str] = &["register", "signup", "forgot", "resend", "recover", "recovery", "magic", "invite", "request"];

/// What the last path segment or the handler's name says the route is for.
fn purpose(project: &Project, route: &Route) -> Option<Purpose> {
    let last = route.path.rsplit('/').find(|s| !s.is_empty() && !s.contains(['{', '<'])).unwrap_or_default();
    let name = handler_name(project, route);
    let text = format!("{}_{}", snake_case(last), snake_case(&name))
        .replace("sign_in", "signin")
        .replace("log_in", "login")
        .replace("sign_up", "signup")
        .replace("log_out", "logout")
        .replace("sign_out", "logout")
        .replace("two_factor", "2fa");
    let words: Vec<&str> = text.split('_').collect();
    let has = |set: &[&str]| words.iter().any(|word| set.contains(word));
    if has(&[
        "logout",
        "revoke",
        "csrf",
        "webhook",
        "callback",
        "nonce",
        "subscribe",
        "unsubscribe",
        "captcha",
        "recaptcha",
        "anonymous",
        "guest",
    ]) {
        return None;
    }
    let is_reset = has(&["reset"]);
    if has(&["refresh"]) || has_token_in_path(&route.path) {
        Some(Purpose::Signed)
    } else if has(SENDS) && !has(&["confirm", "verify"]) || is_reset && has(&["request", "send", "email", "link"]) {
        Some(Purpose::Send)
    } else if has(CHECKS) || is_reset {
        Some(Purpose::Check)
    } else {
        None
    }
}

/// `/reset/<token>`: the path itself carries a long random value.
fn has_token_in_path(path: &str) -> bool {
    path.split('/').any(|segment| segment.contains(['{', '<']) && segment.contains("token"))
}

/// What somebody may try out until it fits.
const GUESSABLE: &[&str] =
    &["password", "passwd", "pwd", "otp", "totp", "passcode", "pin", "code", "secret", "credential"];
const TOKENS: &[&str] = &["token", "api_key"];
const ADDRESSES: &[&str] = &["email", "phone"];

/// What only the issuer of a token can have written.
const SIGNATURES: &[&str] = &["jwt", "itsdangerous", "serializer", "signer"];
/// What a reset may be confirmed by; the password that it sets is nothing to guess.
const CODES: &[&str] = &["otp", "totp", "passcode", "pin", "code", "secret"];

/// Whether a reset rests on a signed token alone.
fn is_proven(texts: &[String]) -> bool {
    mentions(texts, SIGNATURES) && !mentions(texts, CODES)
}

fn is_reset(route: &Route) -> bool {
    words::has_word(&snake_case(&route.path.replace('/', "_")), "reset")
}

/// The source of a handler, of the schemas it takes and of the functions it calls.
fn texts(project: &Project, function: FunctionRef) -> Vec<String> {
    let mut texts = vec![source(project, function)];
    texts.extend(parameter_types(project, function));
    texts.extend(project.callees(function).iter().map(|callee| source(project, callee.function)));
    texts
}

fn mentions(texts: &[String], wanted: &[&str]) -> bool {
    let is_wanted = |word: String| {
        !word.ends_with("status_code")
            && !word.ends_with("error_code")
            && wanted.iter().any(|wanted| words::has_word(&word, wanted))
    };
    texts.iter().any(|text| identifiers(text).any(is_wanted))
}

/// `abort(501)` and nothing else.
fn only_refuses(project: &Project, handler: FunctionRef) -> bool {
    let Some(file) = project.file(handler.file) else { return false };
    let module = file.module();
    let mut stmts = module.body(handler.id).iter().copied().filter(|&stmt| !file.is_documentation(stmt));
    match (stmts.next().map(|stmt| module.stmt(stmt)), stmts.next()) {
        (Some(Stmt::Raise { .. }), None) => true,
        (Some(Stmt::Expr(only)), None) => Call::of(module, only).is_some_and(|call| call.name() == Some("abort")),
        _ => false,
    }
}

fn identifiers(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).map(snake_case)
}

fn source(project: &Project, function: FunctionRef) -> String {
    let Some(file) = project.file(function.file) else { return String::new() };
    file.slice(file.module().stmt_span(file.function(function.id).stmt)).to_owned()
}

/// The class bodies of the parameters' types, or their dotted path when they come from outside.
fn parameter_types(project: &Project, function: FunctionRef) -> Vec<String> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let module = file.module();
    let annotations = module.list(file.function(function.id).params).iter().filter_map(|param| param.annotation);
    annotations
        .filter_map(|annotation| match project.resolve(function.file, annotation) {
            Entity::Class(class) => Some(Type::Project(class)),
            Entity::External(path) => Some(Type::External(path)),
            _ => None,
        })
        .map(|of| match of {
            Type::Project(class) => project.file(class.file).map_or(String::new(), |file| {
                file.slice(file.module().stmt_span(file.class(class.id).stmt)).to_owned()
            }),
            Type::External(path) => {
                if path.ends_with("OAuth2PasswordRequestForm") {
                    "password".to_owned()
                } else {
                    path
                }
            }
        })
        .collect()
}

fn report(project: &Project, route: &Route, purpose: Purpose, findings: &mut Findings) {
    let sibling = throttled_sibling(project, route);
    let does = match purpose {
        Purpose::Check => "checks a credential",
        Purpose::Send => "creates accounts or sends mail",
        Purpose::Signed => "answers signed tokens",
    };
    let compare = sibling.map_or_else(
        || "no limit for it was found in this repository".to_owned(),
        |other| format!("`{}` has a limit and this one has none", other.label()),
    );
    let message = format!(
        "`{}` {does} for anybody, as often as they like: {compare}. Limit attempts per account and per address.",
        route.label()
    );
    let mut finding = findings.report(route.at, route.label(), message);
    finding = match purpose {
        Purpose::Check => finding,
        Purpose::Send => finding.severity(Severity::Medium),
        Purpose::Signed => finding.severity(Severity::Low).audience(Audience::Pedantic),
    };
    finding = finding.confidence(if sibling.is_some() { Confidence::High } else { Confidence::Medium });
    match (sibling.and_then(|other| Some((other, other.throttles.first()?))), route.app) {
        (Some((other, throttle)), _) => {
            finding.also(throttle.at, format!("`{}` is limited by `{}`", other.label(), throttle.name));
        }
        (None, Some(app)) => {
            finding.also(project.at(project.container(app).made), "no limiter is attached to this application");
        }
        (None, None) => {}
    }
}

/// A throttled route of the same app: preferably one with credentials too, and of the same file.
fn throttled_sibling<'p>(project: &'p Project, route: &Route) -> Option<&'p Route> {
    let throttled = || project.routes().iter().filter(|other| other.app == route.app && !other.throttles.is_empty());
    throttled()
        .find(|other| other.at.file == route.at.file && purpose(project, other).is_some())
        .or_else(|| throttled().find(|other| purpose(project, other).is_some()))
        .or_else(|| throttled().find(|other| other.at.file == route.at.file))
        .or_else(|| throttled().next())
}
