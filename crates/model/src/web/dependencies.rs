//! FastAPI dependencies: `Depends(…)` in signatures, decorators, routers and apps.

use backlint_semantic::{Call, own_statements};
use backlint_source::FileId;
use backlint_syntax::ast::{BinaryOp, Expr, ExprId, Stmt};

use crate::resolve::{Entity, ExprRef, FunctionRef};
use crate::{File, Project};

/// One dependency: the expression inside `Depends(…)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// What is depended on.
    pub(crate) target: ExprRef,
    /// Where it is put to use: the element of a list, or the `Depends(…)` itself.
    pub(crate) used: ExprRef,
    /// Whether a condition decides if it applies at all.
    pub(crate) is_conditional: bool,
}

/// How many aliases and lists a dependency may be behind.
const MAX_STEPS: u32 = 8;

/// `from fastapi import Depends as Needs`.
fn is_renamed(file: File<'_>, call: Call<'_>) -> bool {
    let is_name = matches!(file.module().expr(call.function), Expr::Name(_));
    is_name && matches!(file.path_of(call.function).as_deref(), Some("fastapi.Depends" | "fastapi.Security"))
}

impl Project {
    /// The dependencies in the signature of a function, with the places of their parameters.
    pub(crate) fn find_dependencies(&self, function: FunctionRef) -> Vec<(usize, Dependency)> {
        let Some(file) = self.file(function.file) else { return Vec::new() };
        let params = file.module().list(file.function(function.id).params).iter().enumerate();
        let placed = params.flat_map(|(place, param)| {
            let found = self.field_dependencies(function.file, param.default, param.annotation);
            found.into_iter().map(move |dependency| (place, dependency))
        });
        placed.collect()
    }

    /// The dependencies of a parameter or class attribute with this value and annotation.
    pub(crate) fn field_dependencies(
        &self,
        file: FileId,
        value: Option<ExprId>,
        annotation: Option<ExprId>,
    ) -> Vec<Dependency> {
        let from_default = value.and_then(|value| self.depends(file, value, annotation));
        let from_annotation = annotation.map(|annotation| self.annotation_dependencies(file, annotation, MAX_STEPS));
        from_default.into_iter().chain(from_annotation.into_iter().flatten()).collect()
    }

    /// `Depends(target)`; without argument the annotated type is the target. The call may stand in a function of the
    /// project: `def signed_in(): return Depends(current_user)`.
    fn depends(&self, file: FileId, expr: ExprId, annotation: Option<ExprId>) -> Option<Dependency> {
        self.depends_within(file, expr, annotation, MAX_STEPS)
    }

    fn depends_within(&self, file: FileId, expr: ExprId, annotation: Option<ExprId>, steps: u32) -> Option<Dependency> {
        let steps = steps.checked_sub(1)?;
        let view = self.file(file)?;
        let call = Call::of(view.module(), expr)?;
        if !matches!(call.name(), Some("Depends" | "Security")) && !is_renamed(view, call) {
            let function = self.resolve(file, call.function).function()?;
            let returned = self.only_return(function)?;
            let used = ExprRef { file, expr };
            return self.depends_within(function.file, returned, None, steps).map(|found| Dependency { used, ..found });
        }
        let target = call.argument("dependency", 0).or(annotation)?;
        let used = ExprRef { file, expr };
        Some(Dependency { target: ExprRef { file, expr: target }, used, is_conditional: false })
    }

    /// `Annotated[T, Depends(target)]`, also through aliases.
    fn annotation_dependencies(&self, file: FileId, annotation: ExprId, steps: u32) -> Vec<Dependency> {
        let Some(steps) = steps.checked_sub(1) else { return Vec::new() };
        let Some(view) = self.file(file) else { return Vec::new() };
        let module = view.module();
        match module.expr(annotation) {
            Expr::Subscript { value, index } if view.text_of(value).ends_with("Annotated") => {
                let Expr::Tuple(items) = module.expr(index) else { return Vec::new() };
                let items = module.list(items);
                let first = items.first().copied();
                let inner = first.map(|first| self.annotation_dependencies(file, first, steps)).unwrap_or_default();
                let own = items.iter().skip(1).filter_map(|&item| self.depends(file, item, first));
                own.chain(inner).collect()
            }
            Expr::Name(_) | Expr::Attribute { .. } => match self.resolve(file, annotation) {
                Entity::Literal(at) if (at.file, at.expr) != (file, annotation) => {
                    self.annotation_dependencies(at.file, at.expr, steps)
                }
                _ => Vec::new(),
            },
            Expr::Binary { left, op: BinaryOp::BitOr, right } => {
                let mut found = self.annotation_dependencies(file, left, steps);
                found.extend(self.annotation_dependencies(file, right, steps));
                found
            }
            _ => Vec::new(),
        }
    }

