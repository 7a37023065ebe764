//! Which settings the deployment files of the repository set.

use backlint_source::{FileId, Location, Span};

use super::Setting;
use crate::Project;

/// A place that sets a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// Where.
    pub at: Location,
    /// Whether the file is an example for others to copy.
    pub is_example: bool,
}

impl Project {
    /// The place in a deployment file that gives the setting a value, or demands one; a real file before an example.
    pub fn deployed(&self, setting: &Setting) -> Option<Deployed> {
        let files = self.sources.iter().filter(|(id, file)| self.file(*id).is_none() && !is_ignored(file.path()));
        let found = files.filter_map(|(id, file)| {
            let at = line_that_sets(id, file.text(), &setting.key)?;
            let name = file.path().rsplit('/').next().unwrap_or_default();
            Some(Deployed { at, is_example: crate::words::is_dev_name(name) || name.contains("template") })
        });
        found.min_by_key(|deployed| (deployed.is_example, deployed.at))
    }
}

/// Workflows run tests; they deploy nothing.
fn is_ignored(path: &str) -> bool {
    path.contains(".github/") || path.split('/').any(|part| matches!(part, "tests" | "test"))
}

fn line_that_sets(file: FileId, text: &str, key: &str) -> Option<Location> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(at) = sets(line, key) {
            let fits = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let from = start + at;
            return Some(Location { file, span: Span::new(fits(from), fits(start + line.trim_end().len())) });
        }
        start += line.len();
    }
    None
}

/// Where in the line the key stands, if the line gives it a value. A prefix may stand before the key, as settings
/// classes add one.
fn sets(line: &str, key: &str) -> Option<usize> {
    if line.trim_start().starts_with('#') || key.is_empty() {
        return None;
    }
    let upper = line.to_ascii_uppercase();
    let wanted = key.to_ascii_uppercase();
    let (at, _) = upper.match_indices(&wanted).find(|(at, _)| {
        let before = upper[..*at].chars().next_back();
        let after = upper[at + wanted.len()..].chars().next();
        before.is_none_or(|c| c == '_' || !c.is_alphanumeric())
            && after.is_none_or(|c| c != '_' && !c.is_alphanumeric())
    })?;
    // Upper-casing ASCII keeps all places.
    let rest = line[at + key.len()..].trim_end();
    let value = rest.trim_start_matches(['"', '\'']).trim_start();
    let value = match value.strip_prefix(['=', ':']) {
        Some(value) if !value.starts_with('-') => value,
        _ if rest.starts_with(":?") || rest.starts_with('?') => return Some(at),
        // `- KEY` and `- name: KEY` hand the variable through.
        _ if rest.is_empty() && line.trim_start().starts_with('-') => return Some(at),
        _ => return None,
    };
    is_on(value).then_some(at)
}

/// Whether a value turns a setting on: `${KEY:-}` does not.
fn is_on(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']).trim();
    let value = match value.strip_prefix("${").and_then(|inner| inner.strip_suffix('}')) {
        Some(inner) => match inner.split_once(":-").or_else(|| inner.split_once('-')) {
            Some((_, default)) => default,
            None => inner,
        },
        None => value,
    };
    !matches!(value.to_ascii_lowercase().as_str(), "" | "false" | "0" | "no" | "off" | "none" | "null" | "~")
}
