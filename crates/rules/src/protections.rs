//! Decorators and dependencies that protect a route, told by their names.

use backlint_model::words;

/// What a protection protects from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// Too many requests.
    Limit,
    /// Requests from nobody or from the wrong user.
    Guard,
    /// Requests that another site makes a browser send.
    Csrf,
}

const LIMITS: &[&str] =
    &["limiter", "limits", "rate_limit", "rate_limited", "rate_limiter", "ratelimit", "throttle", "throttled"];

/// Words that make a name one of a guard …
const GUARDS: &[&str] = &[
    "admin_only",
    "api_key",
    "auth",
    "authenticate",
    "authenticated",
    "authentication",
    "authorization",
    "authorize",
    "authorized",
    "current_active_user",
    "current_admin",
    "current_superuser",
    "current_user",
    "has_permission",
    "has_role",
    "login_required",
    "permission",
    "permissions",
    "protected",
    "require_admin",
    "require_user",
    "verify_key",
    "verify_token",
];

/// … unless one of these says that it looks at something else.
const NO_GUARDS: &[&str] = &[
    "args",
    "body",
    "connection",
    "content",
    "csrf",
    "db",
    "exempt",
    "feature",
    "fields",
    "form",
    "init",
    "json",
    "method",
    "methods",
    "optional",
    "params",
    "service",
    "settings",
];

impl Protection {
    /// What the dotted name of a decorator, dependency or middleware protects from.
    pub(crate) fn of_name(dotted: &str) -> Option<Self> {
        let snake = words::snake_case(dotted);
        let has = |set: &[&str]| set.iter().any(|word| words::has_word(&snake, word));
        if words::has_word(&snake, "exempt") {
            return None;
        }
        if has(LIMITS) {
            return Some(Self::Limit);
        }
        if snake.contains("csrf") {
            return Some(Self::Csrf);
        }
        let demands =
            snake.ends_with("_required") || words::has_word(&snake, "require") || words::has_word(&snake, "requires");
        (!has(NO_GUARDS) && (has(GUARDS) || demands)).then_some(Self::Guard)
    }

    /// What a dependency protects from: providers of users are guards, though a decorator of their name would be none.
    pub(crate) fn of_provider(dotted: &str) -> Option<Self> {
        let snake = words::snake_case(dotted);
        let has = |word| words::has_word(&snake, word);
        let is_store = ["db", "optional", "repo", "repository", "service", "settings"].into_iter().any(has);
        let loads_caller = ["current", "token", "user", "verify"].into_iter().any(has);
        Self::of_name(dotted).or((loads_caller && !is_store).then_some(Self::Guard))
    }

    /// What is missing while it is off.
    pub(crate) fn loss(self) -> &'static str {
        match self {
            Self::Limit => "nothing limits the number of calls",
            Self::Guard => "this check of the caller does not run",
            Self::Csrf => "requests forged by other sites are not refused",
        }
    }
}
