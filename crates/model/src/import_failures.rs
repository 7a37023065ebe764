//! Imports that mean a module of the project and cannot work.

mod definitions;

use std::cell::OnceCell;

use backlint_semantic::{BindingKind, Import, ScopeId};
use backlint_source::FileId;
use backlint_syntax::ast::Stmt;
use rustc_hash::FxHashMap;

use crate::modules::{ModuleTable, ModuleTarget, Walk};
use crate::{File, Project};

/// Why an import fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportFailure {
    /// There is no such module; the names that are there instead.
    NoModule {
        /// What is missing, dotted, as it is written.
        module: String,
        /// The modules beside the one that is missing.
        siblings: Vec<String>,
    },
    /// The module is there, the name in it is not.
    NoName {
        /// The module.
        module: FileId,
        /// A module file of the same name that the package hides and that has the name.
        hidden: Option<FileId>,
    },
    /// A module file stands in front of the folder of the same name that holds what is imported.
    Hidden {
        /// The module file.
        by: FileId,
    },
}

/// How many star imports a name may be behind.
const MAX_STARS: u32 = 8;

/// Tells which imports of a project cannot work.
///
/// An absolute import may mean an installed package of the same name. It only counts as one of the project where most
/// imports through the same package work.
#[derive(Debug)]
pub struct ImportCheck<'p> {
    project: &'p Project,
    /// By the path of the top-level module or package.
    votes: OnceCell<FxHashMap<String, Vote>>,
}

/// How many absolute imports through a package work, and how many do not.
#[derive(Clone, Copy, Debug, Default)]
struct Vote {
    works: usize,
    fails: usize,
}

/// An import with its texts, and where it has to be looked for.
struct Wanted<'p> {
    file: File<'p>,
    level: u32,
    module: &'p str,
    bases: Vec<String>,
}

impl<'p> Wanted<'p> {
    fn of(project: &Project, file: File<'p>, import: Import) -> Self {
        let module = import.module.map_or("", |name| file.module().text(name));
        let bases = project.modules.bases(file.local_path(), import.level, module);
        Self { file, level: import.level, module, bases }
    }

    /// What is imported, as it is written.
    fn written(&self, name: Option<&str>) -> String {
        format!("{}{}", ".".repeat(self.level as usize), self.dotted(name))
    }

    fn dotted(&self, name: Option<&str>) -> String {
        match name {
            Some(name) if self.module.is_empty() => name.to_owned(),
            Some(name) => format!("{}.{name}", self.module),
            None => self.module.to_owned(),
        }
    }

    fn top(&self, base: &str) -> String {
        let first = self.module.split('.').next().unwrap_or(self.module);
        if base.is_empty() { first.to_owned() } else { format!("{base}/{first}") }
    }
}

impl<'p> ImportCheck<'p> {
    /// A check of the imports of this project.
    pub fn new(project: &'p Project) -> Self {
        Self { project, votes: OnceCell::new() }
    }

    /// Why an import fails that means a module of the project; none if it may work.
    pub fn failure(&self, file: File<'p>, import: Import) -> Option<ImportFailure> {
        if self.works_plainly(file, import) {
            return None;
        }
        let wanted = Wanted::of(self.project, file, import);
        if !self.is_of_project(&wanted) {
            return None;
        }
        let walks: Vec<Walk> = wanted.bases.iter().map(|base| self.modules().walk(base, wanted.module)).collect();
        let found: Vec<&str> = walks.iter().filter_map(found).collect();
        if found.is_empty() {
            return self.lost_module(&wanted, &walks);
        }
        let name = import.name.map(|name| file.module().text(name)).filter(|&name| name != "*")?;
        self.lost_name(&wanted, name, &found)
    }

    /// The module file, not the `__init__` of a package, that an imported name stands for, where that is beyond doubt.
    pub fn module_behind(&self, file: File<'p>, import: Import) -> Option<FileId> {
        let target = self.project.imports(file.id())?.target(import);
        let (path, module) = match (import.name, target.item?) {
            (Some(name), ModuleTarget::File(module)) => (Some(file.module().text(name)), module),
            (None, ModuleTarget::File(module)) if import.is_aliased => (None, module),
            _ => return None,
        };
        let wanted = Wanted::of(self.project, file, import);
        let is_only = import.level > 0 || self.modules().everywhere(&wanted.dotted(path)).len() == 1;
        let is_shadowed = path.is_some_and(|name| match target.module {
            Some(ModuleTarget::File(package)) => self.project.binds(package, name) || self.project.may_gain(package),
            Some(ModuleTarget::Namespace) => false,
            None => true,
        });
        let is_certain = is_only && !is_shadowed && self.is_of_project(&wanted) && !self.project.is_package(module);
        is_certain.then_some(module)
    }

