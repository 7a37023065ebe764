//! SEC002: a setting that falls back to a published secret.

mod defaults;

use backlint_finding::{Findings, Severity};
use backlint_model::{Project, Role, words};

use crate::secret_names::{is_secret_value, is_service_credential, is_signing_key};
use crate::secrets::masked;
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
    let snake = words::snake_case(&default.key);
    words::is_secret_name(&snake) && is_secret_value(&snake, default.value)
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
