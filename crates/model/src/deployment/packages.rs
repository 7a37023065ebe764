//! What the project depends on, and the migration tool among it.

use std::collections::BTreeSet;

use backlint_semantic::deploy::lock::{self, Locked};
use backlint_semantic::deploy::requirements::{self, Requirement};
use backlint_semantic::deploy::{Unreadable, manifest};
use backlint_source::{FileId, Location, Sources, Span};

use super::{Facts, Reading};

/// A distribution that a manifest asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name as indexes compare it.
    pub name: String,
    /// The one version that is allowed, if it is one.
    pub pin: Option<String>,
    /// Where it stands.
    pub at: Location,
}

/// A distribution in a lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedPackage {
    /// Its name as indexes compare it.
    pub name: String,
    /// The version that is installed.
    pub version: String,
    /// Whether only developers install it, as far as the file says.
    pub is_dev: bool,
    /// Where its version stands.
    pub at: Location,
}

const MIGRATION_TOOLS: &[&str] = &["alembic", "flask-migrate", "yoyo-migrations"];

pub(super) fn read_requirements(file: Reading<'_>, facts: &mut Facts) {
    let found = requirements::file(file.text());
    facts.packages.extend(found.requirements.into_iter().map(|requirement| file.package(requirement)));
}

pub(super) fn read_pyproject(file: Reading<'_>, facts: &mut Facts) -> Result<(), Unreadable> {
    let found = manifest::requirements(file.text())?;
    facts.packages.extend(found.into_iter().map(|requirement| file.package(requirement)));
    Ok(())
}

/// Of manifests in other formats only a `Pipfile` is read.
pub(super) fn read_other(file: Reading<'_>, facts: &mut Facts) -> Result<(), Unreadable> {
    if file.source.path().ends_with("Pipfile") {
        let found = manifest::pipfile(file.text())?;
        facts.packages.extend(found.into_iter().map(|requirement| file.package(requirement)));
    }
    Ok(())
}

pub(super) fn read_lock(file: Reading<'_>, facts: &mut Facts) -> Result<(), Unreadable> {
    let is_pipfile = file.source.path().to_ascii_lowercase().ends_with("pipfile.lock");
    let found = if is_pipfile { lock::pipfile(file.text())? } else { lock::tables(file.text())? };
    facts.locked.extend(found.into_iter().map(|locked| {
        let Locked { name, version, is_dev, span } = locked;
        LockedPackage { name, version, is_dev, at: file.at(span) }
    }));
    Ok(())
}

impl Reading<'_> {
    fn package(&self, requirement: Requirement) -> Package {
        Package { name: requirement.name, pin: requirement.pin, at: self.at(requirement.span) }
    }
}

/// Places that declare a migration tool, in the order of their files.
pub(super) fn migration_tools(packages: &[Package], sources: &Sources) -> Vec<Location> {
    let asked = packages.iter().filter(|package| MIGRATION_TOOLS.contains(&package.name.as_str()));
    let mut places: Vec<Location> = asked.map(|package| package.at).collect();
    let mut folders = BTreeSet::new();
    for (id, file) in sources.iter() {
        let name = file.path().rsplit('/').next().unwrap_or_default();
        let mut is_new_folder = || migrations_folder(file.path()).is_some_and(|folder| folders.insert(folder));
        if name == "alembic.ini" || is_new_folder() {
            places.push(first_line(id, file.text()));
        } else if matches!(name, "setup.py" | "setup.cfg" | "Pipfile" | "environment.yml") {
            places.extend(mentions(id, file.text()));
        }
    }
    places.sort();
    places
}

/// Lines of a manifest without structure of its own that start with the name of a tool.
fn mentions(id: FileId, text: &str) -> Vec<Location> {
    let mut start = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '\t', '"', '\'', '-']);
        let asked = requirements::requirement(content.trim_end().trim_end_matches(['"', '\'', ',']), 0);
        if asked.is_some_and(|asked| MIGRATION_TOOLS.contains(&asked.name.as_str())) {
            found.push(location(id, start, start + line.trim_end().len()));
        }
        start += line.len();
    }
    found
}

/// The folder of a migration environment that a file lies in: `…/alembic/env.py`, `…/migrations/versions/….py`.
fn migrations_folder(path: &str) -> Option<&str> {
    ["alembic/versions/", "migrations/versions/", "alembic/env.py", "migrations/env.py"].iter().find_map(|tail| {
        let at = path.find(tail)?;
        let is_folder_name = path[..at].is_empty() || path[..at].ends_with('/');
        is_folder_name.then(|| &path[..at])
    })
}

fn first_line(file: FileId, text: &str) -> Location {
    location(file, 0, text.lines().next().unwrap_or_default().len())
}

fn location(file: FileId, start: usize, end: usize) -> Location {
    let fits = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Location { file, span: Span::new(fits(start), fits(end)) }
}
