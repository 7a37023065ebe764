//! Applications where accounts are made by posting to the collection of users: what makes the account is open, for
//! nobody can be known before.

use std::collections::BTreeSet;

use super::{Guarding, Verdict};
use crate::Project;
use crate::web::ContainerId;
use crate::web::public::{self, SIGN_IN};
use crate::web::routes::{Liveness, Route};
use crate::words::{has_word, snake_case};

const REASON: &str = "the only way to sign up";

/// Words of handlers and paths that make accounts, and say so.
const SIGN_UP_WORDS: &[&str] = &["register", "registration", "signup", "sign_up"];

/// The collections that hold accounts.
const ACCOUNTS: &[&str] =
    &["user", "users", "account", "accounts", "member", "members", "customer", "customers", "auth"];

/// Last segments that only say that a row is added.
const ADDING: &[&str] = &["create", "add", "new"];

/// What an account is made with.
const PASSWORDS: &[&str] = &["password", "passwd", "pwd", "password1"];

/// What visitors do not choose for themselves.
const PRIVILEGES: &[&str] = &["role", "roles", "is_admin", "is_superuser", "is_staff", "permissions", "role_id"];

/// Parts of paths that are not for visitors.
const INTERNAL: &[&str] = &["admin", "staff", "internal", "manage", "management"];

/// How many calls away the password may be handled.
const MAX_DEPTH: u32 = 2;

/// Opens the one route of each application that makes accounts, if callers can log in there and no other route is for
/// signing up.
pub(super) fn open_only_sign_ups(project: &Project, routes: &mut [Route]) {
    let apps: BTreeSet<ContainerId> = routes.iter().filter_map(|route| route.app).collect();
    for app in apps {
        let own: Vec<usize> = (0..routes.len()).filter(|&at| routes[at].app == Some(app)).collect();
        if let Some(at) = only_sign_up(project, routes, &own) {
            routes[at].guarding = Guarding::new(Verdict::Public, Some(REASON.to_owned()));
        }
    }
}

fn only_sign_up(project: &Project, routes: &[Route], own: &[usize]) -> Option<usize> {
    let is_sign_in = |route: &Route| route.guarding.reason.as_deref() == Some(SIGN_IN);
    let signs_up = |route: &Route| {
        let handler = snake_case(project.handler_name(route.handler));
        let path = snake_case(&route.path.replace('/', "_"));
        SIGN_UP_WORDS.iter().any(|word| has_word(&handler, word) || has_word(&path, word))
    };
    let mut live = own.iter().map(|&at| &routes[at]).filter(|route| route.liveness == Liveness::Live);
    let has_login = live.clone().any(is_sign_in);
    if !has_login || live.any(|route| is_sign_in(route) && signs_up(route)) {
        return None;
    }
    let candidates = own.iter().copied().filter(|&at| makes_accounts(project, &routes[at]));
    let mut candidates: Vec<usize> = candidates.collect();
    candidates.dedup_by_key(|at| routes[*at].handler.function());
    let [only] = candidates[..] else { return None };
    Some(only)
}

/// `POST /users`, `POST /accounts/create`: open to all so far, and what is posted holds a password and no role.
fn makes_accounts(project: &Project, route: &Route) -> bool {
    if route.guarding.verdict != Verdict::No || !route.methods.contains("POST") {
        return false;
    }
    let mut segments = route.path.trim_end_matches('/').rsplit('/').map(snake_case);
    let last = segments.next().filter(|last| !ADDING.contains(&last.as_str())).or_else(|| segments.next());
    let is_collection = last.is_some_and(|last| ACCOUNTS.contains(&last.as_str()));
    let Some(handler) = route.handler.function().filter(|_| is_collection) else { return false };
    let is_internal = route.path.split('/').any(|segment| INTERNAL.contains(&segment));
    if is_internal || public::mentioned(project, handler).iter().any(|name| PRIVILEGES.contains(&name.as_str())) {
        return false;
    }
    project.called_within(handler, MAX_DEPTH).into_iter().any(|(_, function)| {
        let names = public::mentioned(project, function);
        names.iter().any(|name| PASSWORDS.iter().any(|word| has_word(name, word)))
    })
}