    fn modules(&self) -> &'p ModuleTable {
        &self.project.modules
    }

    /// The cheap answer for most imports: nothing of the project is meant, or the module was found, and the name is in it
    /// or below it.
    fn works_plainly(&self, file: File<'_>, import: Import) -> bool {
        let module = import.module.map_or("", |name| file.module().text(name));
        let first = module.split('.').next().unwrap_or(module);
        let Some(target) = self.project.imports(file.id()).map(|imports| imports.target(import)) else { return true };
        if import.level == 0 && !self.modules().has_top_level(first) {
            return true;
        }
        let is_bound = || match (import.name, target.module) {
            (Some(name), Some(ModuleTarget::File(module))) => {
                self.project.defines(module, file.module().text(name)) == Some(true)
            }
            _ => false,
        };
        !self.modules().has_double(module) && (target.item.is_some() || is_bound())
    }

    fn is_of_project(&self, wanted: &Wanted<'_>) -> bool {
        let is_proven = |base: &String| self.votes().get(&wanted.top(base)).is_some_and(|vote| vote.works > vote.fails);
        wanted.level > 0 || !wanted.bases.is_empty() && wanted.bases.iter().all(is_proven)
    }

    fn votes(&self) -> &FxHashMap<String, Vote> {
        self.votes.get_or_init(|| {
            let mut votes: FxHashMap<String, Vote> = FxHashMap::default();
            for file in self.project.files() {
                for binding in file.index().imports() {
                    if let BindingKind::Import(import) = binding.kind
                        && import.level == 0
                    {
                        self.count(file, import, &mut votes);
                    }
                }
            }
            votes
        })
    }

    /// Counts an absolute import for the packages through which it may go.
    fn count(&self, file: File<'p>, import: Import, votes: &mut FxHashMap<String, Vote>) {
        let Some(target) = self.project.imports(file.id()).map(|imports| imports.target(import)) else { return };
        let works = match (import.name.map(|name| file.module().text(name)), target.module) {
            (Some("*"), module) => module.is_some(),
            (Some(name), Some(ModuleTarget::File(module))) => {
                target.item.is_some() || self.project.defines(module, name) != Some(false)
            }
            _ => target.item.is_some(),
        };
        let wanted = Wanted::of(self.project, file, import);
        for base in &wanted.bases {
            let vote = votes.entry(wanted.top(base)).or_default();
            if !works {
                vote.fails += 1;
            } else if matches!(self.modules().walk(base, wanted.module), Walk::Found(_)) {
                vote.works += 1;
            }
        }
    }

    fn lost_module(&self, wanted: &Wanted<'_>, walks: &[Walk]) -> Option<ImportFailure> {
        if let [Walk::Hidden(by)] = walks
            && (wanted.level > 0 || self.modules().everywhere(wanted.module).len() == 1)
        {
            return Some(ImportFailure::Hidden { by: *by });
        }
        let is_elsewhere = wanted.level == 0 && self.modules().is_anywhere(wanted.module);
        let Some(Walk::Missing { folder, name }) = walks.first() else { return None };
        let is_missing = !is_elsewhere && self.is_plainly_imported(folder) && self.lacks(wanted.file, folder, name);
        is_missing.then(|| ImportFailure::NoModule { module: wanted.written(None), siblings: self.names_in(folder) })
    }

    fn lost_name(&self, wanted: &Wanted<'_>, name: &str, found: &[&str]) -> Option<ImportFailure> {
        let is_absolute = wanted.level == 0;
        let others = if is_absolute { self.modules().everywhere(wanted.module) } else { Vec::new() };
        let is_there = |target: ModuleTarget| match target {
            ModuleTarget::File(file) => self.project.defines(file, name) != Some(false),
            ModuleTarget::Namespace => false,
        };
        if others.into_iter().any(is_there) || is_absolute && self.modules().is_anywhere(&wanted.dotted(Some(name))) {
            return None;
        }
        let lacking = found.iter().map(|path| self.lacking(wanted, path, name));
        let failures: Vec<ImportFailure> = lacking.collect::<Option<_>>()?;
        failures.into_iter().next()
    }

    /// What is wrong when the module at this path has to have the name.
    fn lacking(&self, wanted: &Wanted<'_>, path: &str, name: &str) -> Option<ImportFailure> {
        let inner = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        let is_beside = self.modules().target_at(&inner).is_some();
        match self.modules().target_at(path)? {
            ModuleTarget::File(module) if self.project.defines(module, name) == Some(false) => {
                if is_beside && self.modules().is_plain_folder(path) {
                    return Some(ImportFailure::Hidden { by: module });
                }
                let is_gone = !is_beside && (!self.project.is_package(module) || self.lacks(wanted.file, path, name));
                let hidden = self.modules().hidden_by(path).filter(|&file| self.project.binds(file, name));
                is_gone.then_some(ImportFailure::NoName { module, hidden })
            }
            ModuleTarget::Namespace if !is_beside && self.lacks(wanted.file, path, name) => {
                let siblings = self.names_in(path);
                Some(ImportFailure::NoModule { module: wanted.written(Some(name)), siblings })
            }
            _ => None,
        }
    }

    fn names_in(&self, folder: &str) -> Vec<String> {
        self.modules().names_in(folder).into_iter().map(str::to_owned).collect()
    }

    /// Whether nothing of this name lies in a folder, in whatever language: neither module nor compiled module nor folder.
    fn lacks(&self, file: File<'_>, folder: &str, name: &str) -> bool {
        let Some(above) = file.path().strip_suffix(file.local_path()) else { return false };
        let path = if folder.is_empty() { format!("{above}{name}") } else { format!("{above}{folder}/{name}") };
        self.project.sources.listing().lacks_all_of(&path)
    }

    /// Whether the package at this path finds its modules in its own folder only.
    fn is_plainly_imported(&self, folder: &str) -> bool {
        match self.modules().target_at(folder) {
            Some(ModuleTarget::File(file)) => self.project.file(file).is_some_and(|file| !is_dynamic(file)),
            _ => true,
        }
    }
}

