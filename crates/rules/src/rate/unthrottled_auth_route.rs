//! RATE002: a route that checks or sets credentials has no limit on how often it can be called.

mod purpose;
mod stub;

use backlint_finding::{Audience, Confidence, Findings, Severity};
use backlint_model::words::{self, snake_case};
use backlint_model::{Entity, FunctionRef, GuardLink, Liveness, Project, Role, Route, Type, Verdict};

pub(super) use purpose::Purpose;
use purpose::{has_password_in_name, is_federated, is_reset, purpose};
use stub::is_stub;

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
        let Some(handler) = route.handler.function().filter(|&handler| !asks_for_login(project, handler)) else {
            continue;
        };
        let texts = Texts::of(project, handler);
        let is_guessable = mentions(&texts.all, GUESSABLE);
        let takes_credential =
            is_guessable || mentions(&texts.all, TOKENS) || purpose == Purpose::Send && mentions(&texts.all, ADDRESSES);
        let is_other_reset =
            is_reset(route) && !has_password_in_name(project, route) && !mentions(texts.own(), PASSWORDS);
        if !takes_credential || is_other_reset || is_stub(project, handler, purpose) {
            continue;
        }
        // Nobody guesses a signed token, whatever the route does with it, nor what another service or this one gave out.
        let is_signed = purpose == Purpose::Check
            && if is_reset(route) {
                is_proven(&texts.all)
            } else {
                !is_guessable
                    || is_federated(project, route) && !mentions(texts.given(), PASSWORDS)
                    || exchanges_code(texts.own()) && !mentions(texts.own(), PASSWORDS)
            };
        seen.push(route.handler);
        found.push((route, if is_signed { Purpose::Signed } else { purpose }));
    }
    found
}

/// Whether the path or handler says that the route is part of signing in or up.
pub(super) fn is_auth(project: &Project, route: &Route) -> bool {
    purpose(project, route).is_some()
}

/// Live, of an app, answering something else than GET, open to anonymous callers, without throttle.
fn is_open(project: &Project, route: &Route) -> bool {
    route.liveness == Liveness::Live
        && !route.is_read_only_method()
        && route.throttles.is_empty()
        && route.proxy_limit.is_none()
        && matches!(route.guarding.verdict, Verdict::Public | Verdict::No)
        && !is_guarded_in_front(route)
        && !project.is_dev_only(route)
        && project.file(route.at.file).is_some_and(|file| file.role() == Role::App)
}

/// Routes that are public by name may still ask for a login before they run.
fn is_guarded_in_front(route: &Route) -> bool {
    let is_in_front = |link| {
        matches!(
            link,
            GuardLink::Decorator | GuardLink::Dependency | GuardLink::Router | GuardLink::Include | GuardLink::Class
        )
    };
    route.guards.iter().any(|guard| guard.verdict >= Verdict::Conditional && is_in_front(guard.link))
}

/// Whether the handler itself has a library look at the token of the caller before it goes on.
fn asks_for_login(project: &Project, handler: FunctionRef) -> bool {
    const ASKS: &[&str] =
        &["fresh_jwt_required", "jwt_refresh_token_required", "jwt_required", "verify_jwt_in_request"];
    project.calls_in(handler).into_iter().any(|call| call.name().is_some_and(|name| ASKS.contains(&name)))
}

/// What somebody may try out until it fits.
const GUESSABLE: &[&str] =
    &["password", "passwd", "pwd", "otp", "totp", "passcode", "pin", "code", "secret", "credential"];
const PASSWORDS: &[&str] = &["password", "passwd", "passphrase", "pwd", "otp", "totp", "passcode", "pin"];
const TOKENS: &[&str] = &["token", "api_key"];
const ADDRESSES: &[&str] = &["email", "phone"];

/// What only the issuer of a token can have written.
const SIGNATURES: &[&str] = &["jwt", "itsdangerous", "serializer", "signer"];
/// What a reset may be confirmed by; the password that it sets is nothing to guess.
const CODES: &[&str] = &["otp", "totp", "passcode", "pin", "code"];

/// Whether a reset rests on a signed token alone.
fn is_proven(texts: &[String]) -> bool {
    mentions(texts, SIGNATURES) && !mentions(texts, CODES)
}

/// The exchange of an authorization code, which this server drew at random, for a token.
fn exchanges_code(texts: &[String]) -> bool {
    mentions(texts, &["grant_type"]) && mentions(texts, &["redirect_uri"])
}

/// The source around a handler.
struct Texts {
    /// Of the handler, of the schemas it takes and of the functions it calls, in this order.
    all: Vec<String>,
    own: usize,
}

impl Texts {
    fn of(project: &Project, function: FunctionRef) -> Self {
        let mut all = vec![source(project, function)];
        all.extend(parameter_types(project, function));
        let own = all.len();
        all.extend(project.callees(function).iter().map(|callee| source(project, callee.function)));
        Self { all, own }
    }

    /// Of what the handler takes: its schemas, or the handler where it takes none.
    fn given(&self) -> &[String] {
        if self.own > 1 { &self.all[1..self.own] } else { self.own() }
    }

    /// Of the handler and its schemas alone.
    fn own(&self) -> &[String] {
        &self.all[..self.own]
    }
}

fn mentions(texts: &[String], wanted: &[&str]) -> bool {
    let is_wanted = |word: String| {
        !word.ends_with("status_code")
            && !word.ends_with("error_code")
            && !word.ends_with("secret_key")
            && wanted.iter().any(|wanted| words::has_word(&word, wanted))
    };
    texts.iter().any(|text| identifiers(text).any(is_wanted))
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
