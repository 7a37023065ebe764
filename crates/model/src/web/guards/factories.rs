//! Factories of guards: what a call of one makes.

use backlint_semantic::{BindingKind, Call, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use super::classify::{Classifier, GuardClass};
use super::exits::all_calls;
use super::stranger::applied_decorators;
use crate::File;
use crate::resolve::{Entity, ExprRef, FunctionRef};

impl Classifier<'_> {
    /// What a call of a factory makes; several where the factory chooses.
    pub(super) fn made(
        &mut self,
        at: ExprRef,
        call: Call<'_>,
        callee: &Entity,
        name: &str,
        file: File<'_>,
    ) -> (GuardClass, Option<Location>) {
        if let Entity::Function(factory) = callee {
            let made = self.returned_functions(*factory);
            if !made.is_empty() {
                let class = |&inner| self.function(inner).and(self.handed_decorators(at, call, *factory, inner));
                let classes: Vec<GuardClass> = made.iter().map(class).collect();
                let class = classes.into_iter().reduce(GuardClass::or).unwrap_or(GuardClass::Neutral);
                return (class.and(self.given_permissions(callee, Some(call), file)), self.place(made[0]));
            }
        }
        let made = self.project.resolve(at.file, at.expr);
        if made == *callee || matches!(made, Entity::Param(..)) {
            return (GuardClass::Neutral, None);
        }
        match made {
            Entity::Unknown => (GuardClass::Unknown, None),
            made => self.entity_class(&made, Some(call), name, file),
        }
    }

    /// What the decorators do that a factory is handed and the function it makes applies: `wrap(view)` of
    /// `only_if(login_required, flag)`.
    fn handed_decorators(
        &mut self,
        at: ExprRef,
        call: Call<'_>,
        factory: FunctionRef,
        made: FunctionRef,
    ) -> GuardClass {
        let project = self.project;
        let Some(file) = project.file(factory.file) else { return GuardClass::Neutral };
        let always = applied_decorators(file, made.id);
        let mut found = GuardClass::Neutral;
        for inner in all_calls(file, made).into_iter().filter_map(|inner| Call::of(file.module(), inner)) {
            let takes_view =
                inner.args.len() == 1 && inner.positional(0).is_some_and(|view| parameter(file, view, made).is_some());
            let Some(place) = parameter(file, inner.function, factory).filter(|_| takes_view) else { continue };
            let Some(decorator) = project.argument_for(at.file, call, factory, place) else { continue };
            let class = self.callable(decorator).class;
            let is_certain = always.contains(&inner.function);
            found = found.and(if is_certain { class } else { class.or(GuardClass::Neutral) });
        }
        found
    }

    /// The functions defined in a factory that it returns.
    fn returned_functions(&self, factory: FunctionRef) -> Vec<FunctionRef> {
        let Some(file) = self.project.file(factory.file) else { return Vec::new() };
        let module = file.module();
        let scope = file.index().function_scope(factory.id);
        let statements = own_statements(module, module.body(factory.id));
        let returned = statements.into_iter().filter_map(|stmt| match module.stmt(stmt) {
            Stmt::Return(Some(value)) => match module.expr(value) {
                Expr::Name(name) => Some(name),
                _ => None,
            },
            _ => None,
        });
        let defined = returned.flat_map(|name| file.index().bindings_of(scope, name).iter());
        defined
            .filter_map(|binding| match binding.kind {
                BindingKind::Function(id) => Some(FunctionRef::new(factory.file, id)),
                _ => None,
            })
            .collect()
    }

    /// Both ways of `a if flag else b`, also through a name.
    pub(super) fn alternatives(&self, at: ExprRef) -> Option<(ExprRef, ExprRef)> {
        let file = self.project.file(at.file)?;
        let module = file.module();
        let expr = match module.expr(at.expr) {
            Expr::Name(name) => {
                let bindings = file.index().lookup(file.index().scope_of_name(at.expr), name);
                match bindings.last()?.kind {
                    BindingKind::Assign { value: Some(value), .. } => value,
                    _ => return None,
                }
            }
            _ => at.expr,
        };
        match module.expr(expr) {
            Expr::Conditional { body, orelse, .. } => {
                let inside = |expr| ExprRef { file: at.file, expr };
                Some((inside(body), inside(orelse)))
            }
            _ => None,
        }
    }
}

/// Which parameter of a function a name stands for.
fn parameter(file: File<'_>, name: ExprId, function: FunctionRef) -> Option<usize> {
    let Expr::Name(symbol) = file.module().expr(name) else { return None };
    let bindings = file.index().lookup(file.index().scope_of_name(name), symbol);
    bindings.iter().find_map(|binding| match binding.kind {
        BindingKind::Param(owner, place) if owner == function.id => Some(place as usize),
        _ => None,
    })
}
