//! The class hierarchy.

use backlint_source::FileId;
use backlint_syntax::ast::{ArgKind, ClassId, ExprId, FunctionId, Stmt, Symbol};

use rayon::prelude::*;

use super::{Entity, ExprRef, FunctionRef, MAX_STEPS, Type};
use crate::Project;

/// A class of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassRef {
    /// Its file.
    pub file: FileId,
    /// Its id there.
    pub id: ClassId,
}

/// How many classes a hierarchy may have before the rest is left out.
const MAX_CLASSES: usize = 64;

impl Project {
    /// The bases of a class, in source order.
    pub fn bases(&self, class: ClassRef) -> Vec<Type> {
        self.bases_within(class, MAX_STEPS)
    }

    fn bases_within(&self, class: ClassRef, steps: u32) -> Vec<Type> {
        let Some(file) = self.file(class.file) else { return Vec::new() };
        let module = file.module();
        let bases = module.list(file.class(class.id).bases);
        let positional = bases.iter().filter(|base| base.kind == ArgKind::Positional);
        positional
            .map(|base| match self.entity(class.file, base.value, steps) {
                Entity::Class(found) => Type::Project(found),
                Entity::External(path) => Type::External(path),
                // A base that a call makes: `declarative_base()`.
                Entity::Result { of: path, .. } => Type::External(format!("{path}()")),
                // `db.Model`: an attribute of an instance from outside.
                _ => Type::External(file.text_of(base.value).split('[').next().unwrap_or_default().to_owned()),
            })
            .collect()
    }

    /// A class and all classes above it, nearest first; classes from outside by path.
    pub fn lineage(&self, class: ClassRef) -> Vec<Type> {
        // While the table is being filled, bases are looked up without inheritance: `class A(B.C)` with an inherited `C`
        // would ask for lineages without end.
        self.lineages.get(&class).cloned().unwrap_or_else(|| vec![Type::Project(class)])
    }

    /// As [`lineage`](Self::lineage), without a copy; empty for a class that is not of the project.
    pub(crate) fn lineage_of(&self, class: ClassRef) -> &[Type] {
        self.lineages.get(&class).map(Vec::as_slice).unwrap_or_default()
    }

    /// Looks every lineage up once, so that questions about methods cost no resolution.
    pub(crate) fn fill_lineages(&mut self) {
        let all: Vec<ClassRef> = self
            .files()
            .flat_map(|file| file.module().class_ids().map(move |id| ClassRef::new(file.id(), id)))
            .collect();
        self.lineages = all.into_par_iter().map(|class| (class, self.find_lineage(class))).collect();
    }

    fn find_lineage(&self, class: ClassRef) -> Vec<Type> {
        let mut found = vec![Type::Project(class)];
        let mut next = 0;
        while next < found.len() && found.len() < MAX_CLASSES {
            if let Type::Project(current) = found[next] {
                for base in self.bases(current) {
                    if !found.contains(&base) {
                        found.push(base);
                    }
                }
            }
            next += 1;
        }
        found
    }

    /// Whether a type is, or derives from, one of the classes with these dotted paths.
    pub fn derives_from(&self, of: &Type, paths: &[&str]) -> bool {
        let is_one = |path: &str| paths.contains(&path);
        match of {
            Type::External(path) => is_one(path),
            Type::Project(class) => {
                self.lineage(*class).iter().any(|t| matches!(t, Type::External(path) if is_one(path)))
            }
        }
    }

    /// The class that a method belongs to.
    pub fn class_of(&self, method: FunctionRef) -> Option<ClassRef> {
        let file = self.file(method.file)?;
        file.index().class_of(file.module(), method.id).map(|class| ClassRef::new(method.file, class))
    }

    /// The method `name` of a class or of the nearest class above it.
    pub fn method(&self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        self.lineage(class).into_iter().find_map(|t| match t {
            Type::Project(class) => self.own_method(class, name),
            Type::External(_) => None,
        })
    }

