//! Which files say something about deployment, and what they are made for.

use std::collections::BTreeSet;

use backlint_source::Sources;

use super::DeployFile;
use crate::layout::Layout;
use crate::{Role, words};

/// What a deployment file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeployKind {
    /// A compose file.
    Compose,
    /// A Kubernetes manifest.
    Kubernetes,
    /// The values of a chart.
    ChartValues,
    /// A Dockerfile.
    Dockerfile,
    /// A file of environment variables.
    Environment,
    /// A Procfile.
    Procfile,
    /// A unit of systemd.
    Unit,
    /// A configuration of supervisord.
    Supervisor,
    /// A shell script.
    Script,
    /// A pipeline of continuous integration.
    Pipeline,
    /// A requirement file of pip.
    Requirements,
    /// A `pyproject.toml`.
    Pyproject,
    /// A file that says which version of each package is installed.
    Lock,
    /// Another manifest of Python packages.
    OtherManifest,
    /// The configuration of a reverse proxy.
    Proxy,
}

/// What a deployment file is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// To run the program for its users, as far as its name says.
    Production,
    /// For developers, tests, or as an example.
    Development,
    /// Not part of the project: documentation, tests, other people's code.
    Foreign,
}

/// The deployment files among all texts.
pub(super) fn files(sources: &Sources, layout: &Layout) -> Vec<DeployFile> {
    let production: BTreeSet<&str> = sources.iter().filter_map(|(_, file)| production_stem(file.path())).collect();
    let charts: BTreeSet<&str> = sources
        .iter()
        .filter(|(_, file)| name_of(file.path()).eq_ignore_ascii_case("chart.yaml"))
        .map(|(_, file)| folder_of(file.path()))
        .collect();
    sources
        .iter()
        .filter_map(|(id, file)| {
            let kind = kind_of(file.path(), file.text(), &charts)?;
            let purpose = purpose_of(kind, file.path(), layout, &production);
            Some(DeployFile { id, kind, purpose, is_generated: is_generated(file.text()) })
        })
        .collect()
}

fn kind_of(path: &str, text: &str, charts: &BTreeSet<&str>) -> Option<DeployKind> {
    let name = name_of(path).to_ascii_lowercase();
    let is_yaml = matches!(ending(&name), "yml" | "yaml");
    let folder = folder_of(path);
    if is_pipeline(folder, &name) {
        return Some(DeployKind::Pipeline);
    }
    if is_yaml {
        return yaml_kind(folder, &name, text, charts);
    }
    Some(match name.as_str() {
        "pdm.lock" | "pipfile.lock" | "poetry.lock" | "uv.lock" => DeployKind::Lock,
        "procfile" => DeployKind::Procfile,
        "pyproject.toml" => DeployKind::Pyproject,
        "setup.cfg" | "setup.py" | "pipfile" => DeployKind::OtherManifest,
        _ if name.contains("dockerfile") && !matches!(ending(&name), "py" | "dockerignore" | "md") => {
            DeployKind::Dockerfile
        }
        _ if ending(&name) == "service" => DeployKind::Unit,
        _ if ending(&name) == "conf" && text.contains("[program:") => DeployKind::Supervisor,
        _ if ending(&name) == "conf" && (text.contains("proxy_pass") || text.contains("server_name")) => {
            DeployKind::Proxy
        }
        _ if ending(&name) == "sh" || is_entry_script(&name) => DeployKind::Script,
        _ if name.starts_with(".env") || ending(&name) == "env" || name == ".flaskenv" => DeployKind::Environment,
        _ if ending(&name) == "txt" => DeployKind::Requirements,
        _ => return None,
    })
}

/// Scripts that images start with often have no ending.
pub(super) fn is_entry_script(name: &str) -> bool {
    matches!(name, "docker-entrypoint" | "entrypoint")
}

