//! Routes that are open on purpose.

use crate::link::Options;
use crate::words::snake_case;

/// The reason given for webhooks, which are public only when they check who signed them.
pub(crate) const WEBHOOK: &str = "a webhook";

/// Words of the last literal path segment or the handler's name that make a route public, and what they stand for.
const INTENTS: &[(&[&str], &str)] = &[
    (
        &[
            "login",
            "signin",
            "sign_in",
            "log_in",
            "token",
            "logout",
            "signout",
            "sign_out",
            "log_out",
            "register",
            "signup",
            "sign_up",
            "refresh",
            "forgot_password",
            "forgot",
            "reset_password",
            "password_reset",
            "reset",
            "recover",
            "password_recovery",
            "recover_password",
            "verify_email",
            "email_verification",
            "confirm_email",
            "confirm",
            "activate",
            "resend_verification",
            "resend",
            "magic_link",
            "otp",
            "verify_otp",
            "2fa",
            "csrf",
            "csrf_token",
            "nonce",
            "authenticate",
            "access_token",
            "refresh_token",
            "session",
            "sessions",
            "invite",
            "accept_invite",
            "verify",
        ],
        "part of signing in",
    ),
    (
        &[
            "authorize",
            "callback",
            "oauth",
            "oauth2",
            "oidc",
            "saml",
            "acs",
            "sso",
            "jwks",
            "well_known",
            "openid_configuration",
            "jwks_json",
        ],
        "part of a federated login",
    ),
    (
        &[
            "health",
            "healthz",
            "healthcheck",
            "health_check",
            "ping",
            "ready",
            "readyz",
            "readiness",
            "live",
            "livez",
            "liveness",
            "version",
            "metrics",
            "status",
            "heartbeat",
            "up",
            "alive",
        ],
        "a health or status route",
    ),
    (
        &[
            "docs",
            "redoc",
            "openapi",
            "openapi_json",
            "swagger",
            "favicon",
            "favicon_ico",
            "robots",
            "robots_txt",
            "static",
            "assets",
            "index",
            "root",
            "home",
            "sitemap_xml",
            "manifest_json",
        ],
        "documentation or static content",
    ),
    (
        &["contact", "feedback", "newsletter", "subscribe", "unsubscribe", "waitlist", "contact_us"],
        "a form for visitors",
    ),
    (&["webhook", "webhooks", "hook", "hooks", "ipn"], WEBHOOK),
    (&["public", "share", "shared", "explore", "embed", "guest", "anonymous"], "public by name"),
    (&["setup", "first_run", "install", "onboarding", "bootstrap"], "part of the first set-up"),
];

/// Why a route with this path and handler is meant to be open, if it is.
pub(crate) fn reason(options: &Options, path: &str, handler: &str) -> Option<String> {
    if let Some((_, reason)) = options.public.iter().find(|(pattern, _)| matches_pattern(pattern, path)) {
        return Some(reason.clone());
    }
    if path.split('/').any(is_capability) {
        return Some("a token in the path is the key".to_owned());
    }
    if path == "/" || path.is_empty() {
        return Some("documentation or static content".to_owned());
    }
    let segments: Vec<String> = literal_segments(path).collect();
    let last = segments.last();
    let handler = snake_case(handler);
    INTENTS.iter().find_map(|(words, what)| {
        let by_path = last.is_some_and(|last| words.contains(&last.as_str()));
        let by_segment = segments
            .iter()
            .any(|s| matches!(s.as_str(), "public" | "webhook" | "webhooks" | "health" | "oauth" | "callback"))
            && words.iter().any(|word| segments.iter().any(|s| s == word));
        let by_handler = words.iter().filter(|word| word.len() > 4).any(|word| {
            handler == *word
                || handler.starts_with(&format!("{word}_"))
                    && *what != "part of the first set-up"
                    && *what != "documentation or static content"
                    && *what != "public by name"
                || handler.ends_with(&format!("_{word}"))
                    && matches!(*what, "part of signing in" | "a webhook" | "a health or status route")
        });
        (by_path || by_segment || by_handler).then(|| (*what).to_owned())
    })
}

/// Whether a route that is public for this reason looks at credentials without demanding that the caller is known.
pub(crate) fn judges_credentials(reason: &str) -> bool {
    !matches!(reason, "a health or status route" | "documentation or static content" | "public by name")
}

/// Whether a decorator or dependency that does nothing says by its name that a route is open: `allow_public`.
pub(crate) fn is_marker(name: &str) -> bool {
    let snake = snake_case(name);
    ["public", "anon", "anonymous", "no_auth", "unauthenticated", "allow_any", "login_exempt", "auth_exempt"]
        .iter()
        .any(|word| crate::words::has_word(&snake, word))
}

/// `<token>`, `{share_key}`: a path parameter that nobody guesses.
fn is_capability(segment: &str) -> bool {
    let name = snake_case(segment.trim_matches(['{', '}', '<', '>']).rsplit(':').next().unwrap_or_default());
    segment.contains(['{', '<'])
        && ["token", "secret", "signature", "nonce", "share_key", "access_key", "magic"]
            .iter()
            .any(|w| crate::words::has_word(&name, w))
}

fn literal_segments(path: &str) -> impl Iterator<Item = String> + '_ {
    path.split('/').filter(|s| !s.is_empty() && !s.contains(['{', '<', '…'])).map(snake_case)
}

/// A path pattern of the configuration: equal, or a prefix when it ends in `*`.
fn matches_pattern(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => pattern == path,
    }
}
