//! MNT009: a name that has no value where it is read.

mod evaluated;
mod lookup;

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, Project, words};
use backlint_semantic::{BindingKind, NameUse, ScopeId, ScopeKind};
use backlint_source::{FileId, Location, Span};
use backlint_syntax::SyntaxProblemKind;
use backlint_syntax::ast::{Expr, FunctionId};

use crate::mnt::conditions::{hiding_clause, is_asked_for, is_attempt, is_for_types, is_unreachable, is_waved_through};
use crate::mnt::patches::Patches;
use evaluated::{Evaluation, evaluation};
use lookup::{Missing, Names};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let found: Vec<Undefined<'_>> = project.reported_files().flat_map(undefined).collect();
    if found.is_empty() {
        return;
    }
    let patches = Patches::of(project);
    let old =
        if found.iter().any(|undefined| undefined.is_of_python_2()) { python_2(project) } else { BTreeSet::new() };
    let is_lazy = project.may_run_python(3, 14);
    let is_error = |undefined: &Undefined<'_>| {
        let is_kept = is_lazy && undefined.evaluation == Evaluation::Annotation;
        let is_bound = undefined.is_of_python_2() && old.contains(&undefined.file.id());
        !is_kept && !is_bound && !patches.has(undefined.name())
    };
    let found: Vec<Undefined<'_>> = found.into_iter().filter(is_error).collect();
    let failing: BTreeSet<FileId> = found
        .iter()
        .filter(|undefined| undefined.harm() == Harm::Import)
        .map(|undefined| undefined.file.id())
        .collect();
    let mut seen = BTreeSet::new();
    for undefined in found {
        let anchor = format!("{}: {}", undefined.file.context_name(undefined.used.expr), undefined.name());
        if seen.insert((undefined.file.id(), anchor.clone())) {
            report(project, undefined, anchor, &failing, findings);
        }
    }
}

fn report(
    project: &Project,
    undefined: Undefined<'_>,
    anchor: String,
    failing: &BTreeSet<FileId>,
    findings: &mut Findings,
) {
    let definition = definition(project, undefined);
    let at = undefined.file.at_expr(undefined.used.expr);
    let message = undefined.message(definition, failing);
    let mut report = findings.report(at, anchor, message);
    if let Some(definition) = definition {
        report = report.also(definition, "this may be what is meant");
    }
    if let Some((at, why)) = undefined.evidence() {
        report = report.also(at, why);
    }
    if let Some(clause) = undefined.hiding_clause() {
        report.also(undefined.file.at(clause), "this clause hides the error every time");
    }
}

/// A use of a name without value.
#[derive(Clone, Copy)]
struct Undefined<'p> {
    file: File<'p>,
    used: &'p NameUse,
    missing: Missing<'p>,
    evaluation: Evaluation,
}

/// What the error does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Harm {
    /// A broad clause around swallows it.
    Hidden,
    /// It ends a call of this function.
    Call(FunctionId),
    /// It ends a call of a lambda that stands outside functions.
    Lambda,
    /// It ends the loading of the module, if a condition holds.
    Loading,
    /// The module can never be imported.
    Import,
}

