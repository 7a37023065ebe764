//! Which expressions are objects of a mapped class: queries, look-ups, loops over results, parameters.
//!
//! A name counts only if everything that is ever bound to it in its scope agrees.

use backlint_semantic::{Binding, BindingKind, Call, own_statements};
use backlint_source::FileId;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use super::Model;
use crate::resolve::{ClassRef, Entity, FunctionRef, Type};
use crate::{File, Project};

/// How many assignments and calls an answer may be behind.
const MAX_STEPS: u32 = 10;

/// Something that rows come out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// `select(M)`: has to be executed.
    Statement(ClassRef),
    /// `session.query(M)`, `M.query`, `scalars(…)`: gives objects.
    Objects(ClassRef),
    /// `session.execute(select(M))`: gives tuples with one object in each.
    Tuples(ClassRef),
}

impl Project {
    /// The mapped class that `expr` is an object of.
    pub fn row_model(&self, file: FileId, expr: ExprId) -> Option<&Model> {
        self.model(self.row(file, expr, MAX_STEPS)?)
    }

    /// The mapped class that the rows of a query, or of what it gives, are objects of.
    pub fn queried_model(&self, file: FileId, expr: ExprId) -> Option<&Model> {
        match self.source(file, expr, MAX_STEPS)? {
            Source::Statement(class) | Source::Objects(class) | Source::Tuples(class) => self.model(class),
        }
    }

    /// The mapped class that the elements of a list are objects of.
    pub(crate) fn element_model(&self, file: FileId, expr: ExprId) -> Option<&Model> {
        self.model(self.element(file, expr, MAX_STEPS)?)
    }

    pub(super) fn row(&self, file: FileId, expr: ExprId, steps: u32) -> Option<ClassRef> {
        let steps = steps.checked_sub(1)?;
        let view = self.file(file)?;
        let module = view.module();
        match module.expr(expr) {
            Expr::Await(inner) => self.row(file, inner, steps),
            Expr::Named { value, .. } => self.row(file, value, steps),
            Expr::Name(name) => {
                let bindings = view.index().lookup(view.index().scope_of_name(expr), name);
                agreed(view, bindings, steps, |binding, steps| self.bound_row(view, binding, steps))
            }
            Expr::Subscript { value, index } => match module.expr(index) {
                Expr::Int(_) | Expr::Unary { .. } => self.element(file, value, steps),
                _ => None,
            },
            Expr::Call { .. } => self.called_row(view, Call::of(module, expr)?, steps),
            Expr::Attribute { .. } => self.instance(file, expr),
            _ => None,
        }
    }

    fn bound_row(&self, view: File<'_>, binding: &Binding, steps: u32) -> Option<ClassRef> {
        match binding.kind {
            BindingKind::Assign { value: Some(value), annotation } => {
                self.row(view.id(), value, steps).or_else(|| self.annotated_row(view, annotation?))
            }
            BindingKind::Named { value } => self.row(view.id(), value, steps),
            BindingKind::Loop { iter } => self.loop_row(view, binding, iter, steps),
            BindingKind::Param(function, place) => {
                let param = view.module().list(view.function(function).params).get(place as usize)?;
                self.annotated_row(view, param.annotation?)
            }
            _ => None,
        }
    }

    /// The class of an annotation, if it is a mapped one. A quoted name that is never imported stands for the one mapped
    /// class that has it.
    pub(super) fn annotated_row(&self, view: File<'_>, annotation: ExprId) -> Option<ClassRef> {
        match self.annotated_type(view.id(), annotation, crate::resolve::MAX_STEPS) {
            Some(Type::Project(class)) => self.model(class).map(|model| model.class),
            Some(Type::External(_)) => None,
            None => {
                let Expr::Str(name) = view.module().expr(annotation) else { return None };
                self.model_named(view.module().text(name)).map(|model| model.class)
            }
        }
    }

    /// What the resolver takes the expression for, if it is an object of a mapped class.
    fn instance(&self, file: FileId, expr: ExprId) -> Option<ClassRef> {
        match self.resolve(file, expr) {
            Entity::Instance { of: Type::Project(class), .. } => self.model(class).map(|model| model.class),
            _ => None,
        }
    }

    fn called_row(&self, view: File<'_>, call: Call<'_>, steps: u32) -> Option<ClassRef> {
        let file = view.id();
        let name = call.name()?;
        let from = |expr: Option<ExprId>| self.source(file, expr?, steps);
        match (name, from(call.receiver())) {
            (
                "first" | "one" | "one_or_none" | "get" | "get_or_404" | "first_or_404" | "one_or_404" | "scalar"
                | "scalar_one" | "scalar_one_or_none",
                Some(Source::Objects(class)),
            )
            | ("scalar" | "scalar_one" | "scalar_one_or_none", Some(Source::Tuples(class))) => return Some(class),
            (_, Some(_)) => return None,
            (_, None) => {}
        }
        match name {
            "get" | "get_one" | "get_or_404" if call.receiver().is_some() => {
                if let Some(class) = call.positional(0).and_then(|entity| self.mapped_class(file, entity)) {
                    return Some(class);
                }
            }
            "scalar" => {
                if let Some(Source::Statement(class)) = from(call.positional(0)) {
                    return Some(class);
                }
            }
            _ => {}
        }
        self.instance(file, call.expr).or_else(|| self.returned_row(file, call, steps))
    }

