//! Which parts of a request say who is calling, from `data/identity.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::site::Part;
use super::values::{About, Value};
use crate::words::{has_word, snake_case};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    attributes: Vec<String>,
    holders: Vec<String>,
    keys: Vec<String>,
    fields: Vec<String>,
    session: Vec<String>,
    forgery: Vec<String>,
    not_keys: Vec<String>,
    origins: Vec<String>,
    questions: Vec<String>,
    verifiers: Vec<String>,
    decoders: Vec<String>,
    settings: Vec<String>,
}

static DATA: LazyLock<Data> = LazyLock::new(|| crate::words::load(include_str!("../../../../data/identity.toml")));

fn has_any(name: &str, words: &[String]) -> bool {
    let snake = snake_case(name);
    words.iter().any(|word| has_word(&snake, word))
}

/// `request.headers`, `request.url.path`: what part of the request `base.name` is.
pub(super) fn part(base: &str, name: &str) -> Option<Part> {
    let of_request = DATA.holders.iter().any(|holder| holder == base) || base == "url";
    match name {
        "headers" | "cookies" => Some(Part::Headers),
        "session" if base != "db" && base != "database" && of_request => Some(Part::Session),
        "args" | "query_params" | "form" | "values" | "query_string" if of_request => Some(Part::Fields),
        "path" if of_request => Some(Part::Path),
        "endpoint" if of_request => Some(Part::Endpoint),
        "blueprint" if of_request => Some(Part::Blueprint),
        "method" if of_request => Some(Part::Method),
        _ => None,
    }
}

/// `scope["path"]` and its like.
pub(super) fn scope_entry(key: &str) -> Value {
    match key {
        "path" | "raw_path" => Value::part(Part::Path, About::SITE),
        "method" => Value::part(Part::Method, About::SITE),
        "type" => Value::part(Part::Protocol, About::SITE),
        "headers" | "cookies" => Value::part(Part::Headers, About::NOTHING),
        "session" => Value::part(Part::Session, About::CALLER),
        "client" | "server" => Value::unknown(About::FOREIGN),
        key if DATA.attributes.iter().any(|known| known == key) => Value::missing(),
        _ => Value::unknown(About::REQUEST),
    }
}

/// What a stranger's request holds under a key.
pub(super) fn entry(part: Part, key: &str) -> Value {
    if has_any(key, &DATA.forgery) || part == Part::Headers && has_any(key, &DATA.not_keys) {
        return Value::unknown(About::FOREIGN);
    }
    let words = match part {
        Part::Headers => &DATA.keys,
        Part::Session => &DATA.session,
        _ => &DATA.fields,
    };
    if has_any(key, words) {
        Value::missing()
    } else if part == Part::Headers && has_any(key, &DATA.origins) {
        Value::unknown(About::FOREIGN)
    } else {
        Value::unknown(About::NOTHING)
    }
}

/// `g.user`, `request.state.user`, `request.authorization`.
pub(super) fn is_caller_attribute(base: &str, name: &str) -> bool {
    DATA.holders.iter().any(|holder| holder == base) && DATA.attributes.iter().any(|known| known == name)
}

/// Whether a name is one of those under which requests hold the caller.
pub(super) fn is_attribute(name: &str) -> bool {
    DATA.attributes.iter().any(|known| known == name)
}

/// `request.client`, `request.remote_addr`: where the request comes from.
pub(super) fn is_origin(base: &str, name: &str) -> bool {
    DATA.holders.iter().any(|holder| holder == base)
        && matches!(name, "client" | "remote_addr" | "access_route" | "host")
}

/// What an attribute of an identity is for strangers, where that is not "missing".
pub(super) fn of_strangers(name: &str) -> Option<bool> {
    matches!(name, "is_anonymous" | "is_guest" | "anonymous").then_some(true)
}

/// Whether a call of something that is not seen asks who is calling: `get_current_user()`, `is_logged_in()`.
pub(super) fn asks_who(name: &str) -> bool {
    !has_any(name, &DATA.forgery) && has_any(name, &DATA.questions)
}

/// Whether a function of this name gives something that says who is calling.
pub(super) fn is_about_caller(name: &str) -> bool {
    asks_who(name) || has_any(name, &DATA.attributes)
}

/// Whether a call checks a proof that a form was ours: `validate_csrf(…)`.
pub(super) fn checks_forgery(name: &str) -> bool {
    let snake = snake_case(name);
    ["csrf", "xsrf", "captcha", "recaptcha", "turnstile"].iter().any(|word| has_word(&snake, word))
}

/// Whether a call answers if a credential is right.
pub(super) fn verifies(name: &str) -> bool {
    DATA.verifiers.iter().any(|known| known == name)
}

/// Whether a call of a library raises for a credential that is not right.
pub(super) fn decodes(path: &str) -> bool {
    DATA.decoders.iter().any(|known| path.ends_with(known.as_str()))
}

/// Whether a name is that of a setting.
pub(super) fn setting(text: &str) -> About {
    let lower = text.to_ascii_lowercase();
    if DATA.settings.iter().any(|word| lower.contains(word.as_str())) { About::SETTINGS } else { About::NOTHING }
}

/// As [`setting`], for the plain name of a constant.
pub(super) fn constant(text: &str) -> About {
    let is_constant = text.len() > 2 && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if is_constant { About::SETTINGS } else { setting(text) }
}

/// Whether a parameter of this name takes a credential.
pub(super) fn is_credential_name(name: &str) -> bool {
    !has_any(name, &DATA.forgery) && has_any(name, &DATA.fields)
}

/// Whether a header of this name shows who is calling.
pub(super) fn is_credential_header(name: &str) -> bool {
    entry(Part::Headers, name).is_missing
}