fn undefined(file: File<'_>) -> Vec<Undefined<'_>> {
    if !file.module().problems().is_empty() || is_dynamic(file) {
        return Vec::new();
    }
    let names = Names::of(file);
    let missing = file.index().uses().iter().filter_map(|used| Some((used, names.missing(used)?)));
    let counted = missing.filter_map(|(used, missing)| {
        let evaluation = evaluation(file, used.expr);
        let is_error = evaluation != Evaluation::Never && !is_implicit(file, used) && !is_excused(file, used);
        is_error.then_some(Undefined { file, used, missing, evaluation })
    });
    let mut found: Vec<Undefined<'_>> = counted.collect();
    found.sort_by_key(|undefined| file.module().span(undefined.used.expr));
    found
}

/// Whether names come into the module that nobody can see in it: by star imports, `exec`, writes to `globals()`, or from
/// the shell that runs it.
fn is_dynamic(file: File<'_>) -> bool {
    /// Calls that may bind names; `get_ipython` and `dbutils` stand in exported notebooks only.
    const BINDERS: &[&str] = &["exec", "execfile", "globals", "get_config", "get_ipython", "dbutils"];
    let module = file.module();
    let is_free = |name: &str| {
        module.symbol(name).is_some_and(|symbol| file.index().uses().iter().any(|used| used.name == symbol))
    };
    let reads_module_scope = || {
        ["vars", "locals"].iter().any(|name| {
            let symbol = module.symbol(name);
            file.index().uses().iter().any(|used| Some(used.name) == symbol && used.scope == ScopeId::MODULE)
        })
    };
    let has_star = || module.symbol("*").is_some_and(|star| file.index().imports().iter().any(|b| b.name == star));
    let is_for_python_2 = || file.source().text().lines().next().is_some_and(|line| line.contains("python2"));
    has_star() || BINDERS.iter().any(|name| is_free(name)) || reads_module_scope() || is_for_python_2()
}

/// Names that Python binds by itself, and `_`, which translations put among the builtins.
fn is_implicit(file: File<'_>, used: &NameUse) -> bool {
    let name = file.module().text(used.name);
    let scopes = || file.index().visible_from(used.scope).map(|scope| file.index().scope(scope).kind);
    match name {
        "_" => true,
        "c" => is_configured(file, used),
        "__class__" => scopes().any(|kind| matches!(kind, ScopeKind::Function(_))),
        "__module__" | "__qualname__" | "__firstlineno__" | "__static_attributes__" | "__type_params__" => {
            scopes().any(|kind| matches!(kind, ScopeKind::Class(_)))
        }
        _ => words::is_builtin(name),
    }
}

/// `c.Spawner.cmd = …` in a file that a program of the Jupyter family loads as its configuration.
fn is_configured(file: File<'_>, used: &NameUse) -> bool {
    let name = file.local_path().rsplit('/').next().unwrap_or_default();
    let outer = file.index().parent(used.expr);
    name.contains("config") && outer.is_some_and(|outer| matches!(file.module().expr(outer), Expr::Attribute { .. }))
}

/// Whether the code reckons with the name being absent, or never runs.
fn is_excused(file: File<'_>, used: &NameUse) -> bool {
    let is_idle =
        |stmt| is_attempt(file, stmt, &["NameError"], 0) || is_for_types(file, stmt) || is_unreachable(file, stmt);
    file.index().stmt_of(used.expr).is_some_and(is_idle)
        || is_asked_for(file, used.expr, file.module().text(used.name))
        || is_waved_through(file, file.module().span(used.expr), "F821")
}

/// The files that only Python 2 can run: those that import one with statements of Python 2, and all that these load.
fn python_2(project: &Project) -> BTreeSet<FileId> {
    let is_old =
        |file: File<'_>| file.module().problems().iter().any(|p| matches!(p.kind, SyntaxProblemKind::Python2(_)));
    let old: BTreeSet<FileId> = project.files().filter(|&file| is_old(file)).map(File::id).collect();
    if old.is_empty() {
        return old;
    }
    let loaders = project.files().map(File::id).filter(|&file| !project.loaded_with(file).is_disjoint(&old));
    project.with_imports(loaders)
}

/// The only class or function of this name that a module outside tests defines.
fn definition(project: &Project, undefined: Undefined<'_>) -> Option<Location> {
    if !matches!(undefined.missing, Missing::Never) {
        return None;
    }
    let mut found = project.app_files().filter_map(|file| {
        let name = file.module().symbol(undefined.name())?;
        let bindings = file.index().bindings_of(ScopeId::MODULE, name);
        let definition =
            bindings.iter().find(|b| matches!(b.kind, BindingKind::Class(_) | BindingKind::Function(_)))?;
        Some(file.at(definition.span))
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

impl<'p> Undefined<'p> {
    fn name(self) -> &'p str {
        self.file.module().text(self.used.name)
    }

    /// Whether Python 2 has it among its builtins.
    fn is_of_python_2(self) -> bool {
        const NAMES: &[&str] = &[
            "apply",
            "basestring",
            "buffer",
            "cmp",
            "coerce",
            "execfile",
            "file",
            "intern",
            "long",
            "raw_input",
            "reduce",
            "reload",
            "unichr",
            "unicode",
            "xrange",
        ];
        matches!(self.missing, Missing::Never) && NAMES.contains(&self.name())
    }

    fn message(self, definition: Option<Location>, failing: &BTreeSet<FileId>) -> String {
        let name = self.name();
        let consequence = self.consequence(failing);
        match self.missing {
            Missing::Never if definition.is_some() || words::is_standard_module(name) => {
                format!("`{name}` is not imported: {consequence}.")
            }
            Missing::Never => format!("Nothing binds `{name}`: {consequence}."),
            Missing::Later(_) => format!("`{name}` is read before it is bound: {consequence}."),
            Missing::ForTypes(_) => {
                format!("`{name}` is imported for type checkers only, but read at run time: {consequence}.")
            }
            Missing::Gone(_) => {
                format!("Python removes `{name}` at the end of its `except` clause: {consequence}.")
            }
            Missing::NoValue(_) => format!("Nothing gives `{name}` a value: {consequence}."),
        }
    }

    fn consequence(self, failing: &BTreeSet<FileId>) -> String {
        let function = self.file.index().function_of_scope(self.used.scope);
        if let Some(function) = function.filter(|_| failing.contains(&self.file.id())) {
            let name = self.file.qualified_name(function);
            return format!("`{name}` will not find it here either, once the module can be imported");
        }
        match self.harm() {
            Harm::Hidden => "the clause below hides the NameError every time".to_owned(),
            Harm::Call(function) => {
                format!("`{}` raises a NameError when it gets here", self.file.qualified_name(function))
            }
            Harm::Lambda => "the lambda raises a NameError when it is called".to_owned(),
            Harm::Loading => "loading the module raises a NameError when it gets here".to_owned(),
            Harm::Import => "importing the module raises a NameError".to_owned(),
        }
    }

    fn harm(self) -> Harm {
        let index = self.file.index();
        let is_late = index
            .visible_from(self.used.scope)
            .take_while(|&scope| !matches!(index.scope(scope).kind, ScopeKind::Function(_)))
            .any(|scope| matches!(index.scope(scope).kind, ScopeKind::Lambda(_)));
        match index.function_of_scope(self.used.scope) {
            _ if !is_late && self.hiding_clause().is_some() => Harm::Hidden,
            Some(function) => Harm::Call(function),
            None if is_late => Harm::Lambda,
            None if self.is_conditional() => Harm::Loading,
            None => Harm::Import,
        }
    }

    /// The clause around that swallows every error.
    fn hiding_clause(self) -> Option<Span> {
        let stmt = self.file.index().stmt_of(self.used.expr)?;
        hiding_clause(self.file, stmt)
    }

    /// Whether more than the import of the module has to happen.
    fn is_conditional(self) -> bool {
        let index = self.file.index();
        let stmt = index.stmt_of(self.used.expr);
        let is_class = |scope| matches!(index.scope(scope).kind, ScopeKind::Class(_) | ScopeKind::Module);
        stmt.is_some_and(|stmt| {
            index.stmt_ancestors(stmt).any(|parent| {
                parent.block != backlint_semantic::Block::Body || !is_class(index.stmt_scope(parent.stmt))
            })
        })
    }

    /// The place that explains why there is no value.
    fn evidence(self) -> Option<(Location, &'static str)> {
        let (binding, why) = match self.missing {
            Missing::Never => return None,
            Missing::Later(binding) => (binding, "bound here"),
            Missing::ForTypes(binding) => (binding, "imported here, where only type checkers look"),
            Missing::Gone(binding) => (binding, "the clause"),
            Missing::NoValue(binding) => (binding, "makes the name belong to this scope"),
        };
        Some((self.file.at(binding.span), why))
    }
}
