//! New passwords that leave the sessions of their accounts alone, while others end them.

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::words::{has_word, snake_case};
use backlint_model::{ExprRef, FunctionRef, Project, Reach, RowChange, RowChangeKind};

/// How many functions must end sessions for the others to stand out.
const ENOUGH: usize = 2;
/// How many calls deep sessions are ended.
const DEPTH: u32 = 2;

/// A function that gives an account a new password.
struct Setter {
    function: FunctionRef,
    at: ExprRef,
}

/// Reports functions that set a password and end no session, where at least two others do.
pub(super) fn report(project: &Project, findings: &mut Findings) {
    let (ending, leaving): (Vec<Setter>, Vec<Setter>) =
        setters(project).into_iter().partition(|setter| ends_sessions_around(project, setter.function));
    if ending.len() < ENOUGH {
        return;
    }
    for setter in leaving {
        let name = name_of(project, setter.function);
        let message = format!(
            "`{name}` sets a password and leaves the sessions of the account alone, while {} other functions that set one end them: who stole a session keeps it.",
            ending.len()
        );
        let mut report = findings.report(project.at(setter.at), format!("password: {name}"), message);
        for other in ending.iter().take(ENOUGH) {
            report =
                report.also(project.at(other.at), format!("`{}` ends the sessions", name_of(project, other.function)));
        }
    }
}

/// The functions that set passwords of accounts that are there already, while a request is served.
fn setters(project: &Project) -> Vec<Setter> {
    let mut found: BTreeMap<FunctionRef, ExprRef> = BTreeMap::new();
    for change in project.row_changes().iter().filter(|change| change.attribute().is_some_and(is_password)) {
        if project.class_of(change.function) != Some(change.model) {
            found.entry(change.function).or_insert(change.at);
            continue;
        }
        // `user.set_password(new)`: who calls the method sets the password.
        for caller in project.callers(change.function) {
            found.entry(caller.function).or_insert(ExprRef { file: caller.function.file, expr: caller.call });
        }
    }
    let setters = found.into_iter().map(|(function, at)| Setter { function, at });
    setters.filter(|setter| gives_new_password(project, setter.function)).collect()
}

/// Not where an account is made, nor where a login only stores the same password anew.
fn gives_new_password(project: &Project, function: FunctionRef) -> bool {
    const OTHERS: &[&str] = &[
        "add",
        "authenticate",
        "bootstrap",
        "create",
        "import",
        "init",
        "login",
        "make",
        "migrate",
        "register",
        "rehash",
        "seed",
        "signin",
        "signup",
        "upgrade",
        "verify",
    ];
    let name = snake_case(name_of(project, function));
    project.reach(function) == Some(Reach::Request)
        && !OTHERS.iter().any(|word| has_word(&name, word))
        && !project
            .row_changes_in(function)
            .any(|change| change.kind == RowChangeKind::Create && has_password(project, change))
}

/// Whether rows of this kind have a password.
fn has_password(project: &Project, change: &RowChange) -> bool {
    project.model(change.model).is_some_and(|model| model.columns().any(|(attribute, _)| is_password(&attribute.name)))
}

/// `password`, `hashed_password`, `password_hash`; not `password_changed_at`.
fn is_password(attribute: &str) -> bool {
    let snake = snake_case(attribute);
    let mut words =
        snake.split('_').filter(|word| !matches!(*word, "" | "digest" | "encrypted" | "hash" | "hashed" | "user"));
    matches!((words.next(), words.next()), (Some("password" | "passwd" | "pwd"), None))
}

/// Whether a function, those it calls or who calls it ends sessions.
fn ends_sessions_around(project: &Project, function: FunctionRef) -> bool {
    let below = project.called_within(function, DEPTH).into_iter().map(|(_, function)| function);
    let above = project.callers(function).iter().map(|caller| caller.function);
    below.chain(above).any(|function| ends_sessions(project, function))
}

fn ends_sessions(project: &Project, function: FunctionRef) -> bool {
    let by_call = project.calls_in(function).iter().any(|call| call.name().is_some_and(is_end));
    by_call || project.row_changes_in(function).any(|change| ends_by_row(project, change))
}

/// `revoke_all_sessions`, `logout_everywhere`; not `delete_reset_token`.
fn is_end(name: &str) -> bool {
    const VERBS: &[&str] = &[
        "blacklist",
        "clear",
        "close",
        "delete",
        "destroy",
        "end",
        "expire",
        "invalidate",
        "kill",
        "logout",
        "purge",
        "remove",
        "revoke",
        "terminate",
    ];
    // One session may be that of the database, and one token the one that is used up.
    const SESSIONS: &[&str] = &["devices", "logins", "refresh_token", "refresh_tokens", "sessions", "tokens"];
    let snake = snake_case(name);
    let has = |words: &[&str]| words.iter().any(|word| has_word(&snake, word));
    (has(VERBS) && has(SESSIONS) || has(&["logout_all", "logout_everywhere", "logout_others"])) && !is_one_time(&snake)
}

/// Rows of sessions that go or are marked, and versions that all tokens of an account carry.
fn ends_by_row(project: &Project, change: &RowChange) -> bool {
    const VERSIONS: &[&str] = &[
        "jwt_version",
        "password_changed_at",
        "password_version",
        "security_stamp",
        "session_version",
        "token_version",
        "tokens_valid_after",
        "tokens_valid_from",
    ];
    let model = project.model(change.model).map(|model| snake_case(&model.name)).unwrap_or_default();
    let is_kept = ["session", "access_token", "auth_token", "refresh_token"].iter().any(|word| has_word(&model, word));
    let is_session = is_kept && !is_one_time(&model);
    match &change.kind {
        RowChangeKind::Remove => is_session,
        RowChangeKind::Set { attribute, .. } => {
            VERSIONS.contains(&attribute.as_str()) || is_session && super::MARKS.contains(&attribute.as_str())
        }
        RowChangeKind::Create => false,
    }
}

/// What is used up by the very act.
fn is_one_time(snake: &str) -> bool {
    ["code", "confirmation", "csrf", "email", "invitation", "invite", "magic", "otp", "reset", "verification"]
        .iter()
        .any(|word| has_word(snake, word))
}

fn name_of(project: &Project, function: FunctionRef) -> &str {
    project.file(function.file).map_or("", |file| file.function_name(function.id))
}
