//! What names stand for whose attributes are looked at.

use backlint_model::{ClassRef, Entity, File, ImportCheck, Project, Type};
use backlint_semantic::{Binding, BindingKind, Call, ScopeId};
use backlint_source::FileId;
use backlint_syntax::ast::{Expr, ExprId, Symbol};
use rustc_hash::FxHashMap;

/// What a name stands for whose attributes are looked at.
#[derive(Clone, Copy)]
pub(super) enum Receiver {
    /// A module of the project.
    Module(FileId),
    /// `self`: an object of the class or of one derived from it.
    Itself(ClassRef),
    /// An object that a call of this very class made.
    Instance(ClassRef),
}

/// The receivers of one file, each found once.
pub(super) struct Receivers<'l, 'p> {
    project: &'p Project,
    imports: &'l ImportCheck<'p>,
    file: File<'p>,
    known: FxHashMap<(u32, Symbol), Option<Receiver>>,
}

impl<'l, 'p> Receivers<'l, 'p> {
    pub(super) fn of(project: &'p Project, imports: &'l ImportCheck<'p>, file: File<'p>) -> Self {
        Self { project, imports, file, known: FxHashMap::default() }
    }

    pub(super) fn imports(&self) -> &'l ImportCheck<'p> {
        self.imports
    }

    /// What a name stands for, if that is certain.
    pub(super) fn receiver(&mut self, value: ExprId) -> Option<Receiver> {
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
                    let behind = self.imports.module_behind(self.file, import);
                    (behind == Some(found)).then_some(Receiver::Module(found))
                }
                other => Some(other),
            },
            BindingKind::Assign { value: Some(made), .. } if is_made_of_class(self.file, made) => self.resolved(value),
            _ => None,
        }
    }

    fn resolved(&self, value: ExprId) -> Option<Receiver> {
        match self.project.resolve(self.file.id(), value) {
            Entity::Module(file) => Some(Receiver::Module(file)),
            Entity::Instance { of: Type::Project(class), origin: Some(origin) } => {
                let made = self.project.file(origin.file)?;
                let call = Call::of(made.module(), origin.expr)?;
                let is_exact = self.project.resolve(origin.file, call.function) == Entity::Class(class)
                    && is_sole(made, call.function)
                    && self.project.file(class.file).is_some_and(|file| is_defined_once(file, class));
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

pub(super) fn is_made_of_class(file: File<'_>, made: ExprId) -> bool {
    Call::of(file.module(), made).is_some_and(|call| call.name().is_some_and(is_class_name))
}

/// Classes have capitals.
fn is_class_name(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(|c: char| c.is_ascii_uppercase())
}
