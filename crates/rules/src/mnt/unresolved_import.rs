//! MNT006: an import of a module of the project that is not there, or has no such name.

use std::collections::BTreeSet;

use backlint_finding::{Confidence, Findings};
use backlint_model::{File, ImportCheck, ImportFailure, Project};
use backlint_semantic::{Binding, BindingKind, Block, Import, ScopeId};
use backlint_source::Location;
use backlint_syntax::ast::{Stmt, StmtId};

use crate::mnt::conditions::{hiding_clause, is_for_types, is_import_probe, is_unreachable};
use crate::mnt::made_later::{Makers, segments};
use crate::mnt::patches::Patches;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let check = ImportCheck::new(project);
    let broken: Vec<Broken<'_>> = project.reported_files().flat_map(|file| broken_imports(&check, file)).collect();
    if broken.is_empty() {
        return;
    }
    let patches = Patches::of(project);
    let lost: Vec<String> = broken.iter().filter(|broken| broken.is_of_module()).map(Broken::dotted).collect();
    let makers = Makers::of(project, &lost.iter().flat_map(|dotted| segments(dotted)).collect());
    let mut seen = BTreeSet::new();
    for broken in broken {
        let is_patched = !broken.is_of_module() && patches.has(broken.name());
        let is_later = broken.is_of_module() && makers.may_make(&broken.dotted());
        let anchor = format!("import {}", broken.missing());
        if is_patched || is_later || !seen.insert((broken.file.id(), anchor.clone())) {
            continue;
        }
        let mut report = findings.report(broken.file.at(broken.binding.span), anchor, broken.message(project));
        if let Some((at, why)) = broken.evidence(project) {
            report = report.also(at, why);
        }
        if broken.is_conditional() {
            report.confidence(Confidence::Medium);
        }
    }
}

/// An import that cannot work.
struct Broken<'p> {
    file: File<'p>,
    binding: &'p Binding,
    import: Import,
    failure: ImportFailure,
}

fn broken_imports<'p>(check: &ImportCheck<'p>, file: File<'p>) -> Vec<Broken<'p>> {
    let mut found = Vec::new();
    for binding in file.index().imports() {
        let (BindingKind::Import(import), Some(stmt)) = (binding.kind, binding.stmt) else { continue };
        let Some(failure) = check.failure(file, import) else { continue };
        let is_elsewhere = import.level > 0 && is_for_another_place(file);
        if !is_elsewhere && !is_expected(file, stmt) {
            found.push(Broken { file, binding, import, failure });
        }
    }
    found
}

/// Whether the code reckons with the import failing, or chooses at load time whether to try it.
fn is_expected(file: File<'_>, stmt: StmtId) -> bool {
    let is_choice = || {
        file.index().stmt_scope(stmt) == ScopeId::MODULE
            && file
                .index()
                .stmt_ancestors(stmt)
                .any(|parent| matches!(file.module().stmt(parent.stmt), Stmt::If { .. }))
    };
    is_import_probe(file, stmt) || is_for_types(file, stmt) || is_unreachable(file, stmt) || is_choice()
}

/// Whether a file is no module where it stands, by its name: no import can name it, or it is a template. What it imports
/// from its own package lies where it is put.
fn is_for_another_place(file: File<'_>) -> bool {
    let name = file.local_path().rsplit('/').next().unwrap_or_default();
    let stem = name.strip_suffix(".py").unwrap_or(name);
    let is_name = stem.chars().all(|c| c == '_' || c.is_alphanumeric()) && !stem.starts_with(|c: char| c.is_numeric());
    !is_name || stem.ends_with("_template") || stem.starts_with("template_")
}

