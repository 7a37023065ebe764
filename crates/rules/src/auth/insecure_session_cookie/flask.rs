//! The session cookie of Flask apps, and the token cookies of their extension for tokens.

use backlint_finding::{Audience, Confidence, Findings, Severity};
use backlint_model::{ConfigSource, ConfigWrite, ContainerId, ContainerKind, Framework, Liveness, Project, Role};
use backlint_source::Location;

use super::flags::{Flag, are_set_elsewhere, flag};
use crate::overrides::Overrides;

const SECURE: &str = "SESSION_COOKIE_SECURE";
const SAME_SITE: &str = "SESSION_COOKIE_SAMESITE";

/// What the configuration of an app says about a flag.
enum Setting<'p> {
    /// It is on, or nobody can tell.
    On,
    /// Nothing sets it.
    Missing,
    /// Only a `setdefault` that does nothing sets it.
    WithoutEffect(&'p ConfigWrite),
    /// This turns it off.
    Off(&'p ConfigWrite, Option<String>),
}

pub(super) fn check(project: &Project, overrides: &Overrides, findings: &mut Findings) {
    if are_set_elsewhere(project) {
        return;
    }
    for (id, container) in project.containers() {
        let is_app = container.kind == ContainerKind::App && container.framework == Framework::Flask;
        let Some(file) = project.file(container.made.file).filter(|file| is_app && file.role() == Role::App) else {
            continue;
        };
        let app = App {
            project,
            id,
            name: &container.import_path,
            at: file.at(file.first_line(file.module().span(container.made.expr))),
        };
        token_cookies(&app, overrides, findings);
        // A script may make an app only to use its database.
        let serves = project.routes().iter().any(|route| {
            route.app.map_or(route.liveness == Liveness::Unknown, |app| app == id) && route.handler.function().is_some()
        });
        if let Some(login) = project.session_login(id).filter(|_| serves) {
            session_cookie(&app, login, overrides, findings);
        }
    }
}

struct App<'p> {
    project: &'p Project,
    id: ContainerId,
    name: &'p str,
    at: Location,
}

impl<'p> App<'p> {
    fn setting(&self, key: &'static str, overrides: &Overrides) -> Setting<'p> {
        let mut off = None;
        let mut without_effect = None;
        for write in self.project.config_writes(self.id, key).filter(|write| !write.is_dev_only) {
            let state = write.value.and_then(|value| {
                let file = self.project.file(value.file)?;
                Some(flag(self.project, file, value.expr, overrides))
            });
            match state {
                Some(Flag::Off { unless, .. }) if write.source != ConfigSource::SetDefault => {
                    off = off.or(Some((write, unless)));
                }
                Some(Flag::Off { .. }) => {}
                Some(Flag::On) | None if write.takes_effect() => return Setting::On,
                Some(Flag::On) | None => without_effect = without_effect.or(Some(write)),
            }
        }
        match (off, without_effect) {
            (Some((write, unless)), _) => Setting::Off(write, unless),
            (None, Some(write)) => Setting::WithoutEffect(write),
            (None, None) => Setting::Missing,
        }
    }
}

fn session_cookie(app: &App<'_>, login: Location, overrides: &Overrides, findings: &mut Findings) {
    let secure = app.setting(SECURE, overrides);
    let same_site = app.setting(SAME_SITE, overrides);
    let mut missing = Vec::new();
    for (key, setting) in [(SECURE, &secure), (SAME_SITE, &same_site)] {
        match setting {
            Setting::On => {}
            Setting::Missing => missing.push(key),
            Setting::WithoutEffect(write) => report_without_effect(app, key, write, login, findings),
            Setting::Off(write, unless) => report_off(app, key, write, unless.as_deref(), login, findings),
        }
    }
    if !missing.is_empty() {
        report_missing(app, &missing, login, findings);
    }
}

fn risk(key: &str) -> &'static str {
    if key == SAME_SITE {
        "the browser decides whether requests that other sites start carry the session"
    } else {
        "browsers send the session over plain HTTP too"
    }
}

