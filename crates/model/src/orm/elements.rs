//! Which loops and collections are over objects of a mapped class.

use backlint_semantic::{Binding, BindingKind, Call, own_statements};
use backlint_source::FileId;
use backlint_syntax::ast::{ComprehensionKind, Expr, ExprId, Stmt};

use super::rows::{Source, agreed};
use crate::resolve::{ClassRef, Entity, FunctionRef};
use crate::{File, Project};

impl Project {
    /// What a target of a loop is: `for row in rows`, `for at, row in enumerate(rows)`, `for row, text in zip(rows, texts)`.
    pub(super) fn loop_row(&self, view: File<'_>, binding: &Binding, iter: ExprId, steps: u32) -> Option<ClassRef> {
        let Some(place) = place_in_target(view, binding, iter) else { return self.element(view.id(), iter, steps) };
        let call = Call::of(view.module(), iter)?;
        match (call.name()?, call.receiver()) {
            ("enumerate", None) if place == 1 => self.element(view.id(), call.positional(0)?, steps),
            ("zip", None) => self.element(view.id(), call.positional(place)?, steps),
            _ => None,
        }
    }

    /// What iterating over an expression gives.
    pub(super) fn element(&self, file: FileId, expr: ExprId, steps: u32) -> Option<ClassRef> {
        let steps = steps.checked_sub(1)?;
        let view = self.file(file)?;
        let module = view.module();
        if let Some(Source::Objects(class)) = self.source(file, expr, steps) {
            return Some(class);
        }
        match module.expr(expr) {
            Expr::Await(inner) => self.element(file, inner, steps),
            Expr::Name(name) => {
                let bindings = view.index().lookup(view.index().scope_of_name(expr), name);
                agreed(view, bindings, steps, |binding, steps| self.bound_element(view, binding, steps))
            }
            Expr::Subscript { value, index } if matches!(module.expr(index), Expr::Slice { .. }) => {
                self.element(file, value, steps)
            }
            Expr::Comprehension(id) if module.comprehension(id).kind != ComprehensionKind::Dict => {
                self.row(file, module.comprehension(id).element, steps)
            }
            Expr::Attribute { value, name } => {
                let model = self.model(self.row(file, value, steps)?)?;
                let related = self.related_model(model.attribute(module.text(name))?)?;
                Some(related.class)
            }
            Expr::Call { .. } => self.called_element(view, Call::of(module, expr)?, steps),
            _ => None,
        }
    }

    fn bound_element(&self, view: File<'_>, binding: &Binding, steps: u32) -> Option<ClassRef> {
        match binding.kind {
            BindingKind::Assign { value: Some(value), annotation } => {
                self.element(view.id(), value, steps).or_else(|| self.annotated_element(view, annotation?))
            }
            BindingKind::Param(function, place) => {
                let param = view.module().list(view.function(function).params).get(place as usize)?;
                self.annotated_element(view, param.annotation?)
            }
            _ => None,
        }
    }

    fn called_element(&self, view: File<'_>, call: Call<'_>, steps: u32) -> Option<ClassRef> {
        match (call.name()?, call.receiver()) {
            ("all" | "fetchall" | "partitions", Some(receiver)) => match self.source(view.id(), receiver, steps)? {
                Source::Objects(class) => Some(class),
                Source::Statement(_) | Source::Tuples(_) => None,
            },
            ("list" | "sorted" | "reversed" | "set" | "tuple", None) => {
                self.element(view.id(), call.positional(0)?, steps)
            }
            _ => match self.resolve(view.id(), call.function) {
                Entity::Function(function) => self.returned_element(function, steps),
                _ => None,
            },
        }
    }

    /// What the list that a function of the project returns holds.
    fn returned_element(&self, FunctionRef { file, id }: FunctionRef, steps: u32) -> Option<ClassRef> {
        let view = self.file(file)?;
        if let Some(annotation) = view.function(id).returns {
            return self.annotated_element(view, annotation);
        }
        let module = view.module();
        let returns = own_statements(module, module.body(id)).into_iter().filter_map(|stmt| match module.stmt(stmt) {
            Stmt::Return(value) => value,
            _ => None,
        });
        let mut elements = returns.map(|value| self.element(file, value, steps / 2));
        let first = elements.next()??;
        elements.all(|other| other == Some(first)).then_some(first)
    }

    /// The mapped class of `list[M]` and the like, also where it may be missing.
    fn annotated_element(&self, view: File<'_>, annotation: ExprId) -> Option<ClassRef> {
        const COLLECTIONS: &[&str] = &[
            "Collection",
            "FrozenSet",
            "Iterable",
            "Iterator",
            "List",
            "ScalarResult",
            "Sequence",
            "Set",
            "frozenset",
            "list",
            "set",
        ];
        let module = view.module();
        let Expr::Subscript { value, index } = module.expr(annotation) else { return None };
        let name = view.text_of(value).rsplit('.').next()?;
        if name == "Optional" {
            self.annotated_element(view, index)
        } else {
            self.annotated_row(view, index).filter(|_| COLLECTIONS.contains(&name))
        }
    }
}

/// The place of a name in the target that a loop unpacks each turn; none if the name is the whole target.
fn place_in_target(view: File<'_>, binding: &Binding, iter: ExprId) -> Option<usize> {
    let module = view.module();
    let of_comprehension = || {
        let Expr::Comprehension(id) = module.expr(view.index().parent(iter)?) else { return None };
        let generators = module.list(module.comprehension(id).generators);
        generators.iter().find(|generator| generator.iter == iter).map(|generator| generator.target)
    };
    let target = match binding.stmt.map(|stmt| module.stmt(stmt)) {
        Some(Stmt::For { target, iter: of_statement, .. }) if of_statement == iter => target,
        _ => of_comprehension()?,
    };
    let (Expr::Tuple(parts) | Expr::List(parts)) = module.expr(target) else { return None };
    module.list(parts).iter().position(|&part| module.span(part) == binding.span).or(Some(usize::MAX))
}
