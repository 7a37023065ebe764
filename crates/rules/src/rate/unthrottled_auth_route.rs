//! RATE002: a route that checks or sets credentials has no limit on how often it can be called.

mod purpose;
mod stub;
mod texts;

use backlint_finding::{Audience, Confidence, Findings, Severity};
use backlint_model::{Framework, FunctionRef, GuardLink, Liveness, Project, Role, Route, Verdict};

pub(super) use purpose::Purpose;
use purpose::{has_password_in_name, is_federated, is_reset, purpose};
use stub::is_stub;
use texts::Texts;

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
        if takes_nothing(project, route, handler) || asks_for_login(project, handler) {
            continue;
        }
        let texts = Texts::of(project, handler);
        let is_guessable = texts.mention(GUESSABLE);
        let takes_credential =
            is_guessable || texts.mention(TOKENS) || purpose == Purpose::Send && texts.mention(ADDRESSES);
        let is_other_reset = is_reset(route) && !has_password_in_name(project, route) && !texts.own_mention(PASSWORDS);
        if !takes_credential || is_other_reset || is_stub(project, handler, purpose) {
            continue;
        }
        // Nobody guesses a signed token, whatever the route does with it, nor what another service or this one gave out.
        let is_signed = purpose == Purpose::Check
            && if is_reset(route) {
                is_proven(&texts)
            } else {
                !is_guessable
                    || is_federated(project, route) && !texts.given_mention(PASSWORDS)
                    || exchanges_code(&texts) && !texts.own_mention(PASSWORDS)
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

/// Whether the handler takes nothing that a caller could try out; in Flask any handler may ask for the request.
fn takes_nothing(project: &Project, route: &Route, handler: FunctionRef) -> bool {
    let Some(file) = project.file(handler.file) else { return true };
    route.framework == Framework::FastApi && file.module().list(file.function(handler.id).params).is_empty()
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
fn is_proven(texts: &Texts<'_>) -> bool {
    texts.mention(SIGNATURES) && !texts.mention(CODES)
}

/// The exchange of an authorization code, which this server drew at random, for a token.
fn exchanges_code(texts: &Texts<'_>) -> bool {
    texts.own_mention(&["grant_type"]) && texts.own_mention(&["redirect_uri"])
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
