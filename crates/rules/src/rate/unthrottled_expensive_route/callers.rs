//! Who can call a route.

use backlint_model::{Route, Verdict, words};

/// Who can call a route, from many to few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Callers {
    /// Everybody.
    Anybody,
    /// Whoever holds a key that is the same for all callers.
    KeyHolders,
    /// Accounts.
    Users,
}

impl Callers {
    /// None where it could not be told, or where the caller is another system that signs its calls.
    pub(super) fn of(route: &Route) -> Option<Self> {
        match route.guarding.verdict {
            Verdict::Unknown => None,
            Verdict::No => Some(Self::Anybody),
            Verdict::Public => {
                let reason = route.guarding.reason.as_deref().unwrap_or_default();
                let is_form = matches!(reason, "a form for visitors" | "public by name");
                is_form.then_some(Self::Anybody)
            }
            Verdict::Conditional | Verdict::Yes => {
                let mut guards = route.guards.iter().filter(|guard| guard.verdict >= Verdict::Conditional).peekable();
                let has_guard = guards.peek().is_some();
                // Another system signs its calls, and is trusted with how many it makes.
                if is_webhook(route) {
                    return None;
                }
                let is_fixed_key = has_guard && guards.all(|guard| speaks_of_key(&guard.name));
                Some(if is_fixed_key { Self::KeyHolders } else { Self::Users })
            }
        }
    }
}

fn is_webhook(route: &Route) -> bool {
    route.path.to_ascii_lowercase().contains("webhook")
}

/// `api_key_required`, `verify_internal_secret`; keys that belong to users name the user too.
fn speaks_of_key(name: &str) -> bool {
    let snake = words::snake_case(name);
    let has = |word| words::has_word(&snake, word);
    let is_key = ["api_key", "apikey", "internal_key", "secret", "shared_key", "static_key"].into_iter().any(has);
    is_key && !["current", "user", "account", "tenant", "webhook"].into_iter().any(has)
}
