//! What the path and the handler of a route say it is for.

use backlint_model::{Effect, EffectKind, Project, Route, words};

/// What a route is for, by its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// To do this.
    Act(Action),
    /// To follow a link that was sent to somebody.
    Confirm,
    /// To sign in, by whatever way: it writes what it has to.
    SignIn,
    /// To sign out.
    SignOut,
    /// To show something, or nobody can tell.
    Show,
}

/// What an acting route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Removes something.
    Remove,
    /// Changes what something is.
    Change,
    /// Sets work going, or sends something.
    Start,
}

const REMOVE: &[&str] = &["clear", "delete", "destroy", "drop", "erase", "flush", "purge", "remove", "wipe"];

const CHANGE: &[&str] = &[
    "accept",
    "activate",
    "add",
    "approve",
    "archive",
    "assign",
    "ban",
    "block",
    "cancel",
    "close",
    "create",
    "deactivate",
    "decline",
    "demote",
    "deny",
    "disable",
    "downvote",
    "enable",
    "finish",
    "follow",
    "grant",
    "hold",
    "join",
    "kick",
    "leave",
    "like",
    "lock",
    "mark",
    "move",
    "pause",
    "promote",
    "publish",
    "reject",
    "rename",
    "reopen",
    "reset",
    "restore",
    "resume",
    "revoke",
    "save",
    "suspend",
    "toggle",
    "unassign",
    "unban",
    "unblock",
    "unfollow",
    "unlike",
    "unlock",
    "unpublish",
    "update",
    "upvote",
    "vote",
];

const START: &[&str] = &[
    "deploy",
    "execute",
    "import",
    "launch",
    "notify",
    "rebuild",
    "regenerate",
    "reindex",
    "resend",
    "restart",
    "retry",
    "send",
    "start",
    "stop",
    "sync",
    "trigger",
];

/// First words of handlers that show something, whatever the path says.
const SHOW: &[&str] = &[
    "calculate",
    "check",
    "compute",
    "describe",
    "detail",
    "details",
    "display",
    "download",
    "export",
    "fetch",
    "find",
    "form",
    "generate",
    "get",
    "index",
    "is",
    "list",
    "load",
    "page",
    "preview",
    "query",
    "read",
    "render",
    "retrieve",
    "search",
    "serve",
    "show",
    "status",
    "stream",
    "test",
    "view",
];

const SIGN_IN: &[&str] = &[
    "acs",
    "auth",
    "authorize",
    "authorized",
    "bootstrap",
    "callback",
    "init",
    "install",
    "login",
    "oauth",
    "oauth2",
    "oidc",
    "refresh",
    "register",
    "saml",
    "session",
    "setup",
    "signin",
    "signup",
    "sso",
    "token",
];

const CONFIRM: &[&str] =
    &["activate", "confirm", "confirmation", "invite", "optout", "reactivate", "unsubscribe", "verify"];

/// What a route is for.
pub(super) fn intent(project: &Project, route: &Route) -> Intent {
    let name = words::snake_case(project.handler_name(route.handler));
    let path = words::snake_case(last_fixed_segment(&route.path));
    let has = |set: &[&str]| set.iter().any(|word| words::has_word(&name, word) || words::has_word(&path, word));
    if has(&["logout", "log_out", "signout", "sign_out", "logoff"]) {
        return Intent::SignOut;
    }
    if has(CONFIRM) && (route.path.contains(['<', '{']) || mentions_token(project, route)) {
        return Intent::Confirm;
    }
    if has(SIGN_IN) || route.path.to_ascii_lowercase().contains("callback") {
        return Intent::SignIn;
    }
    action(&name, &path, route).map_or(Intent::Show, Intent::Act)
}

/// Whether the handler deals with something that only the holder of a link has.
fn mentions_token(project: &Project, route: &Route) -> bool {
    let Some(handler) = route.handler.function() else { return false };
    let Some(file) = project.file(handler.file) else { return false };
    let text = file.slice(file.module().stmt_span(file.function(handler.id).stmt));
    ["token", "signature", "code"].iter().any(|word| text.contains(word))
}

/// The method of a class-based view is called after the verb of HTTP and says nothing.
fn action(name: &str, path: &str, route: &Route) -> Option<Action> {
    let first = name.split('_').find(|word| !word.is_empty()).unwrap_or_default();
    let is_method = route.handler.class.is_some() && name == "get";
    if !is_method && SHOW.contains(&first) {
        return None;
    }
    let of_path = path.split('_').next().unwrap_or_default();
    of_verb(first).or_else(|| of_verb(of_path))
}

fn of_verb(word: &str) -> Option<Action> {
    let lists = [(REMOVE, Action::Remove), (CHANGE, Action::Change), (START, Action::Start)];
    lists.into_iter().find(|(list, _)| list.contains(&word)).map(|(_, action)| action)
}

/// `close` of `/tickets/<id>/close` and of `/close/<id>`.
fn last_fixed_segment(path: &str) -> &str {
    path.rsplit('/').find(|part| !part.is_empty() && !part.contains(['<', '{', '…'])).unwrap_or_default()
}

impl Action {
    /// Whether an effect is what such a route is for.
    pub(super) fn is_done_by(self, effect: &Effect) -> bool {
        let changes_rows = matches!(effect.kind, EffectKind::RowDelete | EffectKind::RowWrite);
        match self {
            Self::Remove => changes_rows || effect.kind == EffectKind::FileWrite,
            Self::Change => changes_rows || effect.kind == EffectKind::SettingsWrite,
            // Rows that some function further down writes are a by-product.
            Self::Start => {
                let sets_going =
                    matches!(effect.kind, EffectKind::Mail | EffectKind::Enqueue | EffectKind::ProcessStart);
                changes_rows && effect.depth == 0 || sets_going && effect.depth <= 1
            }
        }
    }
}
