//! Which switches the deployment sets itself, so that their defaults do not matter.

use std::collections::BTreeSet;

use backlint_model::{Project, words};
use backlint_source::{FileId, SourceFile};

/// Variables that deployment files and env templates set.
pub(super) struct Overrides {
    set: BTreeSet<String>,
}

impl Overrides {
    pub(super) fn read(project: &Project) -> Self {
        let mut set = BTreeSet::new();
        for (_, file) in deployment_texts(project) {
            set.extend(file.text().lines().filter_map(|line| Some(assignment(line)?.key.to_owned())));
        }
        Self { set }
    }

    /// Whether the deployment decides about this switch, with or without the prefix that settings add to their fields.
    pub(super) fn turn_off(&self, key: &str) -> bool {
        let key = key.to_uppercase();
        self.set.iter().any(|set| *set == key || set.strip_suffix(&key).is_some_and(|prefix| prefix.ends_with('_')))
    }
}

/// A line that sets a variable.
pub(super) struct Assignment<'t> {
    pub(super) key: &'t str,
    pub(super) value: &'t str,
}

/// `ENV KEY=value`, `- KEY=value`, `KEY: value`, `export KEY=value`.
pub(super) fn assignment(line: &str) -> Option<Assignment<'_>> {
    let mut rest = line.trim();
    for prefix in ["- ", "ENV ", "export ", "Environment=", "\"", "'"] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest).trim_start();
    }
    let (key, value) = rest.split_once(['=', ':', ' '])?;
    let is_variable = !key.is_empty() && key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let value = value.trim().trim_matches(['"', '\'', ' ', '\\', ',']).trim_end_matches(['"', '\'']);
    is_variable.then_some(Assignment { key, value })
}

/// Deployment files that are not made for development, and environment files of production.
pub(super) fn deployment_texts(project: &Project) -> Vec<(FileId, &SourceFile)> {
    let deployed = &project.deployment().deployment_files;
    let is_environment = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        name.starts_with(".env") && !words::is_dev_name(name)
    };
    project.sources().iter().filter(|(id, file)| deployed.contains(id) || is_environment(file.path())).collect()
}