    /// The dependencies of a `dependencies=` list; `None` when the list could not be told.
    pub(crate) fn listed_dependencies(&self, at: ExprRef) -> Option<Vec<Dependency>> {
        self.list_within(at, MAX_STEPS)
    }

    fn list_within(&self, at: ExprRef, steps: u32) -> Option<Vec<Dependency>> {
        let steps = steps.checked_sub(1)?;
        let view = self.file(at.file)?;
        let module = view.module();
        let inside = |expr| ExprRef { file: at.file, expr };
        match module.expr(at.expr) {
            Expr::None => Some(Vec::new()),
            Expr::List(items) | Expr::Tuple(items) => {
                let items = module.list(items).iter();
                items.map(|&item| self.listed_item(inside(item), steps)).collect::<Option<Vec<_>>>().map(|v| v.concat())
            }
            Expr::Binary { left, op: BinaryOp::Add, right } => {
                let mut found = self.list_within(inside(left), steps)?;
                found.extend(self.list_within(inside(right), steps)?);
                Some(found)
            }
            Expr::Conditional { body, orelse, .. } => {
                let mut found = self.list_within(inside(body), steps)?;
                found.extend(self.list_within(inside(orelse), steps)?);
                for dependency in &mut found {
                    dependency.is_conditional = true;
                }
                Some(found)
            }
            Expr::Name(_) | Expr::Attribute { .. } => match self.resolve(at.file, at.expr) {
                Entity::Literal(found) if found != at => self.list_within(found, steps),
                _ => None,
            },
            Expr::Call { .. } => self.returned_list(at, steps),
            _ => None,
        }
    }

    fn listed_item(&self, at: ExprRef, steps: u32) -> Option<Vec<Dependency>> {
        let view = self.file(at.file)?;
        if let Some(found) = self.depends(at.file, at.expr, None) {
            return Some(vec![found]);
        }
        match view.module().expr(at.expr) {
            Expr::Starred(inner) => self.list_within(ExprRef { file: at.file, expr: inner }, steps),
            Expr::Name(_) | Expr::Attribute { .. } => {
                let found = self.resolved_depends(at)?;
                Some(vec![Dependency { used: at, ..found }])
            }
            _ => None,
        }
    }

    /// `AUTH = Depends(current_user)` used by name: the call's target through its one assignment.
    fn resolved_depends(&self, at: ExprRef) -> Option<Dependency> {
        let origin = self.resolve(at.file, at.expr).origin()?;
        self.depends(origin.file, origin.expr, None)
    }

    /// The one value that a function returns.
    fn only_return(&self, function: FunctionRef) -> Option<ExprId> {
        let file = self.file(function.file)?;
        let module = file.module();
        let mut returned =
            own_statements(module, module.body(function.id)).into_iter().filter_map(|stmt| match module.stmt(stmt) {
                Stmt::Return(value) => value,
                _ => None,
            });
        let only = returned.next()?;
        returned.next().is_none().then_some(only)
    }

    /// A call of a project function that returns a list of dependencies, empty in some cases.
    fn returned_list(&self, at: ExprRef, steps: u32) -> Option<Vec<Dependency>> {
        let view = self.file(at.file)?;
        let call = Call::of(view.module(), at.expr)?;
        let function = self.resolve(at.file, call.function).function()?;
        let target = self.file(function.file)?;
        let module = target.module();
        let mut lists = Vec::new();
        for stmt in own_statements(module, module.body(function.id)) {
            if let Stmt::Return(Some(value)) = module.stmt(stmt) {
                lists.push(self.list_within(ExprRef { file: function.file, expr: value }, steps)?);
            }
        }
        let is_conditional = lists.iter().any(Vec::is_empty);
        let mut found = lists.concat();
        for dependency in &mut found {
            dependency.is_conditional |= is_conditional;
        }
        Some(found)
    }
}
