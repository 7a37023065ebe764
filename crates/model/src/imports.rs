//! What the imports of a file lead to, found once for each of them.

use std::collections::BTreeSet;

use backlint_semantic::{BindingKind, Import};
use backlint_source::FileId;
use backlint_syntax::ast::Symbol;
use rustc_hash::FxHashMap;

use crate::modules::{ModuleTable, ModuleTarget};
use crate::{File, Project};

/// Where an import leads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportTarget {
    /// The module in front of `import`, or the one that `import a.b` binds.
    pub(crate) module: Option<ModuleTarget>,
    /// The module that the imported name means, if there is one of this name, or all of `a.b`.
    pub(crate) item: Option<ModuleTarget>,
}

/// The imports of one file.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    targets: FxHashMap<Import, ImportTarget>,
    /// The files behind `from module import *`, in source order.
    stars: Vec<FileId>,
}

impl Imports {
    /// Looks up every import of a file.
    pub(crate) fn of(file: File<'_>, modules: &ModuleTable) -> Self {
        let mut imports = Self::default();
        // `from package import a, b, c` asks for one package.
        let mut packages = FxHashMap::default();
        for binding in file.index().imports() {
            let BindingKind::Import(import) = binding.kind else { continue };
            let target = *imports.targets.entry(import).or_insert_with(|| target(file, import, modules, &mut packages));
            let is_star = import.name.is_some_and(|name| file.module().text(name) == "*");
            if let (true, Some(ModuleTarget::File(star))) = (is_star, target.module) {
                imports.stars.push(star);
            }
        }
        imports
    }

    /// Where one of the imports of the file leads.
    pub(crate) fn target(&self, import: Import) -> ImportTarget {
        self.targets.get(&import).copied().unwrap_or(ImportTarget { module: None, item: None })
    }

    /// The files whose names the file takes over.
    pub(crate) fn stars(&self) -> &[FileId] {
        &self.stars
    }

    /// All files of the project that the imports name.
    pub(crate) fn files(&self) -> impl Iterator<Item = FileId> {
        let targets = self.targets.values().flat_map(|target| [target.module, target.item]);
        targets.flatten().filter_map(ModuleTarget::file)
    }
}

/// The paths of modules that names are imported from, by what stands behind `from`.
type Packages = FxHashMap<(Option<Symbol>, u32), Option<String>>;

fn target(file: File<'_>, import: Import, modules: &ModuleTable, packages: &mut Packages) -> ImportTarget {
    let local = file.local_path();
    let from = import.module.map_or("", |name| file.module().text(name));
    let Some(name) = import.name else {
        let bound = if import.is_aliased { from } else { from.split('.').next().unwrap_or(from) };
        let module = modules.find(local, import.level, bound);
        return ImportTarget { module, item: modules.find(local, import.level, from) };
    };
    let package = packages.entry((import.module, import.level));
    match package.or_insert_with(|| modules.find_path(local, import.level, from)) {
        Some(path) => ImportTarget { module: modules.at(path), item: modules.at_in(path, file.module().text(name)) },
        None => ImportTarget { module: None, item: None },
    }
}

impl Project {
    /// A file and everything of the project that is loaded with it: what it imports, itself or through others.
    pub fn loaded_with(&self, file: FileId) -> BTreeSet<FileId> {
        self.with_imports([file])
    }

    /// As `loaded_with`, of several files.
    pub fn with_imports(&self, files: impl IntoIterator<Item = FileId>) -> BTreeSet<FileId> {
        let mut found = BTreeSet::new();
        let mut work: Vec<FileId> = files.into_iter().collect();
        while let Some(file) = work.pop() {
            if found.insert(file) {
                work.extend(self.imports(file).into_iter().flat_map(Imports::files));
            }
        }
        found
    }

    /// The imports of a file.
    pub(crate) fn imports(&self, file: FileId) -> Option<&Imports> {
        self.imports.get(file.index())
    }
}
