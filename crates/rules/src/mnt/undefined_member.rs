//! MNT012: an attribute that the module or class it is read from does not have.

mod classes;

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{ClassRef, Entity, File, ImportCheck, Project, Type};
use backlint_semantic::{Binding, BindingKind, Call, ScopeId};
use backlint_source::{FileId, Location};
use backlint_syntax::ast::{Expr, ExprId, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::mnt::conditions::{hiding_clause, is_asked_for, is_attempt, is_for_types, is_unreachable};
use crate::mnt::patches::Patches;
use classes::{Members, is_known};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let members = Members::of(project);
    let imports = ImportCheck::new(project);
    let look = Look { project, members: &members, imports: &imports };
    let found: Vec<Missing<'_>> = project.reported_files().flat_map(|file| look.missing(file)).collect();
    if found.is_empty() {
        return;
    }
    let patches = Patches::of(project);
    let mut seen = BTreeSet::new();
    for missing in found {
        let anchor = format!("{}: {}", missing.file.context_name(missing.expr), missing.file.text_of(missing.expr));
        if patches.has(missing.name) || !seen.insert((missing.file.id(), anchor.clone())) {
            continue;
        }
        let (owner, at) = missing.owner(project);
        let hiding = missing.file.index().stmt_of(missing.expr).and_then(|stmt| hiding_clause(missing.file, stmt));
        let consequence = match hiding {
            Some(_) => "the clause below hides the AttributeError every time",
            None => "this raises an AttributeError",
        };
        let message = format!("{owner} has no `{}`: {consequence}.", missing.name);
        let mut report = findings.report(missing.file.at_expr(missing.expr), anchor, message);
        if let Some(at) = at {
            report = report.also(at, "defined here, without it");
        }
        if let Some(clause) = hiding {
            report.also(missing.file.at(clause), "this clause hides the error");
        }
    }
}

/// An attribute that is read from something that lacks it.
struct Missing<'p> {
    file: File<'p>,
    expr: ExprId,
    name: &'p str,
    of: Owner,
}

/// What an attribute is read from.
#[derive(Clone, Copy)]
enum Owner {
    Module(FileId),
    Class(ClassRef),
}

/// What is known of the whole project.
#[derive(Clone, Copy)]
struct Look<'l, 'p> {
    project: &'p Project,
    members: &'l Members<'p>,
    imports: &'l ImportCheck<'p>,
}

impl<'p> Look<'_, 'p> {
    fn missing(self, file: File<'p>) -> Vec<Missing<'p>> {
        let Self { project, members, .. } = self;
        let module = file.module();
        if !module.problems().is_empty() {
            return Vec::new();
        }
        let mut receivers = Receivers { look: self, file, known: FxHashMap::default() };
        let candidates = self.candidates(file);
        let itself = module.symbol("self");
        let mut usual: FxHashMap<Symbol, bool> = FxHashMap::default();
        let mut found = Vec::new();
        for expr in module.expr_ids() {
            let Expr::Attribute { value, name } = module.expr(expr) else { continue };
            let Expr::Name(of) = module.expr(value) else { continue };
            let text = module.text(name);
            let mut is_usual = || *usual.entry(name).or_insert_with(|| members.are_of_some_class(text));
            if !candidates.contains(&of) || Some(of) == itself && is_usual() {
                continue;
            }
            let Some(receiver) = receivers.of(value).filter(|_| !text.starts_with("__")) else { continue };
            let is_lacking = match receiver {
                Receiver::Module(owner) => project.defines(owner, text) == Some(false),
                Receiver::Itself(class) => members.are_known_everywhere(project, class, text),
                Receiver::Instance(class) => {
                    is_known(project, class)
                        && !members.has(project, class, text)
                        && ![class.file, file.id()].into_iter().any(|file| members.is_open(file))
                }
            };
            if is_lacking && !is_excused(file, expr, text) {
                let of = match receiver {
                    Receiver::Module(owner) => Owner::Module(owner),
                    Receiver::Itself(class) | Receiver::Instance(class) => Owner::Class(class),
                };
                found.push(Missing { file, expr, name: text, of });
            }
        }
        found
    }

    /// The names in a file that may stand for a receiver: a cheap choice, for there are many attributes.
    fn candidates(self, file: File<'_>) -> FxHashSet<Symbol> {
        let module = file.module();
        let is_candidate = |binding: &&Binding| match binding.kind {
            BindingKind::Param(_, 0) => module.text(binding.name) == "self",
            BindingKind::Import(import) => {
                let from = import.module.map_or("", |name| module.text(name));
                import.level > 0 || self.project.has_module(from.split('.').next().unwrap_or(from))
            }
            BindingKind::Assign { value: Some(made), .. } => is_made_of_class(file, made),
            _ => false,
        };
        file.index().bindings().iter().filter(is_candidate).map(|binding| binding.name).collect()
    }
}