impl Project {
    /// Whether a module has a name when it is loaded; none if it may get names that are not seen in it.
    pub fn defines(&self, module: FileId, name: &str) -> Option<bool> {
        self.defines_within(module, name, MAX_STARS)
    }

    fn defines_within(&self, module: FileId, name: &str, steps: u32) -> Option<bool> {
        let steps = steps.checked_sub(1)?;
        let file = self.file(module)?;
        if self.binds(module, name) || name.starts_with("__") || imports_package(file, name) {
            return Some(true);
        }
        if self.is_package(module) && self.modules.find(file.local_path(), 1, name).is_some() {
            return Some(true);
        }
        let stars = self.imports(module)?.stars();
        if self.binds(module, "__getattr__") || is_dynamic(file) || star_count(file) != stars.len() {
            return None;
        }
        let mut is_known = true;
        for &star in stars.iter().filter(|&&star| star != module) {
            match self.defines_within(star, name, steps) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => is_known = false,
            }
        }
        is_known.then_some(false)
    }

    /// Whether the code of a module binds a name in it.
    fn binds(&self, module: FileId, name: &str) -> bool {
        self.file(module).is_some_and(|file| {
            let name = file.module().symbol(name);
            name.is_some_and(|name| !file.index().bindings_of(ScopeId::MODULE, name).is_empty())
        })
    }

    /// Whether a module may have names that it does not bind itself.
    fn may_gain(&self, module: FileId) -> bool {
        let Some(file) = self.file(module) else { return true };
        star_count(file) > 0 || self.binds(module, "__getattr__") || is_dynamic(file)
    }

    fn is_package(&self, module: FileId) -> bool {
        self.file(module).is_some_and(|file| file.local_path().ends_with("__init__.py"))
    }
}

fn found(walk: &Walk) -> Option<&str> {
    match walk {
        Walk::Found(path) => Some(path),
        Walk::Missing { .. } | Walk::Hidden(_) => None,
    }
}

/// Whether names or modules may come into a module that cannot be seen in it.
fn is_dynamic(file: File<'_>) -> bool {
    const WORDS: &[&str] =
        &["globals", "exec", "vars", "locals", "__path__", "extend_path", "declare_namespace", "__dict__", "modules"];
    !file.module().problems().is_empty() || WORDS.iter().any(|word| file.module().symbol(word).is_some())
}

fn star_count(file: File<'_>) -> usize {
    file.index().imports().iter().filter(|binding| file.module().text(binding.name) == "*").count()
}

/// `import name.part`, which binds `name`.
fn imports_package(file: File<'_>, name: &str) -> bool {
    let module = file.module();
    module.stmt_ids().any(|stmt| match module.stmt(stmt) {
        Stmt::Import(names) => module
            .list(names)
            .iter()
            .any(|alias| alias.asname.is_none() && module.text(alias.name).split('.').next() == Some(name)),
        _ => false,
    })
}
