//! Where values of clients enter: parameters of handlers, fields of their models, and what Flask reads off the request.

use backlint_semantic::{BindingKind, Call, descendants};
use backlint_syntax::ast::{Expr, ExprId, Param, ParamKind};

use super::{ClientForm, ClientValue};
use crate::resolve::{ClassRef, Entity, ExprRef, FunctionRef, Type};
use crate::{File, Project};

/// What the parameter of a handler or of one of its dependencies takes from the request.
pub(super) fn of_param(project: &Project, function: FunctionRef, place: u32) -> Option<ClientValue> {
    let file = project.file(function.file)?;
    let param = file.module().list(file.function(function.id).params).get(place as usize)?;
    let name = file.module().text(param.name);
    let is_object = matches!(name, "self" | "cls" | "request");
    let is_injected = project.is_dependency(function, place as usize) || is_injected(file, param);
    if is_object || is_injected || matches!(param.kind, ParamKind::VarArgs | ParamKind::VarKeywords) {
        return None;
    }
    let form = form_of_param(project, file, param)?;
    Some(ClientValue { name: name.to_owned(), at: file.at(param.name_span), form })
}

fn is_injected(file: File<'_>, param: &Param) -> bool {
    let mut parts = param.annotation.into_iter().chain(param.default);
    parts.any(|part| {
        let text = file.text_of(part);
        ["Depends(", "Security(", "Request", "Response", "BackgroundTasks", "Session", "WebSocket"]
            .iter()
            .any(|word| text.contains(word) && !text.contains("SessionId"))
    })
}

fn form_of_param(project: &Project, file: File<'_>, param: &Param) -> Option<ClientForm> {
    let constrained = param.default.is_some_and(|default| is_constraint(file, default));
    let form = match param.annotation {
        Some(annotation) => form_of(project, file, annotation)?,
        None => ClientForm::Text,
    };
    Some(if constrained && form == ClientForm::Text { ClientForm::Constrained } else { form })
}

/// `Query(pattern=…)`, `Query(enum=[…])`.
fn is_constraint(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    descendants(module, expr)
        .into_iter()
        .filter_map(|part| Call::of(module, part))
        .any(|call| ["pattern", "regex", "enum"].iter().any(|name| call.keyword(name).is_some()))
}

/// What values with an annotation may be; none if they do not come from the request.
fn form_of(project: &Project, file: File<'_>, annotation: ExprId) -> Option<ClientForm> {
    if is_constraint(file, annotation) {
        return Some(ClientForm::Constrained);
    }
    let text = file.text_of(annotation);
    if text.contains("Literal[") {
        return Some(ClientForm::Constrained);
    }
    if let Some(alias) = alias(project, file, annotation) {
        return form_of(project, project.file(alias.file)?, alias.expr);
    }
    match project.annotated_type(file.id(), annotation, crate::resolve::MAX_STEPS) {
        Some(Type::Project(class)) if is_enum(project, class) => Some(ClientForm::Constrained),
        Some(Type::Project(class)) if project.model(class).is_some() => None,
        Some(Type::Project(_)) => Some(ClientForm::Object),
        Some(Type::External(path)) => Some(form_of_path(&path)),
        None => Some(form_of_text(text)),
    }
}

/// Where an alias such as `Direction = Annotated[str, Query(…)]` is written.
fn alias(project: &Project, file: File<'_>, annotation: ExprId) -> Option<ExprRef> {
    if !matches!(file.module().expr(annotation), Expr::Name(_) | Expr::Attribute { .. }) {
        return None;
    }
    match project.resolve(file.id(), annotation) {
        Entity::Literal(at) if at.file != file.id() || at.expr != annotation => Some(at),
        _ => None,
    }
}

fn form_of_path(path: &str) -> ClientForm {
    match path.rsplit('.').next().unwrap_or(path) {
        "str" | "SecretStr" | "NoneType" => ClientForm::Text,
        "dict" | "Any" | "list" | "object" | "Dict" | "List" => ClientForm::Structure,
        "EmailStr" => ClientForm::Constrained,
        _ => ClientForm::Scalar,
    }
}

fn form_of_text(text: &str) -> ClientForm {
    let is_word = |word: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word);
    if ["dict", "Dict", "list", "List", "Any", "Mapping", "Sequence"].iter().any(|word| is_word(word)) {
        ClientForm::Structure
    } else if is_word("str") {
        ClientForm::Text
    } else {
        ClientForm::Scalar
    }
}

fn is_enum(project: &Project, class: ClassRef) -> bool {
    project.derives_from(&Type::Project(class), &["enum.Enum", "enum.StrEnum", "enum.IntEnum"])
}

