//! Functions of the project that register views for their callers.

use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{Arg, ArgKind, BinaryOp, Expr, ExprId, FunctionId, ParamKind, Part};

use super::Site;
use crate::resolve::{ClassRef, Entity, ExprRef, FunctionRef};
use crate::web::containers::ContainerId;

/// A registration through a function of the project, with what one caller passes filled in.
pub(super) struct Forwarded {
    /// The class of the view.
    pub(super) class: ClassRef,
    /// The paths; none for one that could not be told.
    pub(super) paths: Vec<Option<String>>,
    /// What the view is registered on.
    pub(super) targets: Vec<Option<ContainerId>>,
}

/// The registrations that one registering call makes: one for each call of the function around it, or for each class
/// that the function decorates.
pub(super) fn forwarded(site: Site<'_>, inner: Call<'_>, view: ExprId, paths: &[Arg]) -> Vec<Forwarded> {
    let Some(id) = site.file.index().function_of(inner.expr) else { return Vec::new() };
    let function = FunctionRef::new(site.file.id(), id);
    let calls = site.callers.calls_of(site.project, function).into_iter();
    let registrars = calls.filter_map(|at| Registrar::of(site, function, at));
    let of_calls = registrars.filter_map(|registrar| {
        let view = registrar.passed(view).unwrap_or(ExprRef { file: site.file.id(), expr: view });
        let Entity::Class(class) = site.project.resolve(view.file, view.expr) else { return None };
        Some(registrar.registers(class, inner, paths))
    });
    let found: Vec<Forwarded> = of_calls.collect();
    if found.is_empty() { decorated(site, inner, id, view, paths) } else { found }
}

/// `@resource("/a") class View`, where `resource` returns the function around the registering call.
fn decorated(site: Site<'_>, inner: Call<'_>, wrapper: FunctionId, view: ExprId, paths: &[Arg]) -> Vec<Forwarded> {
    let outer = site.file.index().outer_function(site.file.module(), wrapper);
    let Some(outer) = outer.filter(|_| parameter(site, wrapper, view).is_some_and(|(place, _)| place == 0)) else {
        return Vec::new();
    };
    let function = FunctionRef::new(site.file.id(), outer);
    let name = site.file.function_name(outer);
    let mut found = Vec::new();
    for file in site.project.files().filter(|file| file.module().symbol(name).is_some()) {
        let module = file.module();
        for id in module.class_ids() {
            for decorator in module.list(file.class(id).decorators) {
                let at = ExprRef { file: file.id(), expr: decorator.expr };
                let registrar = Registrar::of(site, function, at).filter(Registrar::is_call_of_function);
                found.extend(registrar.map(|r| r.registers(ClassRef::new(file.id(), id), inner, paths)));
            }
        }
    }
    found
}

/// One call of a function that registers something.
struct Registrar<'a> {
    /// The file of the function.
    site: Site<'a>,
    function: FunctionRef,
    at: ExprRef,
    call: Call<'a>,
}

impl<'a> Registrar<'a> {
    fn of(site: Site<'a>, function: FunctionRef, at: ExprRef) -> Option<Self> {
        let call = Call::of(site.project.file(at.file)?.module(), at.expr)?;
        Some(Self { site, function, at, call })
    }

    fn is_call_of_function(&self) -> bool {
        self.site.project.resolve(self.at.file, self.call.function).function() == Some(self.function)
    }

    fn registers(&self, class: ClassRef, inner: Call<'_>, paths: &[Arg]) -> Forwarded {
        let paths = paths.iter().flat_map(|path| self.paths(*path)).collect();
        Forwarded { class, paths, targets: self.targets(inner) }
    }

    /// What the caller passes for an expression of the function that is a parameter.
    fn passed(&self, expr: ExprId) -> Option<ExprRef> {
        let (place, _) = parameter(self.site, self.function.id, expr)?;
        self.site.project.argument_for(self.at.file, self.call, self.function, place)
    }

    /// The paths that one argument of the registering call stands for.
    fn paths(&self, arg: Arg) -> Vec<Option<String>> {
        match (arg.kind, parameter(self.site, self.function.id, arg.value)) {
            (ArgKind::Star, Some((place, _))) | (ArgKind::Positional, Some((place, ParamKind::VarArgs))) => {
                self.rest(place)
            }
            (ArgKind::Star | ArgKind::DoubleStar, _) => Vec::new(),
            _ => vec![self.text(arg.value, MAX_PARTS)],
        }
    }

    /// What the caller passes for `*urls`.
    fn rest(&self, place: usize) -> Vec<Option<String>> {
        let is_method = self.is_method();
        let first = place.saturating_sub(usize::from(is_method));
        let given = (first..self.call.args.len()).map_while(|place| self.call.positional(place));
        given.map(|expr| self.site.project.string(self.at.file, expr)).collect()
    }

    /// A text of the function, with what the caller passes filled in.
    fn text(&self, expr: ExprId, parts: u32) -> Option<String> {
        let parts = parts.checked_sub(1)?;
        let Site { project, file, .. } = self.site;
        let module = file.module();
        if let Some(passed) = self.passed(expr) {
            return project.string(passed.file, passed.expr);
        }
        match module.expr(expr) {
            Expr::FString(pieces) => {
                let piece = |piece: &Part| match *piece {
                    Part::Text(text) => Some(module.text(text).to_owned()),
                    Part::Value { value, .. } => self.text(value, parts),
                };
                module.list(pieces).iter().map(piece).collect()
            }
            Expr::Binary { left, op: BinaryOp::Add, right } => {
                Some(self.text(left, parts)? + &self.text(right, parts)?)
            }
            _ => project.string(file.id(), expr),
        }
    }

    /// The object that registers: a parameter, `self`, or something the function knows by itself.
    fn targets(&self, inner: Call<'_>) -> Vec<Option<ContainerId>> {
        let Some(receiver) = inner.receiver() else { return vec![None] };
        let is_self = self.is_method() && matches!(parameter(self.site, self.function.id, receiver), Some((0, _)));
        let object = if is_self {
            self.call.receiver().map(|expr| ExprRef { file: self.at.file, expr })
        } else {
            self.passed(receiver)
        };
        match object.and_then(|object| Some((self.site.project.file(object.file)?, object.expr))) {
            Some((file, object)) => Site { file, ..self.site }.flask_targets(object),
            None => self.site.flask_targets(receiver),
        }
    }

    fn is_method(&self) -> bool {
        self.site.file.index().class_of(self.site.file.module(), self.function.id).is_some()
    }
}

/// How many pieces a text may be nested in.
const MAX_PARTS: u32 = 8;

/// The parameter of a function that a name in it is, even when the name is bound again.
fn parameter(site: Site<'_>, function: FunctionId, expr: ExprId) -> Option<(usize, ParamKind)> {
    let module = site.file.module();
    let Expr::Name(name) = module.expr(expr) else { return None };
    let bindings = site.file.index().bindings_of(site.file.index().function_scope(function), name);
    let place = bindings.iter().find_map(|binding| match binding.kind {
        BindingKind::Param(of, place) if of == function => Some(place as usize),
        _ => None,
    })?;
    let param = module.list(site.file.function(function).params).get(place)?;
    Some((place, param.kind))
}