fn fix(key: &str) -> String {
    let value = if key == SAME_SITE { "\"Lax\"" } else { "True" };
    format!("`app.config[\"{key}\"] = {value}`")
}

/// The `SameSite` flag alone adds to protections that browsers have by themselves.
fn severity(key: &str) -> Severity {
    if key == SAME_SITE { Severity::Low } else { Severity::Medium }
}

fn report_without_effect(app: &App<'_>, key: &str, write: &ConfigWrite, login: Location, findings: &mut Findings) {
    let call = app.project.file(write.at.file).map_or("setdefault", |file| file.slice(write.at.span));
    let message = format!(
        "`{call}` does nothing: Flask already defines the key. So it keeps its default, and {}. Write {}.",
        risk(key),
        fix(key),
    );
    findings
        .report(write.at, format!("{key}: setdefault"), message)
        .severity(severity(key))
        .also(login, "callers are signed in by the session here");
}

fn report_off(
    app: &App<'_>,
    key: &str,
    write: &ConfigWrite,
    unless: Option<&str>,
    login: Location,
    findings: &mut Findings,
) {
    let condition = unless.map_or_else(String::new, |name| format!(" unless `{name}` is set"));
    let message = format!("`{key}` is off{condition}: {}. Turn it on outside development.", risk(key));
    let mut report = findings
        .report(write.at, format!("{}: {key}", app.name), message)
        .severity(severity(key))
        .also(login, "callers are signed in by the session here");
    if unless.is_some() {
        report = report.confidence(Confidence::Medium);
    }
    report.also(app.at, "the app that is configured");
}

fn report_missing(app: &App<'_>, missing: &[&str], login: Location, findings: &mut Findings) {
    let names = missing.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" or ");
    let risks = missing.iter().map(|key| risk(key)).collect::<Vec<_>>().join(", and ");
    let fixes = missing.iter().map(|key| fix(key)).collect::<Vec<_>>().join(" and ");
    let message =
        format!("Callers are signed in by the session cookie, and nothing sets {names}: {risks}. Set {fixes}.");
    let worst = if missing.contains(&SECURE) { SECURE } else { SAME_SITE };
    let mut report = findings
        .report(app.at, format!("app {}: {}", app.name, missing.join(", ")), message)
        .severity(severity(worst))
        .also(login, "callers are signed in by the session here");
    if let Some(unseen) = app.project.unseen_config(app.id) {
        report = report
            .audience(Audience::Pedantic)
            .confidence(Confidence::Low)
            .also(unseen, "settings loaded here are not in the repository and may set it");
    }
    report.confidence(Confidence::High);
}

/// Tokens that Flask-JWT-Extended keeps in cookies.
fn token_cookies(app: &App<'_>, overrides: &Overrides, findings: &mut Findings) {
    let mut locations = app.project.config_writes(app.id, "JWT_TOKEN_LOCATION").filter(|write| !write.is_dev_only);
    let Some(location) = locations.find(|write| names_cookies(app.project, write)) else { return };
    let key = "JWT_COOKIE_SECURE";
    let (at, condition) = match app.setting(key, overrides) {
        Setting::On => return,
        Setting::Missing | Setting::WithoutEffect(_) if app.project.unseen_config(app.id).is_some() => return,
        Setting::Missing | Setting::WithoutEffect(_) => (location.at, String::new()),
        Setting::Off(write, Some(name)) => (write.at, format!(" unless `{name}` is set")),
        Setting::Off(write, None) => (write.at, String::new()),
    };
    let message = format!(
        "Tokens are kept in cookies and `{key}` is off{condition}: browsers send them over plain HTTP too. Set {}.",
        fix(key)
    );
    findings.report(at, format!("app {}: {key}", app.name), message).also(location.at, "tokens go into cookies here");
}

fn names_cookies(project: &Project, write: &ConfigWrite) -> bool {
    let Some(value) = write.value else { return false };
    project.file(value.file).is_some_and(|file| {
        let text = file.text_of(value.expr);
        text.contains("\"cookies\"") || text.contains("'cookies'")
    })
}