/// Whether the code reckons with the attribute being absent, gives it a value, or never runs.
fn is_excused(file: File<'_>, expr: ExprId, name: &str) -> bool {
    let is_idle =
        |stmt| is_attempt(file, stmt, &["AttributeError"], 0) || is_for_types(file, stmt) || is_unreachable(file, stmt);
    file.index().stmt_of(expr).is_some_and(is_idle) || is_asked_for(file, expr, name)
}

impl Missing<'_> {
    fn owner(&self, project: &Project) -> (String, Option<Location>) {
        match self.of {
            Owner::Module(id) => {
                let path = project.file(id).map(File::path).unwrap_or_default();
                (format!("`{path}`"), None)
            }
            Owner::Class(class) => {
                let Some(file) = project.file(class.file) else { return ("The class".to_owned(), None) };
                let at = file.at(file.class(class.id).name_span);
                (format!("`{}`", file.class_name(class.id)), Some(at))
            }
        }
    }
}

/// What a name stands for whose attributes are looked at.
#[derive(Clone, Copy)]
enum Receiver {
    Module(FileId),
    /// `self`: an object of the class or of one derived from it.
    Itself(ClassRef),
    /// An object that a call of this very class made.
    Instance(ClassRef),
}

/// The receivers of one file, each found once.
struct Receivers<'l, 'p> {
    look: Look<'l, 'p>,
    file: File<'p>,
    known: FxHashMap<(u32, Symbol), Option<Receiver>>,
}

impl Receivers<'_, '_> {
    fn of(&mut self, value: ExprId) -> Option<Receiver> {
        let Expr::Name(name) = self.file.module().expr(value) else { return None };
        let index = self.file.index();
        let [binding] = index.lookup(index.scope_of_name(value), name) else { return None };
        let key = (binding.span.start, name);
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let found = self.find(binding, value);
        self.known.insert(key, found);
        found
    }

    fn find(&self, binding: &Binding, value: ExprId) -> Option<Receiver> {
        let module = self.file.module();
        match binding.kind {
            BindingKind::Param(function, 0) => {
                let class = self.file.index().class_of(module, function)?;
                let is_self = module.text(binding.name) == "self";
                is_self.then_some(Receiver::Itself(ClassRef { file: self.file.id(), id: class }))
            }
            BindingKind::Import(import) if !is_class_name(module.text(binding.name)) => match self.resolved(value)? {
                Receiver::Module(found) => {
                    let behind = self.look.imports.module_behind(self.file, import);
                    (behind == Some(found)).then_some(Receiver::Module(found))
                }
                other => Some(other),
            },
            BindingKind::Assign { value: Some(made), .. } if is_made_of_class(self.file, made) => self.resolved(value),
            _ => None,
        }
    }

    fn resolved(&self, value: ExprId) -> Option<Receiver> {
        match self.look.project.resolve(self.file.id(), value) {
            Entity::Module(file) => Some(Receiver::Module(file)),
            Entity::Instance { of: Type::Project(class), origin: Some(origin) } => {
                let made = self.look.project.file(origin.file)?;
                let call = Call::of(made.module(), origin.expr)?;
                let is_exact = self.look.project.resolve(origin.file, call.function) == Entity::Class(class)
                    && is_sole(made, call.function)
                    && self.look.project.file(class.file).is_some_and(|file| is_defined_once(file, class));
                is_exact.then_some(Receiver::Instance(class))
            }
            _ => None,
        }
    }
}

/// Whether nothing but one definition or import gives the name of a callee its meaning.
fn is_sole(file: File<'_>, callee: ExprId) -> bool {
    let Expr::Name(name) = file.module().expr(callee) else { return true };
    file.index().lookup(file.index().scope_of_name(callee), name).len() == 1
}

fn is_defined_once(file: File<'_>, class: ClassRef) -> bool {
    let name = file.module().symbol(file.class_name(class.id));
    name.is_some_and(|name| file.index().bindings_of(ScopeId::MODULE, name).len() <= 1)
}

fn is_made_of_class(file: File<'_>, made: ExprId) -> bool {
    Call::of(file.module(), made).is_some_and(|call| call.name().is_some_and(is_class_name))
}

/// Classes have capitals.
fn is_class_name(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(|c: char| c.is_ascii_uppercase())
}