/// What an expression reads off the request: `request.args.get("q")`, `request.form["q"]`, `params.q` of a model.
pub(super) fn of_request(project: &Project, file: File<'_>, expr: ExprId) -> Option<ClientValue> {
    let module = file.module();
    match module.expr(expr) {
        Expr::Call { .. } => {
            let call = Call::of(module, expr)?;
            match call.name()? {
                "get" => read(file, call.receiver()?, call.positional(0), is_converted(file, call), expr),
                "get_json" if is_request(file, call.receiver()?) => Some(body(file, expr)),
                "json" if is_request(file, call.receiver()?) && call.args.is_empty() => Some(body(file, expr)),
                _ => None,
            }
        }
        Expr::Subscript { value, index } => read(file, value, Some(index), false, expr),
        Expr::Attribute { value, name } => match module.text(name) {
            "json" if is_request(file, value) => Some(body(file, expr)),
            field => of_field(project, file, value, field, expr),
        },
        _ => None,
    }
}

fn body(file: File<'_>, expr: ExprId) -> ClientValue {
    ClientValue { name: "body".to_owned(), at: file.at_expr(expr), form: ClientForm::Structure }
}

/// `request.args.get("limit", type=int)`.
fn is_converted(file: File<'_>, call: Call<'_>) -> bool {
    call.keyword("type").is_some_and(|arg| file.text_of(arg.value) != "str")
}

/// A look-up in what a request brings.
fn read(file: File<'_>, owner: ExprId, key: Option<ExprId>, is_converted: bool, expr: ExprId) -> Option<ClientValue> {
    let module = file.module();
    let Expr::Str(name) = module.expr(key?) else { return None };
    let owner = behind_name(file, owner);
    let from = match module.expr(owner) {
        Expr::Attribute { value, name } if is_request(file, value) => module.text(name),
        Expr::Call { .. } => {
            let call = Call::of(module, owner)?;
            is_request(file, call.receiver()?).then(|| call.name()).flatten()?
        }
        _ => return None,
    };
    let form = match from {
        "args" | "form" | "values" | "query_params" | "view_args" | "path_params" | "cookies" | "headers" => {
            if is_converted {
                ClientForm::Scalar
            } else {
                ClientForm::Text
            }
        }
        "json" | "get_json" => ClientForm::Structure,
        _ => return None,
    };
    Some(ClientValue { name: module.text(name).to_owned(), at: file.at_expr(expr), form })
}

/// The value of the one assignment of a name; `await` and `or {}` are left out.
fn behind_name(file: File<'_>, expr: ExprId) -> ExprId {
    let module = file.module();
    let value = match module.expr(expr) {
        Expr::Name(name) => match file.index().lookup(file.index().scope_of_name(expr), name) {
            [only] => match only.kind {
                BindingKind::Assign { value: Some(value), .. } => value,
                _ => expr,
            },
            _ => expr,
        },
        _ => expr,
    };
    match module.expr(value) {
        Expr::Await(inner) => inner,
        Expr::Bool { values, .. } => module.list(values).first().copied().unwrap_or(value),
        _ => value,
    }
}

fn is_request(file: File<'_>, expr: ExprId) -> bool {
    matches!(file.text_of(expr), "request" | "flask.request" | "req")
}

/// A field of a model that a parameter of a handler is.
fn of_field(project: &Project, file: File<'_>, owner: ExprId, field: &str, expr: ExprId) -> Option<ClientValue> {
    let module = file.module();
    let Expr::Name(name) = module.expr(owner) else { return None };
    let bindings = file.index().lookup(file.index().scope_of_name(owner), name);
    let [only] = bindings else { return None };
    let BindingKind::Param(id, place) = only.kind else { return None };
    let param = module.list(file.function(id).params).get(place as usize)?;
    let Type::Project(class) = project.annotated_type(file.id(), param.annotation?, crate::resolve::MAX_STEPS)? else {
        return None;
    };
    if project.model(class).is_some() || !is_filled_by_client(project, FunctionRef::new(file.id(), id), class) {
        return None;
    }
    let (annotation, at) = field_annotation(project, class, field)?;
    let form = form_of(project, project.file(at)?, annotation)?;
    Some(ClientValue { name: field.to_owned(), at: file.at_expr(expr), form })
}

/// Whether objects of a class come from the request: schemas, and parameter classes of handlers.
fn is_filled_by_client(project: &Project, function: FunctionRef, class: ClassRef) -> bool {
    project.derives_from(&Type::Project(class), &["pydantic.BaseModel", "pydantic.main.BaseModel"])
        || !project.routes_of(function).is_empty()
}

/// The annotation of a field of a class, own or inherited.
fn field_annotation(project: &Project, class: ClassRef, field: &str) -> Option<(ExprId, backlint_source::FileId)> {
    project.lineage(class).into_iter().find_map(|of| {
        let Type::Project(class) = of else { return None };
        let file = project.file(class.file)?;
        let name = file.module().symbol(field)?;
        file.index().bindings_of(file.index().class_scope(class.id), name).iter().find_map(|binding| {
            match binding.kind {
                BindingKind::Assign { annotation: Some(annotation), .. } => Some((annotation, class.file)),
                _ => None,
            }
        })
    })
}
