//! Which files say something about deployment, and what they are made for.

use std::collections::BTreeSet;

use backlint_source::Sources;

use super::DeployFile;
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
pub(super) fn files(sources: &Sources, local: impl Fn(&str) -> Option<String>) -> Vec<DeployFile> {
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
            let local = local(file.path());
            let purpose = purpose_of(kind, file.path(), file.text(), local.as_deref(), &production);
            Some(DeployFile { id, kind, purpose })
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
        _ if ending(&name) == "sh" => DeployKind::Script,
        _ if name.starts_with(".env") || ending(&name) == "env" || name == ".flaskenv" => DeployKind::Environment,
        _ if ending(&name) == "txt" => DeployKind::Requirements,
        _ => return None,
    })
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

fn purpose_of(kind: DeployKind, path: &str, text: &str, local: Option<&str>, production: &BTreeSet<&str>) -> Purpose {
    let local = local.unwrap_or(path);
    let name = name_of(local);
    let role = crate::role::role_of(local, "", |_| false);
    if matches!(role, Role::Test | Role::Frozen | Role::Example) {
        return Purpose::Foreign;
    }
    let is_dev_folder = || folder_of(local).split('/').any(|folder| folder == ".devcontainer" || is_dev_folder(folder));
    // Beside a file for production the other one is for development; alone it is for both.
    let stands_beside = || production.contains(stem_of(path)) && production_stem(path).is_none();
    let is_compared = matches!(kind, DeployKind::Compose | DeployKind::Dockerfile | DeployKind::Environment);
    let mounts_source = || kind == DeployKind::Compose && mounts_source(text);
    if words::is_dev_name(name) || is_dev_folder() || is_compared && stands_beside() || mounts_source() {
        return Purpose::Development;
    }
    Purpose::Production
}

fn is_dev_folder(folder: &str) -> bool {
    let lower = folder.to_ascii_lowercase();
    lower.split(['-', '_', '.']).any(|word| matches!(word, "dev" | "development" | "test" | "tests" | "local" | "ci"))
}

/// A stack that runs the checked-out source from a volume is one for development.
fn mounts_source(text: &str) -> bool {
    text.lines().map(str::trim).any(|line| {
        let volume = line.trim_start_matches("- ").trim_matches(['"', '\'']);
        let mut parts = volume.split(':');
        let (Some(source), Some(target)) = (parts.next(), parts.next()) else { return false };
        let is_whole = matches!(source, "." | "./" | "${PWD}" | "$PWD");
        let is_code = ["/app", "/code", "/src", "/backend"].iter().any(|end| target.ends_with(end));
        target.starts_with('/') && (is_whole || source.starts_with("./") && is_code)
    })
}

/// The folder and kind of a file for production: `deploy/docker-compose` for `deploy/docker-compose.prod.yml`.
fn production_stem(path: &str) -> Option<&str> {
    let snake = words::snake_case(name_of(path));
    let is_production = snake.split('_').any(|word| matches!(word, "prod" | "production"));
    is_production.then(|| stem_of(path))
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
