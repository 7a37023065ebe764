//! Which versions of Python a project is made for.

use crate::Project;

/// Files that name the version of Python.
const MANIFESTS: &[&str] = &["pyproject.toml", "setup.py", "setup.cfg", "Pipfile", ".python-version", "runtime.txt"];

/// Files that say with which versions of Python the project is tested.
const PIPELINES: &[&str] = &[".drone.yml", ".gitlab-ci.yml", ".travis.yml", "appveyor.yml", "tox.ini"];

impl Project {
    /// Whether a manifest, an image or a test pipeline names Python 2.7: then code has to do without what came later.
    pub fn must_run_python_2(&self) -> bool {
        self.sources.iter().any(|(_, file)| {
            let name = file.path().rsplit('/').next().unwrap_or_default();
            let is_image = name.contains("Dockerfile");
            let is_pipeline = PIPELINES.contains(&name) && file.text().to_ascii_lowercase().contains("python");
            let is_relevant = is_image || is_pipeline || MANIFESTS.contains(&name);
            is_relevant
                && file.text().lines().map(str::to_ascii_lowercase).any(|line| match line.trim() {
                    line if is_image => line.starts_with("from") && line.contains("python:2.7"),
                    line => names_python_2(line) || is_pipeline && tests_python_2(line),
                })
        })
    }

    /// Whether a manifest or an image names this version of Python or a later one of the same main version. Bounds that
    /// name no such version do not count, though they may let it in.
    pub fn may_run_python(&self, major: u32, minor: u32) -> bool {
        self.sources.iter().any(|(_, file)| {
            let name = file.path().rsplit('/').next().unwrap_or_default();
            let is_relevant = MANIFESTS.contains(&name) || name.contains("Dockerfile");
            is_relevant && file.text().lines().any(|line| names_version(line, major, minor))
        })
    }
}

fn names_version(line: &str, major: u32, minor: u32) -> bool {
    let prefix = format!("{major}.");
    let is_about_python = line.to_ascii_lowercase().contains("python") || line.trim().starts_with(&prefix);
    is_about_python
        && line.match_indices(&prefix).any(|(at, _)| {
            let is_start = !line[..at].ends_with(|c: char| c.is_ascii_digit() || c == '.');
            let digits = line[at + prefix.len()..].split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
            // `<3.14` and `!=3.14` shut it out.
            let before = line[..at].trim_end().trim_end_matches(['"', '\'']);
            let is_limit = before.ends_with('<') || before.ends_with("!=");
            is_start && !is_limit && digits.parse::<u32>().is_ok_and(|number| number >= minor && number < 100)
        })
}

/// `python_requires=">=2.7"`, `python = "^2.7"`, `Programming Language :: Python :: 2.7`, `2.7.18` alone.
fn names_python_2(line: &str) -> bool {
    const NAMES: &[&str] = &["python", "python_requires", "python_version", "requires-python"];
    line.match_indices("2.7").any(|(at, _)| {
        let before = line[..at].trim_end_matches([' ', '"', '\'', '=', ':', '~', '^', '>', '(', '[', '-']);
        let is_whole = before.is_empty() && line[at..].chars().all(|c| c == '.' || c.is_ascii_digit());
        is_whole || NAMES.iter().any(|name| before.ends_with(name))
    })
}

/// A line of a pipeline: `- 2.7`, `- "2.7"`, `envlist = py27,py36`.
fn tests_python_2(line: &str) -> bool {
    let item = line.trim_matches(['-', ' ', '"', '\'']);
    item == "2.7" || line.starts_with("envlist") && line.contains("py27")
}
