//! Settings of an extension that an argument of its constructor wins over.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{ConfigSource, ConfigWrite, ContainerKind, File, Framework, Project};
use backlint_semantic::{Call, fold};
use backlint_syntax::ast::ExprId;

use super::reads::read_names;

/// Constructor, argument, and the setting that is only asked for without it.
const ARGUMENTS: &[(&str, &str, &str)] = &[
    ("flask_cors.CORS", "allow_headers", "CORS_ALLOW_HEADERS"),
    ("flask_cors.CORS", "expose_headers", "CORS_EXPOSE_HEADERS"),
    ("flask_cors.CORS", "max_age", "CORS_MAX_AGE"),
    ("flask_cors.CORS", "methods", "CORS_METHODS"),
    ("flask_cors.CORS", "origins", "CORS_ORIGINS"),
    ("flask_cors.CORS", "resources", "CORS_RESOURCES"),
    ("flask_cors.CORS", "supports_credentials", "CORS_SUPPORTS_CREDENTIALS"),
    ("flask_limiter.Limiter", "application_limits", "RATELIMIT_APPLICATION"),
    ("flask_limiter.Limiter", "default_limits", "RATELIMIT_DEFAULT"),
    ("flask_limiter.Limiter", "headers_enabled", "RATELIMIT_HEADERS_ENABLED"),
    ("flask_limiter.Limiter", "key_prefix", "RATELIMIT_KEY_PREFIX"),
    ("flask_limiter.Limiter", "strategy", "RATELIMIT_STRATEGY"),
    ("flask_limiter.Limiter", "swallow_errors", "RATELIMIT_SWALLOW_ERRORS"),
];

/// A value that is given to a constructor in place of a setting.
struct Given<'p> {
    file: File<'p>,
    constructor: &'p str,
    argument: &'p str,
    key: &'p str,
    value: ExprId,
}

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let given = given(project);
    let keys: BTreeSet<&str> = given.iter().map(|given| given.key).collect();
    if keys.is_empty() {
        return;
    }
    let read = read_names(project, &keys);
    for given in given.iter().filter(|given| !read.contains(given.key)) {
        if let Some(write) = write_of(project, given.key) {
            report(given, write, findings);
        }
    }
}

fn report(given: &Given<'_>, write: &ConfigWrite, findings: &mut Findings) {
    let Given { file, constructor, argument, key, value } = given;
    let message =
        format!("`{key}` does nothing: `{constructor}(…)` is given `{argument}`, which wins over the setting.");
    findings.report(write.at, *key, message).also(file.at_expr(*value), "this value holds");
}

/// What the constructors are given. Where an extension is made twice, the setting may be meant for the other one.
fn given(project: &Project) -> Vec<Given<'_>> {
    let calls: Vec<(File<'_>, Call<'_>, String)> = project
        .reported_files()
        .flat_map(|file| file.calls_named(&["CORS", "Limiter"]).map(move |call| (file, call)))
        .filter_map(|(file, call)| Some((file, call, file.path_of(call.function)?)))
        .collect();
    let mut found = Vec::new();
    for (path, argument, key) in ARGUMENTS {
        let mut made = calls.iter().filter(|(_, _, callee)| callee == path);
        let (Some((file, call, _)), None) = (made.next(), made.next()) else { continue };
        let Some(value) = call.keyword(argument).map(|argument| argument.value) else { continue };
        let is_set = !matches!(fold(file.module(), file.index(), value).truth(), Some(false));
        let constructor = path.rsplit('.').next().unwrap_or(path);
        if is_set && !file.is_dev_only(value) {
            found.push(Given { file: *file, constructor, argument, key, value });
        }
    }
    found
}

/// The one place that gives the setting to the one application.
fn write_of<'p>(project: &'p Project, key: &'p str) -> Option<&'p ConfigWrite> {
    let is_flask = |container: &backlint_model::Container| {
        container.kind == ContainerKind::App && container.framework == Framework::Flask
    };
    let mut apps = project.containers().filter(|(_, container)| is_flask(container));
    let (app, _) = apps.next()?;
    let mut writes = project.config_writes(app, key);
    let write = writes.next()?;
    let is_given = matches!(write.source, ConfigSource::Assigned | ConfigSource::Object);
    (is_given && !write.is_dev_only).then_some(write)
}