    /// The method `name` that the class itself defines.
    pub fn own_method(&self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        let file = self.file(class.file)?;
        let symbol = file.module().symbol(name)?;
        let id = self.methods(class).find(|&id| file.function(id).name == symbol)?;
        Some(FunctionRef::new(class.file, id))
    }

    /// The functions defined directly in the class body, last definition first, so that overloads come last.
    pub(crate) fn methods(&self, class: ClassRef) -> impl Iterator<Item = FunctionId> + '_ {
        let body = self.file(class.file).map(|file| {
            let module = file.module();
            module.list(file.class(class.id).body).iter().rev().filter_map(move |&stmt| match module.stmt(stmt) {
                Stmt::Function(id) => Some(id),
                _ => None,
            })
        });
        body.into_iter().flatten()
    }

    /// The value assigned to `name` in the class body, of the class itself or the nearest above it.
    pub fn class_attribute(&self, class: ClassRef, name: &str) -> Option<ExprRef> {
        self.lineage(class).into_iter().find_map(|t| match t {
            Type::Project(class) => self.own_class_attribute(class, name),
            Type::External(_) => None,
        })
    }

    fn own_class_attribute(&self, class: ClassRef, name: &str) -> Option<ExprRef> {
        let file = self.file(class.file)?;
        let symbol = file.module().symbol(name)?;
        let scope = file.index().class_scope(class.id);
        file.index().bindings_of(scope, symbol).iter().rev().find_map(|binding| match binding.kind {
            backlint_semantic::BindingKind::Assign { value: Some(value), .. } => {
                Some(ExprRef { file: class.file, expr: value })
            }
            _ => None,
        })
    }

    /// What is assigned to `self.name` in the methods of the class or the nearest class above it that assigns it.
    pub(crate) fn instance_attribute(&self, class: ClassRef, name: &str) -> Option<ExprRef> {
        self.lineage(class).into_iter().find_map(|t| match t {
            Type::Project(class) => self.own_instance_attribute(class, name),
            Type::External(_) => None,
        })
    }

    fn own_instance_attribute(&self, class: ClassRef, name: &str) -> Option<ExprRef> {
        let data = self.files.get(class.file.index())?.as_ref()?;
        let symbol = data.module.symbol(name)?;
        let at = data.self_attributes.partition_point(|a| (a.class, a.name) < (class.id, symbol));
        let found = data.self_attributes.get(at).filter(|a| a.class == class.id && a.name == symbol)?;
        Some(ExprRef { file: class.file, expr: found.value })
    }
}

/// `self.name = value` in a method.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SelfAttribute {
    pub(crate) class: ClassId,
    pub(crate) name: Symbol,
    pub(crate) value: ExprId,
}

/// All `self.name = value` of a file, sorted by class and name; of several assignments the first that is not `None`.
pub(crate) fn self_attributes(
    module: &backlint_syntax::Module,
    index: &backlint_semantic::FileIndex,
) -> Vec<SelfAttribute> {
    use backlint_syntax::ast::Expr;
    let mut found = Vec::new();
    for stmt in module.stmt_ids() {
        let (target, value) = match module.stmt(stmt) {
            Stmt::Assign { targets, value } => match module.list(targets) {
                &[target] => (target, value),
                _ => continue,
            },
            Stmt::AnnAssign { target, value: Some(value), .. } => (target, value),
            _ => continue,
        };
        let Expr::Attribute { value: object, name } = module.expr(target) else { continue };
        let Expr::Name(object) = module.expr(object) else { continue };
        if module.text(object) != "self" || module.expr(value) == Expr::None {
            continue;
        }
        let Some(class) = index.function_of_stmt(stmt).and_then(|f| index.class_of(module, f)) else { continue };
        found.push(SelfAttribute { class, name, value });
    }
    found.sort_by_key(|a| (a.class, a.name, a.value));
    found.dedup_by_key(|a| (a.class, a.name));
    found
}