impl Broken<'_> {
    fn from(&self) -> &str {
        self.import.module.map_or("", |from| self.file.module().text(from))
    }

    /// What is imported from the module, or the module itself.
    fn name(&self) -> &str {
        self.import.name.map_or_else(|| self.from(), |name| self.file.module().text(name))
    }

    /// The module as it is written.
    fn module(&self) -> String {
        format!("{}{}", ".".repeat(self.import.level as usize), self.from())
    }

    /// Whether there is no such module at all.
    fn is_of_module(&self) -> bool {
        matches!(self.failure, ImportFailure::NoModule { .. })
    }

    /// All of what is imported, as it is written.
    fn dotted(&self) -> String {
        let module = self.module();
        match self.import.name.map(|name| self.file.module().text(name)) {
            Some("*") | None => module,
            Some(name) if module.ends_with('.') => format!("{module}{name}"),
            Some(name) => format!("{module}.{name}"),
        }
    }

    /// What is not there, as it is written.
    fn missing(&self) -> String {
        match &self.failure {
            ImportFailure::NoModule { module, .. } => module.clone(),
            ImportFailure::NoName { .. } | ImportFailure::Hidden { .. } => self.dotted(),
        }
    }

    fn message(&self, project: &Project) -> String {
        let consequence = self.consequence();
        match &self.failure {
            ImportFailure::NoModule { module, siblings } => {
                let last = module.rsplit('.').next().unwrap_or(module);
                let meant = nearest(last, siblings.iter().map(String::as_str));
                let meant = meant.map(|name| format!("; `{name}` does")).unwrap_or_default();
                format!("`{module}` does not exist in the project{meant}: {consequence}.")
            }
            ImportFailure::NoName { module, .. } => {
                let path = project.file(*module).map(File::path).unwrap_or_default();
                let meant = self.nearest_name(project).map(|name| format!(", only `{name}`")).unwrap_or_default();
                format!("`{path}` has no `{}`{meant}: {consequence}.", self.name())
            }
            ImportFailure::Hidden { by } => {
                let path = project.file(*by).map(File::path).unwrap_or_default();
                let folder = path.trim_end_matches(".py");
                format!("`{}` cannot be imported: `{path}` hides the folder `{folder}/`.", self.dotted())
            }
        }
    }

    fn consequence(&self) -> String {
        if self.binding.stmt.is_some_and(|stmt| hiding_clause(self.file, stmt).is_some()) {
            return "the clause below hides the ImportError every time".to_owned();
        }
        match self.file.index().function_of_scope(self.binding.scope) {
            Some(function) => {
                format!("`{}` raises an ImportError when it gets here", self.file.qualified_name(function))
            }
            None => "importing this module raises an ImportError".to_owned(),
        }
    }

    fn nearest_name(&self, project: &Project) -> Option<String> {
        let ImportFailure::NoName { module, .. } = self.failure else { return None };
        let file = project.file(module)?;
        let names = file.index().bindings_in(ScopeId::MODULE).iter().map(|binding| file.module().text(binding.name));
        nearest(self.name(), names).map(str::to_owned)
    }

    /// The place that shows why.
    fn evidence(&self, project: &Project) -> Option<(Location, &'static str)> {
        let (file, why) = match self.failure {
            ImportFailure::NoModule { .. } => return None,
            ImportFailure::NoName { hidden: Some(hidden), .. } => {
                (hidden, "this module has the name, but the package of the same name hides it")
            }
            ImportFailure::NoName { module, .. } => (module, "the module that is meant"),
            ImportFailure::Hidden { by } => (by, "Python takes this module and looks no further"),
        };
        let file = project.file(file)?;
        Some((file.at(file.first_line(backlint_source::Span::empty(0))), why))
    }

    /// Whether the import stands below a condition in a function.
    fn is_conditional(&self) -> bool {
        let mut ancestors = self.binding.stmt.into_iter().flat_map(|stmt| self.file.index().stmt_ancestors(stmt));
        ancestors.any(|parent| parent.block != Block::Body)
    }
}

/// The known name most like a word, if one is alike enough to be what was meant.
fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    const ALIKE: f64 = 0.7;
    let word = word.to_lowercase();
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(&word, &known.to_lowercase());
    known
        .map(|known| (likeness(known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}
