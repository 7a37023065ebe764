//! SEC002: a setting that falls back to a published secret.

mod defaults;

use backlint_finding::{Findings, Severity};
use backlint_model::{Project, Role, words};
use backlint_semantic::Call;

use crate::secret_names::{is_secret_value, is_service_credential, is_signing_key};
use crate::secrets::masked;
use crate::startup_checks::StartupChecks;
use defaults::{Default, Source};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let candidates: Vec<Default<'_>> = project
        .reported_files()
        .flat_map(|file| defaults::find(project, file))
        .filter(|default| {
            is_secret(default) && !default.file.is_dev_only(default.literal) && !is_of_caller(project, default)
        })
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
    let snake = words::snake_case(&default.key);
    words::is_secret_name(&snake) && is_secret_value(&snake, default.value)
}

/// Whether a script tells by this what it logs in with: such a script is a caller of the application, none of its settings
/// are the application's. A key that signs is nobody's to log in with.
fn is_of_caller(project: &Project, default: &Default<'_>) -> bool {
    const CLIENTS: &[&str] = &["aiohttp", "httpx", "requests", "urllib", "urllib3"];
    let file = default.file;
    let key = words::snake_case(&default.key);
    if file.role() != Role::Script || default.source != Source::Environment || is_signing_key(&key) {
        return false;
    }
    let is_for_tests = || ["e2e", "smoke", "test", "tests"].iter().any(|word| words::has_word(&key, word));
    let is_option = || {
        let mut calls = file.index().ancestors(default.literal).filter_map(|outer| Call::of(file.module(), outer));
        calls.any(|call| call.name() == Some("add_argument"))
    };
    let calls_others = || CLIENTS.iter().any(|client| file.imports_package(client));
    let is_apart = || {
        let loaded = project.loaded_with(file.id());
        loaded.into_iter().filter_map(|other| project.file(other)).all(|other| other.role() != Role::App)
    };
    is_for_tests() || is_option() && calls_others() && is_apart()
}

/// `JWT_KEY`, `Settings.jwt_secret`.
fn title(default: &Default<'_>) -> String {
    match default.source {
        Source::Environment | Source::Configuration => default.key.clone(),
        Source::Field(class) => format!("{class}.{}", default.key),
    }
}

fn message(default: &Default<'_>) -> String {
    let shown = masked(default.value);
    let title = title(default);
    let place = match default.source {
        Source::Environment => format!("Without `{title}` in the environment"),
        Source::Field(_) | Source::Configuration => format!("If nothing sets `{title}`"),
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
