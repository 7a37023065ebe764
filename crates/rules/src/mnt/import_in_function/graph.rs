//! Which modules of the project load which others when they are imported.
//!
//! An import may mean more modules here than it does at run time: what follows is only used to stay silent.

use std::collections::BTreeSet;

use backlint_model::{File, Project};
use backlint_semantic::ScopeId;
use backlint_source::FileId;
use backlint_syntax::ast::Stmt;
use rustc_hash::FxHashMap;

use super::Late;

/// The imports at the top of all modules.
pub(super) struct ImportGraph<'p> {
    /// Last segment of a module's path, and the modules that end in it.
    by_end: FxHashMap<&'p str, Vec<(FileId, &'p str)>>,
    paths: FxHashMap<FileId, &'p str>,
    loads: FxHashMap<FileId, Vec<FileId>>,
    loaded: BTreeSet<FileId>,
}

impl<'p> ImportGraph<'p> {
    pub(super) fn new(project: &'p Project) -> Self {
        let mut graph = Self {
            by_end: FxHashMap::default(),
            paths: FxHashMap::default(),
            loads: FxHashMap::default(),
            loaded: BTreeSet::new(),
        };
        for file in project.files() {
            let path = module_path(file.local_path());
            let end = path.rsplit('/').next().unwrap_or(path);
            graph.by_end.entry(end).or_default().push((file.id(), path));
            graph.paths.insert(file.id(), path);
        }
        for file in project.files() {
            let mut targets: Vec<FileId> = top_imports(file)
                .iter()
                .flat_map(|late| graph.targets(*late))
                .filter(|&target| target != file.id())
                .collect();
            if file.role().is_reported() {
                graph.loaded.extend(&targets);
            }
            let packages: Vec<FileId> = targets.iter().flat_map(|&target| graph.packages(target, file.id())).collect();
            targets.extend(packages);
            graph.loads.insert(file.id(), targets);
        }
        graph
    }

    /// Whether some module imports this one at its top.
    pub(super) fn is_loaded(&self, file: FileId) -> bool {
        self.loaded.contains(&file)
    }

    /// Whether importing `from` in `to` imports `to` itself.
    pub(super) fn leads_to(&self, from: FileId, to: FileId) -> bool {
        let mut open = self.packages(from, to);
        open.push(from);
        let mut seen: BTreeSet<FileId> = open.iter().copied().collect();
        while let Some(file) = open.pop() {
            if file == to {
                return true;
            }
            open.extend(self.loads.get(&file).into_iter().flatten().filter(|&&next| seen.insert(next)));
        }
        false
    }

    /// The packages around a module, which are imported before it; those around `importer` are by then.
    fn packages(&self, module: FileId, importer: FileId) -> Vec<FileId> {
        let path_of = |file| self.paths.get(&file).copied().unwrap_or_default();
        let (path, importer) = (path_of(module), path_of(importer));
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        let outside = folders.filter(|folder| !importer.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
        outside.flat_map(|folder| self.at(folder)).collect()
    }

    /// The modules of the project that an import may mean; none for modules from outside.
    pub(super) fn targets(&self, late: Late<'_>) -> Vec<FileId> {
        let importer = late.file.local_path();
        let base = late.module.replace('.', "/");
        let find = |path: &str| match late.level {
            0 => self.below_roots(path, importer),
            level => {
                // One dot means the folder of the importer.
                let folder =
                    (0..level).fold(importer, |path, _| path.rsplit_once('/').map_or("", |(parent, _)| parent));
                self.at(&join(folder, path))
            }
        };
        let mut found = find(&base);
        let module = late.file.module();
        for alias in late.names.map_or(&[][..], |names| module.list(names)) {
            found.extend(find(&join(&base, module.text(alias.name))));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The module with exactly this path.
    fn at(&self, path: &str) -> Vec<FileId> {
        self.ending_like(path).filter(|(_, known)| *known == path).map(|(id, _)| id).collect()
    }

    /// Modules with this path below a folder that is searched for modules: one that is no package, or one around the
    /// importer, which may be a script that is started there.
    fn below_roots(&self, path: &str, importer: &str) -> Vec<FileId> {
        let is_root = |root: &str| match root.strip_suffix('/') {
            Some(folder) => importer.starts_with(root) || self.at(folder).is_empty(),
            None => root.is_empty(),
        };
        self.ending_like(path)
            .filter(|(_, known)| known.strip_suffix(path).is_some_and(is_root))
            .map(|(id, _)| id)
            .collect()
    }

    fn ending_like(&self, path: &str) -> impl Iterator<Item = (FileId, &'p str)> + '_ {
        let end = path.rsplit('/').next().unwrap_or(path);
        self.by_end.get(end).into_iter().flatten().copied()
    }
}

/// The imports that run when the module is imported.
fn top_imports(file: File<'_>) -> Vec<Late<'_>> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in module.stmt_ids().filter(|&stmt| file.index().stmt_scope(stmt) == ScopeId::MODULE) {
        match module.stmt(stmt) {
            Stmt::Import(names) => found.extend(module.list(names).iter().map(|alias| Late {
                file,
                stmt,
                module: module.text(alias.name),
                level: 0,
                names: None,
            })),
            Stmt::ImportFrom { module: from, level, names } => {
                let from = from.map_or("", |from| module.text(from));
                found.push(Late { file, stmt, module: from, level, names: Some(names) });
            }
            _ => {}
        }
    }
    found
}

/// `app/orders` for `app/orders.py` and `app/orders/__init__.py`.
fn module_path(local: &str) -> &str {
    let stem = local.trim_end_matches(".py");
    stem.strip_suffix("/__init__").unwrap_or(stem)
}

fn join(folder: &str, name: &str) -> String {
    match (folder.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => folder.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}
