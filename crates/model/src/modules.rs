//! Which file an import means.

mod places;

pub(crate) use places::Walk;

use backlint_source::FileId;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::layout::is_below;

/// The folders and module files of the project.
#[derive(Debug, Default)]
pub(crate) struct ModuleTable {
    /// Path without `.py` or `/__init__.py` → file.
    by_path: FxHashMap<String, FileId>,
    /// Module files that a package of the same name hides.
    hidden: FxHashMap<String, FileId>,
    /// Folders that hold Python files somewhere below.
    folders: FxHashMap<String, FolderKind>,
    /// The names of module files that stand beside a folder of the same name.
    doubles: FxHashSet<String>,
    /// First segment of a top-level module or package → the folders (roots) that hold it.
    roots: FxHashMap<String, Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FolderKind {
    Package,
    Plain,
}

/// What an import path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ModuleTarget {
    /// A module or the `__init__` of a package.
    File(FileId),
    /// A namespace package: a folder without `__init__`.
    Namespace,
}

impl ModuleTarget {
    /// The file, if it is one.
    pub(crate) fn file(self) -> Option<FileId> {
        match self {
            Self::File(file) => Some(file),
            Self::Namespace => None,
        }
    }
}

impl ModuleTable {
    /// Builds the table from `(local path, id)` pairs in the order of ids.
    pub(crate) fn new(files: &[(String, FileId)]) -> Self {
        let mut table = Self::default();
        for (path, id) in files {
            let stem = path.strip_suffix(".py").or_else(|| path.strip_suffix(".pyi")).unwrap_or(path);
            let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
            let is_init = name == "__init__";
            table.add_folders(folder);
            if is_init {
                table.folders.insert(folder.to_owned(), FolderKind::Package);
            }
            let key = if is_init { folder } else { stem };
            // A package hides a module of the same name, as at run time.
            let hidden = if is_init { table.by_path.insert(key.to_owned(), *id) } else { table.add(key, *id) };
            if let Some(hidden) = hidden {
                table.hidden.insert(key.to_owned(), hidden);
            }
        }
        let plain = table.folders.iter().filter(|(_, kind)| **kind == FolderKind::Plain).map(|(path, _)| path);
        let doubled = plain.filter(|path| table.by_path.contains_key(*path));
        table.doubles = doubled.map(|path| path.rsplit('/').next().unwrap_or(path).to_owned()).collect();
        table.index_roots();
        table
    }

    /// Adds a module, unless there is one of this name; gives it back then.
    fn add(&mut self, key: &str, id: FileId) -> Option<FileId> {
        if self.by_path.contains_key(key) {
            return Some(id);
        }
        self.by_path.insert(key.to_owned(), id);
        None
    }

    fn add_folders(&mut self, folder: &str) {
        let mut current = folder;
        loop {
            self.folders.entry(current.to_owned()).or_insert(FolderKind::Plain);
            let Some((parent, _)) = current.rsplit_once('/') else { break };
            current = parent;
        }
        self.folders.entry(String::new()).or_insert(FolderKind::Plain);
    }

    /// Every folder that is no package can be on the import path, with what lies directly in it.
    fn index_roots(&mut self) {
        let mut names: Vec<(String, String)> = Vec::new();
        for path in self.by_path.keys().chain(self.folders.keys()).filter(|path| !path.is_empty()) {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            names.push((name.to_owned(), folder.to_owned()));
        }
        names.sort();
        names.dedup();
        for (name, folder) in names {
            self.roots.entry(name).or_default().push(folder);
        }
    }

    /// Whether something of this name lies directly in some folder.
    pub(crate) fn has_top_level(&self, name: &str) -> bool {
        self.roots.contains_key(name)
    }

    fn is_package(&self, folder: &str) -> bool {
        self.folders.get(folder) == Some(&FolderKind::Package)
    }

    /// The module at a path without `.py`.
    pub(crate) fn at(&self, path: &str) -> Option<ModuleTarget> {
        if let Some(&file) = self.by_path.get(path) {
            return Some(ModuleTarget::File(file));
        }
        self.folders.contains_key(path).then_some(ModuleTarget::Namespace)
    }

    /// What `module` (dotted, without leading dots) with `level` dots means in the file with this local path.
    pub(crate) fn find(&self, from: &str, level: u32, module: &str) -> Option<ModuleTarget> {
        self.at(&self.find_path(from, level, module)?)
    }

    /// The module `name` inside the one at `path`.
    pub(crate) fn at_in(&self, path: &str, name: &str) -> Option<ModuleTarget> {
        self.at(&join(path, name))
    }

    /// The path of the module that [`find`](Self::find) finds, whether something lies there or not.
    pub(crate) fn find_path(&self, from: &str, level: u32, module: &str) -> Option<String> {
        let relative = module.replace('.', "/");
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        if level > 0 {
            return Some(join(&ancestor(folder, level - 1)?, &relative));
        }
        let first = module.split('.').next().unwrap_or(module);
        let roots = self.roots.get(first)?;
        // A module that imports a module of its own name means another one.
        let own = from.strip_suffix(".py").filter(|_| first == module);
        let fits = |root: &&String| {
            let path = join(root, &relative);
            Some(path.as_str()) != own && self.at(&path).is_some()
        };
        let is_above = |root: &str| is_in(folder, root);
        let candidates: Vec<&String> = roots.iter().filter(fits).collect();
        // The folders above the file, nearest first; packages are not on the import path, unless a script in the
        // package is started directly: its folder is nearer then than any other. The standard library hides them.
        let above = |packages: bool| {
            candidates
                .iter()
                .filter(|root| is_above(root) && self.is_package(root) == packages)
                .max_by_key(|root| root.len())
                .copied()
        };
        let beside = || {
            let plain = candidates.iter().filter(|root| !is_above(root) && !self.is_package(root));
            plain.max_by_key(|root| (common_folders(root, folder), std::cmp::Reverse(root.len()))).copied()
        };
        if crate::words::is_standard_module(first) {
            let root = above(false).filter(|root| self.is_package(&join(root, first)));
            return root.map(|root| join(root, &relative));
        }
        let root = above(false).or_else(|| match (beside(), above(true)) {
            (Some(beside), Some(above)) if depth(above) < common_folders(beside, folder) => Some(beside),
            (beside, above) => above.or(beside),
        })?;
        Some(join(root, &relative))
    }
}

/// `folder` without its last `levels` segments; none when there are fewer.
fn ancestor(folder: &str, levels: u32) -> Option<String> {
    let mut current = folder;
    for _ in 0..levels {
        if current.is_empty() {
            return None;
        }
        current = current.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    Some(current.to_owned())
}

fn join(folder: &str, relative: &str) -> String {
    match (folder.is_empty(), relative.is_empty()) {
        (true, _) => relative.to_owned(),
        (_, true) => folder.to_owned(),
        _ => [folder, "/", relative].concat(),
    }
}

/// Whether a folder is `root` or lies below it.
fn is_in(folder: &str, root: &str) -> bool {
    folder == root || is_below(folder, root)
}

fn depth(folder: &str) -> usize {
    if folder.is_empty() { 0 } else { folder.split('/').count() }
}

fn common_folders(a: &str, b: &str) -> usize {
    a.split('/').zip(b.split('/')).take_while(|(x, y)| x == y).count()
}
