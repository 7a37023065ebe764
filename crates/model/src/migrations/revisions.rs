//! Which files are revisions, and which of them belong together.

use std::collections::{BTreeMap, BTreeSet};

use backlint_semantic::{BindingKind, Constant, ScopeId, fold};
use backlint_source::{FileId, Location};
use backlint_syntax::ast::ExprId;

use super::{MigrationChain, Revision, is_below, operations};
use crate::{File, Project, Role};

/// All chains of the project, by folder.
pub(super) fn chains(project: &Project) -> Vec<MigrationChain> {
    let environments: BTreeMap<&str, FileId> = project.files().filter_map(environment).collect();
    let locations = locations(project);
    let mut found: BTreeMap<String, Vec<Revision>> =
        environments.keys().map(|&folder| (folder.to_owned(), Vec::new())).collect();
    for file in project.files().filter(|file| file.role() != Role::Test) {
        let Some(revision) = revision(project, file) else { continue };
        let folder = chain_folder(file.path(), &environments);
        if !environments.contains_key(folder) || is_loaded(file.path(), folder, &locations) {
            found.entry(folder.to_owned()).or_default().push(revision);
        }
    }
    let has_further = |folder: &str| locations.iter().any(|at| at.folders.len() > 1 && folder.starts_with(at.root));
    let manifests = manifest_folders(project);
    let folders: Vec<String> = found.keys().cloned().collect();
    found
        .into_iter()
        .map(|(folder, revisions)| MigrationChain {
            environment: environments.get(folder.as_str()).copied(),
            has_other_locations: has_further(&folder),
            project_folder: project_folder(&folder, &folders, &manifests).to_owned(),
            folder,
            revisions,
        })
        .collect()
}

/// The nearest folder above a chain with a manifest, unless another chain lies there too; else the folder right above.
fn project_folder<'f>(chain: &'f str, chains: &[String], manifests: &BTreeSet<&str>) -> &'f str {
    let above = |path: &'f str| path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let parent = above(chain);
    let mut folder = parent;
    while !manifests.contains(folder) {
        if folder.is_empty() {
            return parent;
        }
        folder = above(folder);
    }
    let has_others = chains.iter().any(|other| other != chain && is_below(other, folder));
    if has_others { parent } else { folder }
}

fn manifest_folders(project: &Project) -> BTreeSet<&str> {
    const MANIFESTS: &[&str] = &["Pipfile", "pyproject.toml", "requirements.txt", "setup.cfg", "setup.py"];
    let paths = project.sources.iter().map(|(_, file)| file.path());
    let split = paths.map(|path| path.rsplit_once('/').unwrap_or(("", path)));
    split.filter(|(_, name)| MANIFESTS.contains(name)).map(|(folder, _)| folder).collect()
}

/// The folder of an `env.py` that runs migrations.
fn environment(file: File<'_>) -> Option<(&str, FileId)> {
    let folder = match file.path() {
        "env.py" => "",
        path => path.strip_suffix("/env.py")?,
    };
    file.module().symbol("run_migrations").map(|_| (folder, file.id()))
}

/// The nearest folder above a revision that holds an environment, or the one above `versions`.
fn chain_folder<'p>(path: &'p str, environments: &BTreeMap<&str, FileId>) -> &'p str {
    let above = |path: &'p str| path.rsplit_once('/').map(|(folder, _)| folder);
    let mut folder = above(path);
    while let Some(at) = folder {
        if environments.contains_key(at) {
            return at;
        }
        folder = above(at);
    }
    let own = above(path).unwrap_or_default();
    own.strip_suffix("/versions").unwrap_or(own)
}

/// Where a configuration says that revisions are.
struct Locations<'p> {
    /// The folder of the configuration.
    root: &'p str,
    /// The names of the folders.
    folders: Vec<&'p str>,
}

fn locations(project: &Project) -> Vec<Locations<'_>> {
    let texts = project.sources.iter().filter_map(|(_, file)| Some((file.path().strip_suffix("alembic.ini")?, file)));
    let lines = texts.flat_map(|(root, file)| file.text().lines().map(move |line| (root, line)));
    lines
        .filter_map(|(root, line)| {
            let value = line.strip_prefix("version_locations")?.trim_start_matches([' ', '=']);
            let folders = value.split([' ', ':', ',', ';']).filter(|part| part.len() > 2);
            Some(Locations { root, folders: folders.filter_map(|part| part.rsplit('/').next()).collect() })
        })
        .collect()
}

/// Whether Alembic looks at a file below an environment: in `versions`, or where the configuration says.
fn is_loaded(path: &str, environment: &str, locations: &[Locations<'_>]) -> bool {
    let below = path[environment.len()..].trim_start_matches('/');
    let Some((folder, _)) = below.split_once('/') else { return false };
    folder == "versions" || locations.iter().any(|at| path.starts_with(at.root) && at.folders.contains(&folder))
}

fn revision(project: &Project, file: File<'_>) -> Option<Revision> {
    let module = file.module();
    module.symbol("down_revision")?;
    let (id, at) = assigned(file, "revision")?;
    let (before, predecessors_at) = assigned(file, "down_revision")?;
    let id = project.string(file.id(), id)?;
    let says = |name: &str| {
        assigned(file, name).is_some_and(|(value, _)| !matches!(fold(module, file.index(), value), Constant::None))
    };
    let steps = operations::of(project, file);
    Some(Revision {
        id,
        file: file.id(),
        at,
        predecessors: predecessors(&fold(module, file.index(), before)),
        predecessors_at,
        is_labelled: says("branch_labels"),
        depends_on_others: says("depends_on"),
        operations: steps.operations,
        is_opaque: steps.is_opaque,
    })
}

fn predecessors(value: &Constant) -> Option<Vec<String>> {
    match value {
        Constant::None => Some(Vec::new()),
        Constant::Str(id) => Some(vec![id.clone()]),
        Constant::List(_) => value.strings(),
        _ => None,
    }
}

/// The value of a name of the module, and the line that gives it.
fn assigned(file: File<'_>, name: &str) -> Option<(ExprId, Location)> {
    let name = file.module().symbol(name)?;
    let bindings = file.index().bindings_of(ScopeId::MODULE, name);
    bindings.iter().rev().find_map(|binding| match binding.kind {
        BindingKind::Assign { value: Some(value), .. } => {
            let at = binding.stmt.map_or_else(|| file.at_expr(value), |stmt| file.at_stmt(stmt));
            Some((value, at))
        }
        _ => None,
    })
}
