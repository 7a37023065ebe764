//! What the name of a route says it is for.

use backlint_model::words::{self, snake_case};
use backlint_model::{Project, Route};

use crate::changes::handler_name;

/// What an auth route is for, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rate) enum Purpose {
    /// Checks a password or code, or confirms a reset.
    Check,
    /// Creates an account or sends mail.
    Send,
    /// Exchanges a signed token, or answers a signed link: nobody guesses those.
    Signed,
}

/// What is no part of signing in or up, whatever else its name says.
const OTHERS: &[&str] = &[
    "anonymous",
    "appointment",
    "booking",
    "callback",
    "captcha",
    "contact",
    "csrf",
    "demo",
    "guest",
    "logout",
    "mailing",
    "newsletter",
    "nonce",
    "quote",
    "recaptcha",
    "revoke",
    "subscribe",
    "unsubscribe",
    "waitlist",
    "webhook",
];
/// What people without a login ask a server to send.
const ASKED_FOR: &[&str] = &[
    "access",
    "activation",
    "code",
    "confirmation",
    "email",
    "link",
    "login",
    "otp",
    "password",
    "reset",
    "token",
    "verification",
];
/// Other services and devices that tell who somebody is.
const PROVIDERS: &[&str] = &[
    "apple",
    "attest",
    "attestation",
    "auth0",
    "azure",
    "clerk",
    "cognito",
    "discord",
    "facebook",
    "firebase",
    "github",
    "gitlab",
    "google",
    "kakao",
    "linkedin",
    "microsoft",
    "naver",
    "oidc",
    "okta",
    "openid",
    "passkey",
    "saml",
    "slack",
    "sso",
    "steam",
    "telegram",
    "twitch",
    "twitter",
    "webauthn",
    "wechat",
    "weixin",
];

const CHECKS: &[&str] =
    &["login", "signin", "token", "otp", "2fa", "mfa", "verify", "confirm", "authenticate", "auth", "pin", "passcode"];
const SENDS: &[&str] = &["register", "signup", "forgot", "resend", "recover", "recovery", "magic", "invite"];

/// What the last path segment or the handler's name says the route is for.
pub(super) fn purpose(project: &Project, route: &Route) -> Option<Purpose> {
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
    if has(OTHERS) {
        return None;
    }
    let is_reset = has(&["reset"]);
    let named = if (has(SENDS) || has(&["request"]) && has(ASKED_FOR)) && !has(&["confirm", "verify"])
        || is_reset && has(&["request", "send", "email", "link"])
    {
        Some(Purpose::Send)
    } else if has(CHECKS) || is_reset {
        Some(Purpose::Check)
    } else {
        None
    };
    let is_signed = has(&["refresh"])
        || parameters(&route.path).any(|parameter| parameter.contains("token"))
        || named.is_some() && has_digest_in_path(&route.path);
    if is_signed { Some(Purpose::Signed) } else { named }
}

/// `/reset/<key>`, `/verify/{signature}`: the path itself carries a long random value.
fn has_digest_in_path(path: &str) -> bool {
    let is_digest = |name: &str| ["hash", "key", "signature"].iter().any(|word| name.ends_with(word));
    parameters(path).any(|parameter| parameter.split(':').any(is_digest))
}

/// The parameters of a path, with their converters.
fn parameters(path: &str) -> impl Iterator<Item = &str> {
    let behind = path.split('/').filter_map(|segment| segment.split_once(['{', '<']));
    behind.map(|(_, parameter)| parameter.trim_end_matches(['}', '>']))
}

/// Whether another service tells who the caller is.
pub(super) fn is_federated(project: &Project, route: &Route) -> bool {
    let text = whole_name(project, route);
    PROVIDERS.iter().any(|provider| words::has_word(&text, provider))
}

/// Whether a reset is one of credentials by what it is called.
pub(super) fn has_password_in_name(project: &Project, route: &Route) -> bool {
    const CREDENTIALS: &[&str] = &[
        "account",
        "auth",
        "credential",
        "login",
        "mfa",
        "otp",
        "passcode",
        "passwd",
        "password",
        "pin",
        "pwd",
        "user",
    ];
    let text = whole_name(project, route);
    CREDENTIALS.iter().any(|word| words::has_word(&text, word))
}

pub(super) fn is_reset(route: &Route) -> bool {
    words::has_word(&snake_case(&route.path.replace('/', "_")), "reset")
}

fn whole_name(project: &Project, route: &Route) -> String {
    format!("{}_{}", snake_case(&route.path.replace('/', "_")), snake_case(&handler_name(project, route)))
}