fn yaml_kind(folder: &str, name: &str, text: &str, charts: &BTreeSet<&str>) -> Option<DeployKind> {
    // Templates are no YAML before they are filled in.
    let is_template = || text.contains("{{") || text.contains("{%");
    let has_line = |start: &str| text.lines().any(|line| line.starts_with(start));
    if name.contains("compose") {
        return (has_line("services:") && !is_template()).then_some(DeployKind::Compose);
    }
    if name.starts_with("values") && charts.contains(folder) {
        return Some(DeployKind::ChartValues);
    }
    if matches!(name, "environment.yml" | "environment.yaml") {
        return Some(DeployKind::OtherManifest);
    }
    (has_line("apiVersion:") && has_line("kind:") && !is_template()).then_some(DeployKind::Kubernetes)
}

fn is_pipeline(folder: &str, name: &str) -> bool {
    let is_yaml = matches!(ending(name), "yml" | "yaml");
    is_yaml && (folder.ends_with(".github/workflows") || folder.ends_with(".circleci"))
        || matches!(name, ".gitlab-ci.yml" | "azure-pipelines.yml" | "bitbucket-pipelines.yml" | ".travis.yml")
}

fn purpose_of(kind: DeployKind, path: &str, layout: &Layout, production: &BTreeSet<&str>) -> Purpose {
    let local = layout.local(path);
    let name = name_of(local);
    let role = layout.role(path, local, "");
    let is_test = kind != DeployKind::Pipeline && is_test_name(name);
    if is_test || matches!(role, Role::Test | Role::Frozen | Role::Example) {
        return Purpose::Foreign;
    }
    let is_dev_folder = || folder_of(local).split('/').any(is_dev_folder);
    // Beside a file for production the other one is for development; alone it is for both.
    let stands_beside = || production.contains(stem_of(path)) && production_stem(path).is_none();
    let is_compared = matches!(kind, DeployKind::Compose | DeployKind::Dockerfile | DeployKind::Environment);
    if words::is_dev_name(name) || is_dev_folder() || is_compared && stands_beside() {
        return Purpose::Development;
    }
    Purpose::Production
}

fn is_dev_folder(folder: &str) -> bool {
    matches!(
        folder.to_ascii_lowercase().replace(['-', '_'], "").as_str(),
        ".devcontainer"
            | "benchmark"
            | "benchmarks"
            | "ci"
            | "demo"
            | "demos"
            | "dev"
            | "development"
            | "loadtest"
            | "loadtests"
            | "local"
            | "playground"
            | "profiling"
    )
}

/// Lines at the beginning of a file in which a marker of generated text counts.
const GENERATED_WITHIN: usize = 10;

/// Whether the file says that it is written by a program from another, which is the one to change.
fn is_generated(text: &str) -> bool {
    let mut head = text.lines().take(GENERATED_WITHIN).filter(|line| line.trim_start().starts_with('#'));
    head.any(|line| {
        let line = line.to_ascii_lowercase();
        line.contains("do not edit") || line.contains("@generated") || line.contains("autogenerated by")
    })
}

/// `docker-compose.test.yml`, `Dockerfile.ci`.
fn is_test_name(name: &str) -> bool {
    words::snake_case(name).split('_').any(|word| matches!(word, "ci" | "e2e" | "test" | "testing" | "tests"))
}

/// The folder and kind of a file for production: `deploy/docker-compose` for `deploy/docker-compose.prod.yml` and
/// `deploy/docker-compose-prod.yml`.
fn production_stem(path: &str) -> Option<&str> {
    let stem = stem_of(path);
    let cut = || ["prod", "production"].iter().find_map(|word| stem.strip_suffix(word)?.strip_suffix(['-', '_']));
    is_production_name(path).then(|| cut().unwrap_or(stem))
}

/// Whether the name of a file says that it is for production.
pub(super) fn is_production_name(path: &str) -> bool {
    let snake = words::snake_case(name_of(path));
    snake.split('_').any(|word| matches!(word, "prod" | "production"))
}

/// A path up to the first dot of its name: `.env`, `deploy/docker-compose`.
fn stem_of(path: &str) -> &str {
    let start = path.rfind('/').map_or(0, |slash| slash + 1);
    let name = &path[start..];
    let skipped = usize::from(name.starts_with('.'));
    let end = name[skipped..].find('.').map_or(name.len(), |dot| dot + skipped);
    &path[..start + end]
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}
