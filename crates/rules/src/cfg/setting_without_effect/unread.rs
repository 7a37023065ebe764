//! Variables named for a protection that nothing reads.

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::{DeployKind, File, Project, Purpose, Setter, Variable, words};
use backlint_source::FileId;

/// Words of variables that switch a protection on or say how strict it is.
const PROTECTIONS: &[&str] = &[
    "allowed_hosts",
    "allowed_origins",
    "captcha",
    "cors",
    "csp",
    "csrf",
    "hsts",
    "lockout",
    "max_login_attempts",
    "mfa",
    "rate_limit",
    "ratelimit",
    "require_auth",
    "session_timeout",
    "verify",
];

/// Beginnings of variables that frameworks, servers and front ends read on their own.
const FOREIGN: &[&str] = &[
    "AWS_",
    "CELERY_",
    "DOCKER_",
    "FLASK_",
    "GF_",
    "GUNICORN_",
    "KC_",
    "NEXT_",
    "NODE_",
    "NUXT_",
    "PIP_",
    "POETRY_",
    "PUBLIC_",
    "PYTHON",
    "REACT_APP_",
    "UV_",
    "UVICORN_",
    "VITE_",
    "VUE_APP_",
];

/// Code that takes variables without naming them.
const SWEEPS: &[&str] = &[
    "environ.items()",
    "environ.keys()",
    "in os.environ:",
    "dict(os.environ",
    "**os.environ",
    "from_prefixed_env",
    "env_nested_delimiter",
    "dotenv_values",
];

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let candidates: Vec<&Variable> =
        project.deployment().variables.iter().filter(|variable| is_candidate(project, variable)).collect();
    let mut seen: BTreeMap<&str, bool> = BTreeMap::new();
    let mut unread: BTreeMap<&str, Vec<&Variable>> = BTreeMap::new();
    for variable in candidates {
        let key = variable.key.as_str();
        if !*seen.entry(key).or_insert_with(|| is_mentioned(project, key)) {
            unread.entry(key).or_default().push(variable);
        }
    }
    if unread.is_empty() || sweeps(project) {
        return;
    }
    for (key, places) in unread {
        report(key, &places, findings);
    }
}

/// Tells of the places that decide about a variable; those that hand it on are only shown.
fn report(key: &str, places: &[&Variable], findings: &mut Findings) {
    let (handed, mut deciding): (Vec<&Variable>, Vec<&Variable>) =
        places.iter().copied().partition(|variable| variable.is_handed_on());
    let is_decided = !deciding.is_empty();
    if !is_decided {
        // Where nothing else sets it, a default decides.
        deciding = handed.iter().copied().filter(|variable| has_default(variable)).collect();
    }
    for (at, variable) in deciding.iter().enumerate() {
        let message = format!(
            "`{key}` is set here, but no code, script or other configuration of this repository reads it: whatever it stands \
             for is not in force by it."
        );
        let mut report = findings.report(variable.at, key.to_owned(), message);
        for other in handed.iter().filter(|_| at == 0 && is_decided) {
            report = report.also(other.at, "handed on here");
        }
    }
}

fn has_default(variable: &Variable) -> bool {
    variable.expanded().is_some_and(|value| !value.defaulted.is_empty())
}

fn is_candidate(project: &Project, variable: &Variable) -> bool {
    let snake = words::snake_case(&variable.key);
    // What a cookie or header is called switches nothing on.
    let is_named = PROTECTIONS.iter().any(|word| words::has_word(&snake, word)) && !snake.ends_with("_name");
    let is_own = variable.purpose != Purpose::Foreign && !FOREIGN.iter().any(|start| variable.key.starts_with(start));
    let is_set = variable.expanded().is_some_and(|value| !value.text.trim().is_empty());
    is_named && is_own && is_set && is_for_python(project, variable)
}

/// Whether a Python program of the project is given the variable: a service that is built beside Python code, or a file
/// of variables that lies beside it and not beside a front end.
fn is_for_python(project: &Project, variable: &Variable) -> bool {
    match variable.by {
        Setter::Service => project.deployment().services.iter().any(|service| {
            let is_its = service.environment.iter().any(|own| own.at == variable.at);
            is_its && service.build.as_ref().is_some_and(|build| has_python(project, service.file(), &build.context))
        }),
        Setter::EnvironmentFile => {
            let folder = folder_of(project.sources().file(variable.at.file).path());
            let beside = |name: &str| {
                project.sources().iter().any(|(_, file)| {
                    file.path().rsplit_once('/').map_or(("", file.path()), |(folder, name)| (folder, name))
                        == (folder, name)
                })
            };
            has_python(project, variable.at.file, ".") && !beside("package.json")
        }
        _ => false,
    }
}

fn has_python(project: &Project, file: FileId, context: &str) -> bool {
    let home = folder_of(project.sources().file(file).path());
    let context = context.trim_start_matches("./").trim_end_matches('/');
    let folder = match (home, context) {
        (home, "" | ".") => home.to_owned(),
        ("", context) => context.to_owned(),
        (home, context) => format!("{home}/{context}"),
    };
    let is_below =
        |path: &str| folder.is_empty() || path.strip_prefix(&folder).is_some_and(|rest| rest.starts_with('/'));
    project.app_files().any(|file| is_below(file.path()))
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn sweeps(project: &Project) -> bool {
    project.reported_files().any(|file| {
        let text = file.source().text();
        SWEEPS.iter().any(|sweep| text.contains(sweep))
    })
}

/// Whether a variable, or its name without the prefix that settings classes add, stands in code, or is filled in by
/// another file.
fn is_mentioned(project: &Project, key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let tails = |name: &str| -> Vec<String> {
        let starts = name.match_indices('_').map(|(at, _)| at + 1);
        let tails = starts.map(|start| name[start..].to_owned()).filter(|tail| tail.contains('_'));
        std::iter::once(name.to_owned()).chain(tails).collect()
    };
    let names: Vec<String> = [tails(key), tails(&lower)].concat();
    // Names are symbols of their files; only for what these do not have is the rest of the text searched.
    let is_symbol = |file: File<'_>| names.iter().any(|name| file.module().symbol(name).is_some());
    project.files().any(is_symbol)
        || project.files().any(|file| has_name(file.source().text(), key) || has_name(file.source().text(), &lower))
        || is_filled_in(project, key)
}

/// Whether another file uses the variable: `$NAME` in a deployment file that does not only set it, a script, a template.
fn is_filled_in(project: &Project, key: &str) -> bool {
    let texts = project.sources().iter().filter(|(id, _)| project.file(*id).is_none());
    let is_environment = |id: FileId| project.deployment().files_of(DeployKind::Environment).any(|file| file.id == id);
    texts.filter(|(id, source)| source.text().contains(key) && !is_environment(*id)).any(|(_, source)| {
        source.text().lines().any(|line| {
            let sets = |separator: char| {
                let content = line.trim_start().trim_start_matches(['-', ' ', '"', '\'']);
                content
                    .strip_prefix(key)
                    .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(separator))
            };
            has_name(line, key) && !sets('=') && !sets(':') && !line.trim_start().starts_with('#')
        })
    })
}

/// Whether `name` stands in `text` as a word of its own.
fn has_name(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part))
}
