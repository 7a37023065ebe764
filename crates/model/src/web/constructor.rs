//! What reaches the constructor of a library's class through the constructors that the project puts in between.

use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::Expr;

use crate::Project;
use crate::resolve::{ExprRef, FunctionRef, Type};

/// An argument of a library's constructor: its keyword and its place, which counts without `self`.
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) keyword: &'static str,
    pub(crate) place: usize,
}

/// What the library's constructor gets for `parameter` when the call at `made` makes an object of class `of`.
pub(crate) fn argument(project: &Project, of: &Type, made: ExprRef, parameter: Parameter) -> Option<ExprRef> {
    let constructors = match of {
        Type::Project(class) => project.lineage(*class),
        Type::External(_) => Vec::new(),
    };
    let constructors: Vec<FunctionRef> = constructors
        .into_iter()
        .filter_map(|t| match t {
            Type::Project(class) => project.own_method(class, "__init__"),
            Type::External(_) => None,
        })
        .collect();
    let found = through(project, &constructors, made, parameter).found()?;
    let is_none = project.file(found.file)?.module().expr(found.expr) == Expr::None;
    (!is_none).then_some(found)
}

/// What a call passes on.
enum Passed {
    Absent,
    /// This expression.
    Given(ExprRef),
    /// `*args` or `**kwargs`: whatever its own caller passes.
    Forwarded,
}

impl Passed {
    fn found(self) -> Option<ExprRef> {
        match self {
            Self::Given(at) => Some(at),
            Self::Absent | Self::Forwarded => None,
        }
    }
}

fn through(project: &Project, constructors: &[FunctionRef], made: ExprRef, parameter: Parameter) -> Passed {
    let Some((init, above)) = constructors.split_first() else { return passed(project, made, parameter) };
    let Some(inner) = super_call(project, *init) else { return Passed::Absent };
    match through(project, above, inner, parameter) {
        Passed::Absent => Passed::Absent,
        Passed::Forwarded => passed(project, made, parameter),
        Passed::Given(at) => match parameter_place(project, *init, at) {
            Some(place) => outer_argument(project, *init, made, place).map_or(Passed::Absent, Passed::Given),
            None => Passed::Given(at),
        },
    }
}

/// What one call passes for the parameter.
fn passed(project: &Project, made: ExprRef, parameter: Parameter) -> Passed {
    let Some(file) = project.file(made.file) else { return Passed::Absent };
    let Some(call) = Call::of(file.module(), made.expr) else { return Passed::Absent };
    // `Base.__init__(self, …)` passes the object first, `super().__init__(…)` does not.
    let is_plain = call.receiver().is_some_and(|receiver| matches!(file.module().expr(receiver), Expr::Name(_)));
    let shift = usize::from(call.name() == Some("__init__") && is_plain);
    match call.argument(parameter.keyword, parameter.place + shift) {
        Some(expr) => Passed::Given(ExprRef { file: made.file, expr }),
        None if call.has_unpacking() => Passed::Forwarded,
        None => Passed::Absent,
    }
}

/// The call of the constructor above, inside a constructor.
fn super_call(project: &Project, init: FunctionRef) -> Option<ExprRef> {
    let file = project.file(init.file)?;
    let scope = file.index().function_scope(init.id);
    let call =
        file.calls().find(|call| call.name() == Some("__init__") && file.index().scope_of(call.expr) == scope)?;
    Some(ExprRef { file: init.file, expr: call.expr })
}

/// The parameter of a constructor that an expression in it is.
fn parameter_place(project: &Project, init: FunctionRef, at: ExprRef) -> Option<usize> {
    let file = project.file(at.file).filter(|_| at.file == init.file)?;
    let Expr::Name(name) = file.module().expr(at.expr) else { return None };
    let bindings = file.index().bindings_of(file.index().function_scope(init.id), name);
    bindings.iter().find_map(|binding| match binding.kind {
        BindingKind::Param(function, place) if function == init.id => Some(place as usize),
        _ => None,
    })
}

/// What the caller of a constructor passes for its parameter at `place`, else the parameter's default.
fn outer_argument(project: &Project, init: FunctionRef, made: ExprRef, place: usize) -> Option<ExprRef> {
    let caller = project.file(made.file)?;
    let call = Call::of(caller.module(), made.expr)?;
    let file = project.file(init.file)?;
    let param = file.module().list(file.function(init.id).params).get(place)?;
    let keyword = file.module().text(param.name);
    let given = call.keyword(keyword).map(|arg| arg.value).or_else(|| call.positional(place.checked_sub(1)?));
    match given {
        Some(expr) => Some(ExprRef { file: made.file, expr }),
        None => param.default.map(|expr| ExprRef { file: init.file, expr }),
    }
}
