//! Wrappers: the functions that decorators of routes put in place of their handlers.

use std::cell::OnceCell;

use backlint_model::{File, FunctionRef, Project, Route};
use backlint_semantic::{Call, own_statements};
use backlint_syntax::ast::{Expr, FunctionId, Stmt};
use rustc_hash::FxHashMap;

/// The decorators of the project that routes carry. They are looked up once a function that another one returns asks.
pub(super) struct Wrappers<'p> {
    project: &'p Project,
    carried: OnceCell<FxHashMap<FunctionRef, &'p Route>>,
}

impl<'p> Wrappers<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        Self { project, carried: OnceCell::new() }
    }

    /// The first route that a function answers as the wrapper of a decorator, which may take arguments of its own.
    pub(super) fn route(&self, file: File<'p>, function: FunctionId) -> Option<&'p Route> {
        let outer = |&id: &FunctionId| file.index().outer_function(file.module(), id);
        let decorator = outer(&function)?;
        if !returns(file, decorator, function) {
            return None;
        }
        let carried = self.carried.get_or_init(|| carried(self.project));
        std::iter::successors(Some(decorator), outer)
            .find_map(|id| carried.get(&FunctionRef { file: file.id(), id }).copied())
    }
}

/// The first route of each decorator that takes effect.
fn carried(project: &Project) -> FxHashMap<FunctionRef, &Route> {
    let mut found = FxHashMap::default();
    for route in project.routes() {
        for decorator in &route.decorators {
            let Some(file) = project.file(decorator.file) else { continue };
            let named = Call::of(file.module(), decorator.expr).map_or(decorator.expr, |call| call.function);
            if let Some(function) = project.resolve(decorator.file, named).function() {
                found.entry(function).or_insert(route);
            }
        }
    }
    found
}

/// Whether a function returns another one that is defined in it, by its name.
fn returns(file: File<'_>, outer: FunctionId, inner: FunctionId) -> bool {
    let module = file.module();
    let name = file.function(inner).name;
    own_statements(module, module.body(outer)).into_iter().any(|stmt| match module.stmt(stmt) {
        Stmt::Return(Some(value)) => module.expr(value) == Expr::Name(name),
        _ => false,
    })
}
