//! Literals that are passed, directly or through a constant, to a call that signs, hashes or connects.

use std::sync::LazyLock;

use backlint_model::{File, words};
use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt};
use rustc_hash::FxHashSet;
use serde::Deserialize;

use super::{Kind, Secret};
use crate::data;
use crate::expressions::{assigned_value, is_in_example, label, literal, path_ends_with};
use crate::secret_names::{is_plain, is_signing_key};
use crate::secrets::is_placeholder;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Uses {
    keyed: Vec<KeyedCall>,
    passwords: Vec<PasswordCall>,
    makers: Vec<String>,
    connectors: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyedCall {
    path: String,
    place: usize,
    keyword: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PasswordCall {
    name: String,
    place: usize,
}

static USES: LazyLock<Uses> = LazyLock::new(|| data::load(include_str!("../../../data/secret_uses.toml")));

/// The last segments of the paths of `keyed`.
static KEYED_NAMES: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| USES.keyed.iter().filter_map(|known| known.path.rsplit('.').next()).collect());

pub(super) fn secrets(file: File<'_>) -> Vec<Secret> {
    let mut found = Vec::new();
    for call in file.calls() {
        for (argument, kind) in secret_arguments(file, call) {
            found.extend(secret(file, call, argument, kind));
        }
    }
    found
}

/// The secret that an argument is, if its value is a literal.
fn secret(file: File<'_>, call: Call<'_>, argument: ExprId, kind: Kind) -> Option<Secret> {
    let is_direct = literal(file, argument).is_some();
    let at = if is_direct { argument } else { assigned_value(file, argument)? };
    let value = literal(file, at)?;
    if value.is_empty()
        || !is_plain(value)
        || is_in_example(file, at)
        || file.is_dev_only(at)
        || file.is_dev_only(call.expr)
    {
        return None;
    }
    if matches!(kind, Kind::Credential(_)) && (is_placeholder(value) || value.contains(char::is_whitespace)) {
        return None;
    }
    let used_at = (!is_direct).then(|| file.at(file.first_line(call.span())));
    let anchor = format!("{}: {}", file.context_name(call.expr), file.text_of(call.function));
    Some(Secret { literal: at, value: value.to_owned(), anchor, kind, used_at })
}

/// The arguments of a call that must be secret, and what each is for.
fn secret_arguments(file: File<'_>, call: Call<'_>) -> Vec<(ExprId, Kind)> {
    let mut found = Vec::new();
    if let Some(key) = key_argument(file, call) {
        found.push((key, Kind::Key(called(file, call, key))));
    }
    for arg in call.args {
        let ArgKind::Keyword(name) = arg.kind else { continue };
        let name = file.module().text(name);
        if is_signing_key(&words::snake(name)) && literal(file, arg.value).is_none() {
            found.push((arg.value, Kind::Key(called(file, call, arg.value))));
        }
    }
    if let Some(password) = user_password(file, call) {
        found.push((password, Kind::UserPassword(call.name().unwrap_or_default().to_owned())));
    }
    found
        .extend(service_password(file, call).map(|password| {
            (password, Kind::Credential(format!("The password of `{}`", file.text_of(call.function))))
        }));
    found
}

/// The name under which a key is passed, or the call that takes it.
fn called(file: File<'_>, call: Call<'_>, key: ExprId) -> String {
    match label(file, key) {
        Some(name) => format!("`{name}`"),
        None => format!("of `{}`", file.text_of(call.function)),
    }
}

fn key_argument(file: File<'_>, call: Call<'_>) -> Option<ExprId> {
    if !file.defined_name(call).is_some_and(|name| KEYED_NAMES.contains(name)) {
        return None;
    }
    let path = file.path_of(call.function)?;
    let known = USES.keyed.iter().find(|known| path_ends_with(&path, &known.path))?;
    // Reading a token without checking it takes any key.
    let is_unchecked = call.args.iter().any(|arg| file.slice(arg.span).contains("verify_signature"));
    if is_unchecked {
        return None;
    }
    call.argument(&known.keyword, known.place)
}

/// The password that a call gives to a user.
fn user_password(file: File<'_>, call: Call<'_>) -> Option<ExprId> {
    let name = call.name()?;
    let snake = words::snake_case(name);
    let known = USES.passwords.iter().find(|known| known.name == snake);
    let is_hash = name == "hash" && call.receiver().and_then(|r| label(file, r)).is_some_and(is_password_hasher);
    let password = if let Some(known) = known {
        call.positional(known.place)
    } else if is_hash {
        // Whether a library works is tried out on such words.
        call.positional(0).filter(|&text| !literal(file, text).is_some_and(is_placeholder))
    } else if USES.makers.contains(&snake) {
        call.keyword("password").map(|arg| arg.value)
    } else {
        None
    };
    password.filter(|_| !is_decoy(file, call.expr))
}

fn is_password_hasher(name: &str) -> bool {
    let snake = words::snake_case(name);
    ["pwd", "password", "bcrypt", "argon2", "hasher"].iter().any(|word| words::has_word(&snake, word))
}

/// A hash that only makes a failed login take as long as a good one: it belongs to no user.
fn is_decoy(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(expr) else { return false };
    let target = match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => module.list(targets).first().and_then(|&target| label(file, target)),
        Stmt::AnnAssign { target, .. } => label(file, target),
        _ => None,
    };
    let around = [target.unwrap_or_default().to_lowercase(), file.context_name(expr).to_lowercase()];
    let words = ["dummy", "fake", "timing", "decoy", "invalid", "nonexistent", "unusable"];
    around.iter().any(|name| words.iter().any(|word| name.contains(word)))
}

/// The password with which a call opens a connection.
fn service_password(file: File<'_>, call: Call<'_>) -> Option<ExprId> {
    let module = file.module();
    let pair = call.keyword("auth").or_else(|| call.keyword("basic_auth")).map(|arg| arg.value);
    if let Some(Expr::Tuple(items)) = pair.map(|pair| module.expr(pair)) {
        let &[user, password] = module.list(items) else { return None };
        // Services that take a key for the user name ignore the password.
        let is_key =
            label(file, user).is_some_and(|name| words::is_secret_name(name) || name.to_lowercase().ends_with("key"));
        return (!is_key).then_some(password);
    }
    let name = call.name()?;
    if !USES.connectors.iter().any(|known| known == name) {
        return None;
    }
    let by_keyword = ["password", "passwd", "pwd"].iter().find_map(|name| call.keyword(name));
    match (by_keyword, name) {
        (Some(arg), _) => Some(arg.value),
        (None, "HTTPBasicAuth" | "HTTPDigestAuth" | "PlainCredentials") => call.positional(1),
        (None, "login") => {
            let receiver = call.receiver().and_then(|receiver| label(file, receiver))?.to_lowercase();
            let is_mail = ["smtp", "imap", "server", "mail", "ftp"].iter().any(|word| receiver.contains(word));
            is_mail.then(|| call.positional(1)).flatten()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_without_doubles() {
        let lists = [
            USES.keyed.iter().map(|call| call.path.clone()).collect(),
            USES.passwords.iter().map(|call| call.name.clone()).collect(),
            USES.makers.clone(),
            USES.connectors.clone(),
        ];
        for list in lists {
            let mut sorted: Vec<String> = list.clone();
            sorted.sort();
            sorted.dedup();
            assert_eq!(list, sorted);
        }
    }
}
