//! SEC002: a setting that falls back to a published secret.

mod defaults;

use backlint_finding::{Findings, Severity};
use backlint_model::{Project, Role, words};

use crate::secret_names::{is_foreign_key, is_plain, is_service_credential, is_signing_key};
use crate::secrets::{is_placeholder, masked};
use crate::startup_checks::StartupChecks;
use defaults::{Default, Source};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let candidates: Vec<Default<'_>> = project
        .reported_files()
        .flat_map(|file| defaults::find(project, file))
        .filter(|default| is_secret(default) && !default.file.is_dev_only(default.literal))
        .collect();
    if candidates.is_empty() {
        return;
    }
    let checks = startup_checks(project);
    for default in candidates {
        if checks.refuse(&default.names, default.value) {
            continue;
        }
        let report = findings.report(default.file.at_expr(default.literal), title(&default), message(&default));
        if is_service_credential(&words::snake_case(&default.key)) {
            report.severity(Severity::Medium);
        }
    }
}

fn startup_checks(project: &Project) -> StartupChecks {
    let mut checks = StartupChecks::default();
    for file in project.files() {
        if matches!(file.role(), Role::App | Role::Script) {
            checks.read(file);
        }
    }
    checks
}

fn is_secret(default: &Default<'_>) -> bool {
    let Default { key, value, .. } = default;
    let snake = words::snake_case(key);
    words::is_secret_name(&snake)
        && !value.is_empty()
        && is_plain(value)
        && !is_switch(value)
        && !is_amount(&snake, value)
        && !is_resource_name(&snake, value)
        // Who gave the key out refuses a placeholder; the application itself takes it.
        && !(is_foreign_key(&snake) && is_placeholder(value))
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

/// `JWT_KEY`, `Settings.jwt_secret`.
fn title(default: &Default<'_>) -> String {
    match default.source {
        Source::Environment => default.key.clone(),
        Source::Field(class) => format!("{class}.{}", default.key),
    }
}

fn message(default: &Default<'_>) -> String {
    let shown = masked(default.value);
    let title = title(default);
    let place = match default.source {
        Source::Environment => format!("Without `{title}` in the environment"),
        Source::Field(_) => format!("If nothing sets `{title}`"),
    };
    let snake = words::snake_case(&default.key);
    let (consequence, cure) = if is_signing_key(&snake) {
        (
            "whatever it signs or encrypts rests on a published default",
            "give it no default, so that start fails without it",
        )
    } else {
        ("a published default is used", "give it no default, or refuse this one at start")
    };
    format!("{place}, {consequence} (`{shown}`); {cure}.")
}
