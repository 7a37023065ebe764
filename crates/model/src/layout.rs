//! Where the analysed folders begin, and which folders hold projects of their own.

use std::collections::BTreeSet;

use backlint_source::Sources;

use crate::role::{is_documentation, role_of};
use crate::{Input, Role};

/// What the paths of a run say by themselves.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The beginnings of report paths that lie above the analysed folders.
    roots: BTreeSet<String>,
    /// Folders that hold a manifest, an image definition, or a compose file that builds such a folder below.
    projects: BTreeSet<String>,
    /// The roots whose code lies outside documentation: what their documentation holds besides is a prototype.
    outside: BTreeSet<String>,
}

impl Layout {
    pub(crate) fn of(sources: &Sources, inputs: &[Input]) -> Self {
        let above = |input: &Input| Some(sources.file(input.id).path().strip_suffix(input.local.as_str())?.to_owned());
        let folders = |is_wanted: fn(&str) -> bool| {
            let paths = sources.iter().map(|(_, file)| split(file.path()));
            paths.filter(move |(_, name)| is_wanted(name)).map(|(folder, _)| folder.to_owned())
        };
        let mut projects: BTreeSet<String> = folders(is_manifest).collect();
        let stacks: Vec<String> = folders(is_compose).filter(|folder| has_below(&projects, folder)).collect();
        projects.extend(stacks);
        // Tests and scripts of a project with a manifest tell of code that they belong to, wherever that is kept.
        let has_manifest = |input: &Input| {
            let path = sources.file(input.id).path();
            let mut folders = std::iter::successors(Some(split(path).0), |folder| Some(folder.rsplit_once('/')?.0));
            folders.any(|folder| projects.contains(folder))
        };
        let of_app = inputs.iter().filter(|input| match role_outside_documentation(&input.local) {
            Role::App => true,
            Role::Script | Role::Test => !is_documentation(split(&input.local).0) && has_manifest(input),
            Role::Example | Role::Frozen => false,
        });
        let outside = of_app.filter_map(above).collect();
        Self { roots: inputs.iter().filter_map(above).collect(), projects, outside }
    }

    /// The part of a report path below the analysed folder.
    pub(crate) fn local<'p>(&self, path: &'p str) -> &'p str {
        let roots = self.roots.iter().filter(|root| path.starts_with(root.as_str()));
        roots.max_by_key(|root| root.len()).map_or(path, |root| &path[root.len()..])
    }

    /// The role that a file's place and head give it. A project in the documentation counts where all code is kept there.
    pub(crate) fn role(&self, path: &str, local: &str, text: &str) -> Role {
        let prefix = path.strip_suffix(local).unwrap_or("");
        let is_kept_there = !self.outside.contains(prefix);
        role_of(local, text, |folder| is_kept_there && self.projects.contains(&format!("{prefix}{folder}")))
    }
}

/// What a file's place alone makes of it, where documentation holds nothing but samples.
fn role_outside_documentation(local: &str) -> Role {
    let is_packaging = matches!(split(local).1, "setup.py" | "noxfile.py");
    if is_packaging { Role::Frozen } else { role_of(local, "", |_| false) }
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn is_manifest(name: &str) -> bool {
    matches!(name, "pyproject.toml" | "setup.py" | "setup.cfg" | "Pipfile" | "Dockerfile")
        || name.starts_with("requirements") && name.rsplit_once('.').is_some_and(|(_, ending)| ending == "txt")
}

fn is_compose(name: &str) -> bool {
    name.contains("compose") && matches!(name.rsplit_once('.'), Some((_, "yml" | "yaml")))
}

/// Whether a project lies directly below a folder.
fn has_below(projects: &BTreeSet<String>, folder: &str) -> bool {
    let start = format!("{folder}/");
    let mut below = projects.range(start.clone()..).take_while(|path| path.starts_with(&start));
    below.any(|path| !path[start.len()..].contains('/'))
}

/// Whether a path lies in a folder; everything lies in the one without a name.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
