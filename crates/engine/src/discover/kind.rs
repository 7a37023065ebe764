//! Which files are read, and as what.

use std::path::Path;

/// What a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Python: parsed, indexed and checked.
    Python,
    /// A lock file: read only where advisories are compared with what it pins.
    Lock,
    /// Another text: the model takes facts about deployment and dependencies from it.
    Text,
}

impl FileKind {
    /// What a file with this path, with forward slashes, is read as, if it is read at all.
    pub fn of_path(path: &str) -> Option<Self> {
        let lower = path.to_ascii_lowercase();
        let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
        if Path::new(name).extension().is_some_and(|extension| extension == "py") {
            return Some(Self::Python);
        }
        if LOCK_NAMES.contains(&name) {
            return Some(Self::Lock);
        }
        let is_text = TEXT_NAMES.contains(&name)
            || TEXT_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
            || TEXT_ENDINGS.iter().any(|ending| name.ends_with(ending))
            || name.contains(".dockerfile.")
            || is_requirements(folder, name)
            || is_template(folder, name);
        is_text.then_some(Self::Text)
    }

    /// Bytes up to which a file of this kind is read.
    ///
    /// Python files above the limit are reported as a problem. Texts above it are data, not descriptions of a
    /// deployment, and passed over.
    pub fn size_limit(self) -> u64 {
        match self {
            Self::Python | Self::Lock => 10 * 1024 * 1024,
            Self::Text => 1024 * 1024,
        }
    }
}

const LOCK_NAMES: &[&str] = &["pdm.lock", "pipfile.lock", "poetry.lock", "uv.lock"];

const TEXT_NAMES: &[&str] = &[
    ".gitignore",
    "alembic.ini",
    "devcontainer.json",
    "docker-entrypoint",
    "entrypoint",
    "fly.toml",
    "jenkinsfile",
    "makefile",
    "package.json",
    "pipfile",
    "procfile",
    "pyproject.toml",
    "railway.json",
    "railway.toml",
    "renovate.json",
    "setup.cfg",
    "tiltfile",
    "tox.ini",
    "vagrantfile",
];

const TEXT_BEGINNINGS: &[&str] = &[".env", ".flaskenv", "dockerfile"];

const TEXT_ENDINGS: &[&str] = &[
    ".conf",
    ".conf.j2",
    ".conf.jnj",
    ".conf.template",
    ".conf.tmpl",
    ".dockerfile",
    ".env",
    ".service",
    ".sh",
    ".yaml",
    ".yml",
    "openapi.json",
    "swagger.json",
];

/// `requirements.txt`, `dev-requirements.txt`, `requirements/base.txt`, `requires.txt`.
fn is_requirements(folder: &str, name: &str) -> bool {
    let is_folder = folder.rsplit('/').next() == Some("requirements");
    name.strip_suffix(".txt").is_some_and(|stem| is_folder || stem.contains("requirements") || stem == "requires")
}

/// Pages of a folder of templates: their forms are read.
fn is_template(folder: &str, name: &str) -> bool {
    let is_page = [".html", ".htm", ".jinja", ".jinja2"].iter().any(|ending| name.ends_with(ending));
    is_page && folder.split('/').any(|part| part == "templates")
}
