//! CFG009: every website may send requests in the name of its visitors.

mod reflected;

use std::collections::BTreeSet;

use backlint_finding::{Audience, Confidence, Findings, Severity};
use backlint_model::{ContainerId, File, Project, Purpose, Role, Setter, Setting, Variable, Verdict, words};
use backlint_semantic::Call;
use backlint_source::Location;

use crate::cors::{AnyOrigin, CorsPolicy, is_any, policies};
use crate::expressions::literal;
use crate::overrides::Overrides;
use crate::switches::{Switch, project_switch};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let overrides = Overrides::read(project);
    for policy in policies(project) {
        if policy.file.is_dev_only(policy.call.expr) {
            continue;
        }
        let Some(open) = open_place(project, &policy, &overrides) else { continue };
        report(project, &policy, &open, login_cookie(project, policy.file), findings);
    }
    reflected::check(project, findings);
}

/// The place that lets every origin in, and how.
struct Open {
    at: Location,
    /// "unless `X` is set".
    condition: String,
}

fn open_place(project: &Project, policy: &CorsPolicy<'_>, overrides: &Overrides<'_>) -> Option<Open> {
    let origins = policy.origins(project);
    let in_code = origins.any.and_then(|any| match any {
        AnyOrigin::Literal(at) | AnyOrigin::Unrestricted(at) => Some(Open { at, condition: String::new() }),
        AnyOrigin::Default(setting) if overrides.decide(&setting.key) => None,
        AnyOrigin::Default(setting) => {
            Some(Open { at: setting.at, condition: format!(" unless `{}` is set", setting.key) })
        }
    });
    in_code.or_else(|| origins.settings.iter().find_map(|setting| deployed_open(project, setting)))
}

/// `ALLOWED_ORIGINS: ${ALLOWED_ORIGINS:-*}` in a deployment file.
fn deployed_open(project: &Project, setting: &Setting) -> Option<Open> {
    let is_set = |variable: &&Variable| {
        variable.purpose == Purpose::Production
            && variable.by != Setter::BuildArgument
            && variable.key.eq_ignore_ascii_case(&setting.key)
    };
    project.deployment().variables.iter().filter(is_set).find_map(|variable| {
        let value = variable.expanded().filter(|value| value.open.is_empty() && is_any(&value.text))?;
        let condition = value.defaulted.first().map(|(name, _)| format!(" unless `{name}` is set"));
        Some(Open { at: variable.value_at(), condition: condition.unwrap_or_default() })
    })
}

fn report(project: &Project, policy: &CorsPolicy<'_>, open: &Open, cookies: Option<Location>, findings: &mut Findings) {
    let file = policy.file;
    let credentials = policy.credentials().map_or(Switch::Off, |value| project_switch(project, file, value).0);
    let anchor = format!("{}: origins", file.context_name(policy.call.expr));
    let condition = &open.condition;
    match credentials {
        Switch::On | Switch::OnUnless(_) => {
            let message = with_credentials(condition, cookies);
            let mut report = findings.report(open.at, anchor, message);
            if open.at != policy.at() {
                report = report.also(policy.at(), "the policy is set here");
            }
            match cookies {
                Some(at) => report.also(at, "a cookie that browsers send along"),
                None => report.severity(Severity::Medium).confidence(Confidence::Medium).audience(Audience::Pedantic),
            };
        }
        Switch::Off if has_guards(project) => {
            let message = format!(
                "Scripts of every website may read the answers of this API{condition}. Browsers send no cookies along, so \
                 only what needs none is open; name the origins that need access."
            );
            findings.report(open.at, anchor, message).severity(Severity::Low).audience(Audience::Pedantic);
        }
        _ => {}
    }
}

fn with_credentials(condition: &str, cookies: Option<Location>) -> String {
    let what = if cookies.is_some() { "cookies" } else { "stored credentials" };
    format!(
        "Every website may call this API with the {what} of its visitors and read the answers{condition}: with \
         credentials, any origin is answered by its own name. List the origins that need access."
    )
}

/// Whether some route asks who calls: what is open to everyone anyway loses nothing.
fn has_guards(project: &Project) -> bool {
    project.routes().iter().any(|route| route.guarding.verdict == Verdict::Yes)
}

/// The first place where the applications that a file is part of set a cookie that says who is logged in.
fn login_cookie(project: &Project, file: File<'_>) -> Option<Location> {
    let apps: BTreeSet<ContainerId> = project.routes().iter().filter_map(|route| route.app).collect();
    let mut loaded = project.loaded_with(file.id());
    for &app in &apps {
        let with_app = project.loaded_with(project.container(app).made.file);
        if with_app.contains(&file.id()) {
            loaded.extend(with_app);
        }
    }
    let in_session = apps.iter().find_map(|&app| project.session_login(app).filter(|at| loaded.contains(&at.file)));
    in_session.or_else(|| {
        loaded.iter().filter_map(|&file| project.file(file)).filter(|file| file.role() == Role::App).find_map(|file| {
            let mut calls =
                file.calls_named(&["APIKeyCookie", "set_access_cookies", "set_cookie", "SessionMiddleware"]);
            calls.find(|call| may_hold_login(file, *call)).map(|call| file.at_expr(call.expr))
        })
    })
}

/// Whether a cookie is, by its name, more than a language or another preference.
fn may_hold_login(file: File<'_>, call: Call<'_>) -> bool {
    const PREFERENCES: &[&str] = &["consent", "csrf", "lang", "language", "locale", "theme", "timezone", "xsrf"];
    let name = call.argument("key", 0).and_then(|name| literal(file, name)).map(words::snake_case).unwrap_or_default();
    call.name() != Some("set_cookie") || !PREFERENCES.iter().any(|word| words::has_word(&name, word))
}
