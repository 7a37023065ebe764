//! Views given by their name, by a call or as a class.

use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, FunctionId};

use super::Handler;
use super::frames::Framed;
use crate::resolve::{ClassRef, Entity, ExprRef, FunctionRef, Type};
use crate::{File, Project};

/// A view found: who answers, and what stands around it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) handler: Handler,
    pub(crate) decorators: Vec<ExprRef>,
    pub(crate) outer: Vec<ExprRef>,
    pub(crate) wrapper: Option<ExprRef>,
    /// The method that a class-based endpoint answers with it.
    pub(crate) verb: Option<&'static str>,
}

/// What an endpoint given by its name, call or class answers with.
pub(crate) fn endpoints(project: &Project, given: Framed) -> Vec<Seen> {
    let view = std::iter::successors(Some(given), |at| project.held(at)).take(MAX_NAMES).last();
    let Some(view) = view else { return Vec::new() };
    let (view, wrapper) = unwrapped(project, view);
    let seen = |function: FunctionRef, class: Option<ClassRef>, verb| {
        let file = project.file(function.file)?;
        let own = handler(file, function.id);
        let list = file.module().list(file.function(function.id).decorators);
        Some(Seen {
            handler: Handler { class: class.or(own.class), ..own },
            decorators: list.iter().map(|d| ExprRef { file: function.file, expr: d.expr }).collect(),
            outer: Vec::new(),
            wrapper,
            verb,
        })
    };
    match project.found(&view).entity {
        Entity::Function(function) => seen(function, None, None).into_iter().collect(),
        Entity::Class(class) if project.derives_from(&Type::Project(class), ENDPOINTS) => {
            let methods = VERBS.iter().filter_map(|verb| Some((project.method(class, verb)?, *verb)));
            methods.filter_map(|(method, verb)| seen(method, Some(class), Some(verb))).collect()
        }
        Entity::Instance { of: Type::Project(class), .. } => {
            project.method(class, "__call__").and_then(|call| seen(call, None, None)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// How many loop variables and parameters a view may be handed through.
const MAX_NAMES: usize = 8;

/// Classes of Starlette with one method per HTTP verb.
const ENDPOINTS: &[&str] = &["starlette.endpoints.HTTPEndpoint"];

const VERBS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options"];

/// `guard(view)` is the view and the guard around it.
fn unwrapped(project: &Project, view: Framed) -> (Framed, Option<ExprRef>) {
    let Some(file) = project.file(view.at.file) else { return (view, None) };
    let Some(call) = Call::of(file.module(), view.at.expr).filter(|call| call.name() != Some("as_view")) else {
        return (view, None);
    };
    match call.positional(0) {
        Some(inner) if matches!(file.module().expr(inner), Expr::Name(_) | Expr::Attribute { .. }) => {
            (view.sibling(inner), Some(ExprRef { file: file.id(), expr: call.function }))
        }
        _ => (view, None),
    }
}

pub(crate) fn handler(file: File<'_>, function: FunctionId) -> Handler {
    let class = file.index().class_of(file.module(), function);
    let class = class.map(|id| ClassRef::new(file.id(), id));
    Handler::of_function(FunctionRef::new(file.id(), function), class)
}