    /// What a function of the project without a helpful annotation returns.
    fn returned_row(&self, file: FileId, call: Call<'_>, steps: u32) -> Option<ClassRef> {
        let Entity::Function(FunctionRef { file, id }) = self.resolve(file, call.function) else { return None };
        let view = self.file(file)?;
        let module = view.module();
        if view.function(id).returns.is_some() {
            return None;
        }
        let mut found = None;
        for stmt in own_statements(module, module.body(id)) {
            let Stmt::Return(Some(value)) = module.stmt(stmt) else { continue };
            if module.expr(value) == Expr::None {
                continue;
            }
            let class = self.row(file, value, steps)?;
            if found.is_some_and(|before| before != class) {
                return None;
            }
            found = Some(class);
        }
        found
    }

    pub(super) fn source(&self, file: FileId, expr: ExprId, steps: u32) -> Option<Source> {
        let steps = steps.checked_sub(1)?;
        let view = self.file(file)?;
        let module = view.module();
        match module.expr(expr) {
            Expr::Await(inner) => self.source(file, inner, steps),
            Expr::Name(name) => {
                let bindings = view.index().lookup(view.index().scope_of_name(expr), name);
                agreed(view, bindings, steps, |binding, steps| match binding.kind {
                    BindingKind::Assign { value: Some(value), .. } => self.source(file, value, steps),
                    _ => None,
                })
            }
            Expr::Attribute { value, name } if module.text(name) == "query" => {
                self.mapped_class(file, value).map(Source::Objects)
            }
            Expr::Call { .. } => self.called_source(file, Call::of(module, expr)?, steps),
            _ => None,
        }
    }

    fn called_source(&self, file: FileId, call: Call<'_>, steps: u32) -> Option<Source> {
        let only = || match call.args {
            [only] => self.mapped_class(file, only.value),
            _ => None,
        };
        let given = || self.source(file, call.positional(0)?, steps);
        match (call.name()?, call.receiver()) {
            ("select", _) => only().map(Source::Statement),
            ("query", Some(_)) => only().map(Source::Objects),
            ("execute", Some(_)) => match given()? {
                Source::Statement(class) => Some(Source::Tuples(class)),
                Source::Objects(_) | Source::Tuples(_) => None,
            },
            ("scalars" | "exec" | "stream_scalars", Some(receiver)) => {
                let inner = if call.args.is_empty() { self.source(file, receiver, steps) } else { given() };
                match inner? {
                    Source::Statement(class) | Source::Tuples(class) => Some(Source::Objects(class)),
                    Source::Objects(_) => None,
                }
            }
            (name, Some(receiver)) if keeps_entity(name) => self.source(file, receiver, steps),
            _ => None,
        }
    }

    /// The mapped class that an expression names.
    fn mapped_class(&self, file: FileId, expr: ExprId) -> Option<ClassRef> {
        match self.resolve(file, expr) {
            Entity::Class(class) => self.model(class).map(|model| model.class),
            _ => None,
        }
    }
}

/// What all bindings of a name agree on. `None` as a value agrees with everything, as does a query made narrower:
/// `query = query.where(…)`. The steps that are left are shared out, so that no web of names takes long.
pub(super) fn agreed<T: PartialEq>(
    view: File<'_>,
    bindings: &[Binding],
    steps: u32,
    answer: impl Fn(&Binding, u32) -> Option<T>,
) -> Option<T> {
    let count = u32::try_from(bindings.len()).ok().filter(|&count| count > 0)?;
    let adds_nothing = |binding: &&Binding| match binding.kind {
        BindingKind::Assign { value: Some(value), .. } => {
            view.module().expr(value) == Expr::None || is_refinement(view, binding, value)
        }
        BindingKind::Assign { value: None, .. } | BindingKind::Deleted => true,
        _ => false,
    };
    let telling = bindings.iter().filter(|binding| !adds_nothing(binding));
    let mut answers = telling.map(|binding| answer(binding, steps / count));
    let first = answers.next()??;
    answers.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

fn is_refinement(view: File<'_>, binding: &Binding, value: ExprId) -> bool {
    let module = view.module();
    let mut current = value;
    while let Some(call) = Call::of(module, current) {
        let Some(receiver) = call.receiver().filter(|_| call.name().is_some_and(keeps_entity)) else { return false };
        current = receiver;
    }
    current != value && module.expr(current) == Expr::Name(binding.name)
}

/// Methods of queries and statements after which the rows are what they were.
fn keeps_entity(name: &str) -> bool {
    matches!(
        name,
        "distinct"
            | "execution_options"
            | "filter"
            | "filter_by"
            | "having"
            | "join"
            | "limit"
            | "offset"
            | "options"
            | "order_by"
            | "outerjoin"
            | "params"
            | "populate_existing"
            | "select_from"
            | "unique"
            | "where"
            | "with_for_update"
            | "yield_per"
    )
}
