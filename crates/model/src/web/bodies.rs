//! What kind of body a handler takes, and so whether a plain form of another site can send it.

use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use crate::resolve::FunctionRef;
use crate::{File, Project};

/// The body a handler takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BodyKind {
    /// None is read.
    None,
    /// JSON with its content type, which a form cannot send.
    Json,
    /// Could not be told.
    Unknown,
    /// A form, a file, or bytes whose content type nobody looks at.
    Form,
}

/// Calls that read a body by rules of a library.
const READERS: &[&str] = &["load", "parse_args", "parse_obj", "use_args", "use_kwargs", "validate", "model_validate"];

impl Project {
    /// The body that a handler reads, itself or in a function it calls.
    pub fn body_kind(&self, handler: FunctionRef) -> BodyKind {
        let callees = self.callees(handler).iter().map(|callee| callee.function);
        let all = std::iter::once(handler).chain(callees);
        let read = all.map(|function| self.own_body_kind(function)).max().unwrap_or(BodyKind::None);
        read.max(self.parameter_body_kind(handler))
    }

    fn own_body_kind(&self, function: FunctionRef) -> BodyKind {
        let Some(file) = self.file(function.file) else { return BodyKind::Unknown };
        let span = file.module().stmt_span(file.function(function.id).stmt);
        let uses = file.index().uses().iter().filter(|name| span.contains(file.module().span(name.expr)));
        let read = uses.filter_map(|name| read_of(file, name.expr)).max().unwrap_or(BodyKind::None);
        let by_library = self.calls_in(function).iter().any(|call| call.name().is_some_and(|n| READERS.contains(&n)));
        if by_library && read == BodyKind::None { BodyKind::Unknown } else { read }
    }

    /// The body that FastAPI reads for the parameters of a handler.
    fn parameter_body_kind(&self, handler: FunctionRef) -> BodyKind {
        let Some(file) = self.file(handler.file) else { return BodyKind::Unknown };
        let module = file.module();
        let params = module.list(file.function(handler.id).params);
        let kinds = params.iter().map(|param| {
            let default = param.default.and_then(|default| Call::of(module, default)?.name());
            let annotation = param.annotation.map_or("", |annotation| file.text_of(annotation));
            let is_model = || {
                let of = param.annotation.and_then(|a| self.annotated_type(file.id(), a, crate::resolve::MAX_STEPS));
                of.is_some_and(|of| self.derives_from(&of, &["pydantic.BaseModel", "pydantic.main.BaseModel"]))
            };
            if matches!(default, Some("Form" | "File"))
                || ["UploadFile", "Form(", "File("].iter().any(|w| annotation.contains(w))
            {
                BodyKind::Form
            } else if matches!(default, Some("Body")) || annotation.contains("Body(") || is_model() {
                BodyKind::Json
            } else {
                BodyKind::None
            }
        });
        kinds.max().unwrap_or(BodyKind::None)
    }
}

/// What is read through the name `request`.
fn read_of(file: File<'_>, name: ExprId) -> Option<BodyKind> {
    let module = file.module();
    let Expr::Name(symbol) = module.expr(name) else { return None };
    if module.text(symbol) != "request" {
        return None;
    }
    let attribute = file.index().parent(name)?;
    let Expr::Attribute { name: read, .. } = module.expr(attribute) else { return Some(BodyKind::Unknown) };
    let call = file.index().parent(attribute).and_then(|outer| Call::of(module, outer));
    let is_flask = matches!(file.path_of(name).as_deref(), Some("flask.request"));
    match module.text(read) {
        "form" | "values" | "files" | "data" | "get_data" | "stream" => Some(BodyKind::Form),
        // Starlette reads JSON whatever the content type says.
        "json" | "body" if !is_flask => Some(BodyKind::Form),
        "get_json" if call.is_some_and(|call| call.argument("force", 0).is_some()) => Some(BodyKind::Form),
        "json" | "get_json" => Some(BodyKind::Json),
        _ => None,
    }
}
