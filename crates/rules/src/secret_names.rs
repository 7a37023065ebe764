//! What a name in snake case says of the secret it holds, beyond that it is one.

use backlint_model::words;

use crate::secrets::is_placeholder;

const KEY_ENDINGS: &[&str] = &[
    "app_secret",
    "auth_secret",
    "cookie_secret",
    "csrf_secret",
    "encryption_key",
    "fernet_key",
    "hmac_key",
    "hmac_secret",
    "jwt_key",
    "jwt_secret",
    "jwt_signing_key",
    "pepper",
    "password_salt",
    "secret",
    "secret_key",
    "session_secret",
    "signing_key",
    "signing_secret",
    "token_secret",
];

/// Words of services that have their own keys and secrets.
const SERVICES: &[&str] = &[
    "access",
    "api",
    "aws",
    "captcha",
    "client",
    "consumer",
    "minio",
    "oauth",
    "paypal",
    "recaptcha",
    "s3",
    "stripe",
    "turnstile",
    "twilio",
];

const PASSWORD_ENDINGS: &[&str] = &["passwd", "password", "pwd"];

/// Whose passwords are kept in configuration.
const ACCOUNTS: &[&str] = &[
    "admin",
    "broker",
    "clickhouse",
    "database",
    "db",
    "default",
    "elastic",
    "elasticsearch",
    "email",
    "ftp",
    "imap",
    "ldap",
    "mail",
    "master",
    "minio",
    "mongo",
    "mongodb",
    "mq",
    "mysql",
    "neo4j",
    "pg",
    "postgres",
    "rabbitmq",
    "redis",
    "root",
    "smtp",
    "sql",
    "superuser",
];

/// Whether the name is that of a key which signs, verifies or encrypts for the application itself.
pub(crate) fn is_signing_key(snake: &str) -> bool {
    is_ending(snake, KEY_ENDINGS) && !SERVICES.iter().any(|word| words::has_word(snake, word)) && !is_public(snake)
}

/// Whether the name is that of a password or secret key for a service or an administrator.
pub(crate) fn is_service_credential(snake: &str) -> bool {
    if snake == "password" || snake == "passwd" {
        return true;
    }
    let is_password = is_ending(snake, PASSWORD_ENDINGS) && ACCOUNTS.iter().any(|word| words::has_word(snake, word));
    let is_key = is_ending(snake, &["secret_key", "secret_access_key"])
        && SERVICES.iter().any(|word| words::has_word(snake, word));
    is_password || is_key
}

/// Whether the name is that of a key or token which another party gave out and checks.
pub(crate) fn is_foreign_key(snake: &str) -> bool {
    is_ending(
        snake,
        &[
            "access_token",
            "api_key",
            "api_keys",
            "api_token",
            "apikey",
            "auth_token",
            "bearer_token",
            "client_secret",
            "token",
        ],
    ) && !is_signing_key(snake)
}

/// Whether a value only repeats its name, as those of labels, field names and enumerations do.
///
/// `JWT_SECRET = "secret"` is a weak key, `PASSWORD_SECRET_KEY = "password"` the name of an entry: the words before
/// those that make it a key decide.
pub(crate) fn is_label(snake: &str, value: &str) -> bool {
    let value = words::snake_case(value);
    let value = value.trim_matches('_');
    let subject = KEY_ENDINGS.iter().filter_map(|ending| snake.strip_suffix(ending)).min_by_key(|rest| rest.len());
    let repeats = |text: &str| text == value || text.strip_suffix(value).is_some_and(|rest| rest.ends_with('_'));
    match subject.map(|rest| rest.trim_matches('_')) {
        Some(subject) => snake.trim_matches('_') == value || (!subject.is_empty() && repeats(subject)),
        None => repeats(snake.trim_matches('_')),
    }
}

/// Whether a value has the form of a secret rather than of a URL, a path, a template, a hash or a sentence.
pub(crate) fn is_plain(value: &str) -> bool {
    const LONGEST_PHRASE: usize = 4;
    const HASHES: &[&str] =
        &["$2a$", "$2b$", "$2y$", "$argon2", "pbkdf2:", "pbkdf2_sha256$", "scrypt:", "sha256$", "sha1$"];
    const FILES: &[&str] = &[".pem", ".key", ".json", ".txt", ".html", ".py", ".yml", ".yaml", ".crt"];
    let is_list = value.matches(',').count() >= 2;
    !value.contains("://")
        && !is_list
        && !value.starts_with(['/', '.', '~', '{', '<', '$', '%'])
        && !value.contains(['{', '<'])
        && !HASHES.iter().any(|prefix| value.starts_with(prefix))
        && !FILES.iter().any(|ending| value.ends_with(ending))
        && value.split_whitespace().count() <= LONGEST_PHRASE
        && !value.ends_with([':', '?'])
        && !is_pattern(value)
}

/// `^[a-z0-9]+$`: what a password has to look like.
fn is_pattern(value: &str) -> bool {
    value.starts_with('^') && value.ends_with('$')
}

/// Whether what stands under the name of a secret is one: neither empty nor a switch, an amount or the name of an object.
pub(crate) fn is_secret_value(snake: &str, value: &str) -> bool {
    let is_other = is_switch(value) || is_amount(snake, value) || is_resource_name(snake, value);
    // Who gave the key out refuses a placeholder; the application itself takes it.
    let is_refused = is_foreign_key(snake) && is_placeholder(value);
    !value.is_empty() && is_plain(value) && !is_other && !is_refused
}

/// `PASSWORD_LOGIN=true` turns something on; it holds no password.
fn is_switch(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "0" | "1" | "none" | "null")
}

/// `PROXY_CA_SECRET=proxy-ca` names an object in which a secret lies.
fn is_resource_name(snake: &str, value: &str) -> bool {
    let value = words::snake_case(value);
    let is_head = snake.strip_prefix(value.as_str()).is_some_and(|rest| rest.starts_with('_'));
    let is_in_cluster = ["k8s", "kube", "kubernetes"].iter().any(|word| words::has_word(snake, word));
    is_in_cluster || is_head && value.contains('_') || snake == value && !is_signing_key(snake)
}

/// Tokens of language models are counted: `MAX_TOKENS=4096`.
fn is_amount(snake: &str, value: &str) -> bool {
    // `1d`, `30m`: a time to live.
    let number = value.strip_suffix(['s', 'm', 'h', 'd', 'w']).unwrap_or(value);
    let is_number = number.chars().all(|c| c.is_ascii_digit() || c == '_' || c == '.');
    is_number && words::has_word(snake, "token")
}

fn is_ending(snake: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| snake.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('_')))
}

fn is_public(snake: &str) -> bool {
    words::has_word(snake, "public") || words::has_word(snake, "publishable")
}
