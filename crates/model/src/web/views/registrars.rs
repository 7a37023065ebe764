//! Functions of the project that hand what they are given to `add_resource`.

use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{Arg, ArgKind, Expr, ExprId, FunctionId, ParamKind};

use super::Site;
use crate::resolve::{ExprRef, FunctionRef};
use crate::web::containers::ContainerId;

/// A registration through a function of the project: what its caller passes.
pub(super) struct Forwarded {
    /// The view.
    pub(super) view: ExprRef,
    /// The paths, as far as the caller passes them.
    pub(super) paths: Vec<ExprRef>,
    /// What the view is registered on.
    pub(super) targets: Vec<Option<ContainerId>>,
}

/// The registrations behind a call of `add_resource` whose view is a parameter of the function around it.
pub(super) fn forwarded(site: Site<'_>, inner: Call<'_>) -> Vec<Forwarded> {
    let Some(registrar) = Registrar::of(site, inner) else { return Vec::new() };
    let calls = site.callers.calls_of(site.project, registrar.function);
    calls.into_iter().filter_map(|at| registrar.called(site, inner, at)).collect()
}

/// The function around a registering call.
struct Registrar {
    function: FunctionRef,
    /// The place of the parameter that is the view.
    view: usize,
}

impl Registrar {
    fn of(site: Site<'_>, inner: Call<'_>) -> Option<Self> {
        let id = site.file.index().function_of(inner.expr)?;
        let (view, _) = parameter(site, id, inner.positional(0)?)?;
        Some(Self { function: FunctionRef::new(site.file.id(), id), view })
    }

    /// The registration that one call of the function makes.
    fn called(&self, site: Site<'_>, inner: Call<'_>, at: ExprRef) -> Option<Forwarded> {
        let caller = site.project.file(at.file)?;
        let call = Call::of(caller.module(), at.expr)?;
        let view = site.project.argument_for(at.file, call, self.function, self.view)?;
        let paths = inner.args.iter().skip(1).flat_map(|arg| self.path(site, at, call, *arg)).collect();
        let targets = self.targets(site, inner, at, call);
        Some(Forwarded { view, paths, targets })
    }

    /// What stands for one path of the inner call: itself, or what the caller passes for it.
    fn path(&self, site: Site<'_>, at: ExprRef, call: Call<'_>, arg: Arg) -> Vec<ExprRef> {
        let here = ExprRef { file: site.file.id(), expr: arg.value };
        match (arg.kind, parameter(site, self.function.id, arg.value)) {
            (ArgKind::Positional, None) => vec![here],
            (ArgKind::Positional, Some((place, ParamKind::VarArgs))) | (ArgKind::Star, Some((place, _))) => {
                self.rest(site, at, call, place)
            }
            (ArgKind::Positional, Some((place, _))) => {
                site.project.argument_for(at.file, call, self.function, place).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// What a caller passes for `*urls`.
    fn rest(&self, site: Site<'_>, at: ExprRef, call: Call<'_>, place: usize) -> Vec<ExprRef> {
        let is_method = site.file.index().class_of(site.file.module(), self.function.id).is_some();
        let first = place.saturating_sub(usize::from(is_method));
        let given = (first..call.args.len()).map_while(|place| call.positional(place));
        given.map(|expr| ExprRef { file: at.file, expr }).collect()
    }

    /// The object that registers: `self` is what the caller calls the method on.
    fn targets(&self, site: Site<'_>, inner: Call<'_>, at: ExprRef, call: Call<'_>) -> Vec<Option<ContainerId>> {
        let Some(receiver) = inner.receiver() else { return vec![None] };
        let is_self = matches!(parameter(site, self.function.id, receiver), Some((0, _)))
            && site.file.index().class_of(site.file.module(), self.function.id).is_some();
        let Some(file) = site.project.file(at.file).filter(|_| is_self) else { return site.flask_targets(receiver) };
        match call.receiver() {
            Some(object) => Site { file, ..site }.flask_targets(object),
            None => vec![None],
        }
    }
}

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
