//! Which versions of Python a project is made for.

use crate::Project;

/// Files that name the version of Python.
const MANIFESTS: &[&str] = &["pyproject.toml", "setup.py", "setup.cfg", "Pipfile", ".python-version", "runtime.txt"];

impl Project {
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
            // `<3.14` shuts it out.
            let is_limit = line[..at].trim_end().ends_with('<');
            is_start && !is_limit && digits.parse::<u32>().is_ok_and(|number| number >= minor && number < 100)
        })
}
