//! Which models requests are read into, and which models answers are made of.

use backlint_syntax::ast::{Expr, ExprId};

use crate::resolve::{ClassRef, FunctionRef, MAX_STEPS, Type};
use crate::web::Route;
use crate::{File, Project};

/// A parameter that FastAPI reads from the body of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body {
    /// The handler.
    pub function: FunctionRef,
    /// The place of the parameter.
    pub place: usize,
    /// The model it is read into.
    pub schema: ClassRef,
}

impl Project {
    /// The parameters of a route's handler that are read from the body into a Pydantic model.
    pub fn bodies(&self, route: &Route) -> Vec<Body> {
        let Some(function) = route.handler.function().filter(|_| route.is_typed()) else { return Vec::new() };
        let Some(file) = self.file(function.file) else { return Vec::new() };
        let params = file.module().list(file.function(function.id).params).iter().enumerate();
        params
            .filter(|(place, _)| !self.is_dependency(function, *place))
            .filter_map(|(place, param)| match self.annotated_type(function.file, param.annotation?, MAX_STEPS)? {
                Type::Project(schema) if self.is_schema(schema) => Some(Body { function, place, schema }),
                _ => None,
            })
            .collect()
    }

    /// The Pydantic model that a route answers with, itself or as elements of a list.
    pub fn response_schema(&self, route: &Route) -> Option<ClassRef> {
        let function = route.handler.function().filter(|_| route.is_typed())?;
        let declared = self.declaration(route).and_then(|call| call.keyword("response_model"));
        let (file, annotation) = if let Some(arg) = declared {
            (self.file(route.at.file)?, arg.value)
        } else {
            let file = self.file(function.file)?;
            (file, file.function(function.id).returns?)
        };
        match self.annotated_type(file.id(), element(file, annotation), MAX_STEPS)? {
            Type::Project(schema) if self.is_schema(schema) => Some(schema),
            _ => None,
        }
    }
}

/// `Item` of `list[Item]`.
fn element(file: File<'_>, annotation: ExprId) -> ExprId {
    let module = file.module();
    match module.expr(annotation) {
        Expr::Subscript { value, index }
            if matches!(file.text_of(value), "list" | "List" | "typing.List" | "Sequence") =>
        {
            index
        }
        _ => annotation,
    }
}
