//! Modules that are not in the repository because something makes them: builds, generators, the people who run it.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use backlint_model::Project;

/// Endings of the names of modules that generators write.
const GENERATED: &[&str] = &["_pb2", "_pb2_grpc", "_grpc", "_gen", "_generated", "_rc"];

/// Names of modules and folders that builds write.
const BUILT: &[&str] = &[
    "_version",
    "version",
    "__version__",
    "_build",
    "build_info",
    "buildinfo",
    "_build_info",
    "build",
    "dist",
    "generated",
    "_generated",
    "gen",
    "pb2",
    "proto",
    "protos",
    "protobuf",
    "openapi_client",
    "local_settings",
    "settings_local",
    "config_local",
    "local_config",
    "prisma",
];

/// What builds copy modules with.
const COPYING: &[&str] = &["COPY ", "ADD ", "ln -s", "cp ", "mv ", "git clone", "rsync "];

/// What builds modules from other languages.
const COMPILING: &[&str] = &["ext_modules", "cythonize", "maturin", "setuptools-rust", "scikit-build", "mesonpy"];

/// Which missing modules something may make.
pub(super) struct Makers<'n> {
    /// Whether any of them may be made: the project compiles modules, or takes parts from other repositories.
    makes_all: bool,
    made: BTreeSet<&'n str>,
}

impl<'n> Makers<'n> {
    /// What may make these modules or folders, given as single names.
    pub(super) fn of(project: &Project, missing: &BTreeSet<&'n str>) -> Self {
        let makes_all = compiles(project) || has_submodules(project);
        let named = |name: &str| BUILT.contains(&name) || GENERATED.iter().any(|ending| name.ends_with(ending));
        let mut made: BTreeSet<&str> = missing.iter().copied().filter(|name| named(name)).collect();
        if !makes_all && made.len() < missing.len() {
            let names: Vec<&str> = missing.iter().copied().collect();
            made.extend(in_builds(project, &names));
            made.extend(in_ignores(project, &names));
        }
        Self { makes_all, made }
    }

    /// Whether a module that is not there may be made by something.
    pub(super) fn may_make(&self, dotted: &str) -> bool {
        self.makes_all || segments(dotted).any(|segment| self.made.contains(segment))
    }
}

/// The names in a dotted name.
pub(super) fn segments(dotted: &str) -> impl Iterator<Item = &str> {
    dotted.split('.').filter(|segment| !segment.is_empty())
}

/// Those that a build file names as a file, as in `write_to = "app/_stamp.py"`, or copies.
fn in_builds<'n>(project: &Project, names: &[&'n str]) -> BTreeSet<&'n str> {
    let Ok(finder) = AhoCorasick::new(names) else { return names.iter().copied().collect() };
    let texts = project.sources().iter().filter(|(id, _)| project.file(*id).is_none());
    let lines = texts.flat_map(|(_, file)| file.text().lines());
    let found = lines.flat_map(|line| finder.find_overlapping_iter(line).map(move |found| (line, found)));
    found
        .filter(|(line, found)| {
            let is_part = |c: char| c == '_' || c.is_alphanumeric();
            let after = &line[found.end()..];
            let is_word = !line[..found.start()].ends_with(is_part) && !after.starts_with(is_part);
            is_word && (after.starts_with(".py") || COPYING.iter().any(|word| line.contains(word)))
        })
        .filter_map(|(_, found)| names.get(found.pattern().as_usize()).copied())
        .collect()
}

/// Those that an ignore file keeps out of the repository, as a module or a folder.
fn in_ignores<'n>(project: &Project, names: &[&'n str]) -> BTreeSet<&'n str> {
    let ignores = project.sources().iter().filter(|(_, file)| file.path().ends_with(".gitignore"));
    let patterns: BTreeSet<&str> = ignores.flat_map(|(_, file)| file.text().lines()).filter_map(last_part).collect();
    let is_ignored = |name: &str| {
        let module = format!("{name}.py");
        patterns.iter().any(|pattern| fits(pattern, name) || fits(pattern, &module))
    };
    names.iter().copied().filter(|name| is_ignored(name)).collect()
}

/// The last part of the path in a line of an ignore file.
fn last_part(line: &str) -> Option<&str> {
    let pattern = line.trim().trim_end_matches('/').rsplit('/').next()?;
    (!line.starts_with(['#', '!']) && !pattern.is_empty()).then_some(pattern)
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some(("" | ".", "")) => false,
        Some((start, end)) => start.len() + end.len() > ".py".len() && name.starts_with(start) && name.ends_with(end),
        None => name == pattern,
    }
}

/// Whether the project builds modules from other languages.
fn compiles(project: &Project) -> bool {
    let mut manifests = project.sources().iter().filter(|(_, file)| {
        let name = file.path().rsplit('/').next().unwrap_or_default();
        matches!(name, "setup.py" | "pyproject.toml" | "setup.cfg")
    });
    manifests.any(|(_, file)| COMPILING.iter().any(|word| file.text().contains(word)))
}

/// Whether parts of the project lie in other repositories.
fn has_submodules(project: &Project) -> bool {
    project.sources().listing().files.iter().any(|path| path.rsplit('/').next() == Some(".gitmodules"))
}
