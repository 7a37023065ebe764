//! The fields of an answer that tell of people or of the inside of a server.

use std::collections::BTreeSet;

use backlint_model::{ClassRef, Entity, File, FunctionRef, Project, Route, Type, words};
use backlint_semantic::{Call, descendants, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt};

/// What an open route tells.
pub(super) struct Answered {
    /// The telling fields, in order.
    pub(super) names: BTreeSet<String>,
    /// Where they are written.
    pub(super) at: Location,
    /// Whether its documentation calls it public.
    pub(super) is_called_public: bool,
}

/// Words of code that looks at who is asking.
const CALLER: &[&str] = &["current_user", "g.user", "is_admin", "is_authenticated", "permission", "role", "viewer"];

/// Methods that make the answer of an object.
const SERIALIZERS: &[&str] = &[
    "as_dict",
    "as_json",
    "json",
    "jsonify",
    "serialize",
    "serialise",
    "to_dict",
    "to_json",
    "to_public",
    "to_response",
];

/// The telling fields of what a handler answers; none if it looks at who is asking.
pub(super) fn answered(project: &Project, route: &Route, handler: FunctionRef) -> Option<Answered> {
    let file = project.file(handler.file)?;
    if looks_at_caller(project, handler) || route.path.to_ascii_lowercase().contains("csrf") {
        return None;
    }
    let own = returned_keys(file, handler).into_iter().filter(|name| !name.contains("error")).collect();
    let found = std::iter::once((own, file.at_function(handler.id)))
        .chain(serializers(project, file, handler).into_iter().filter_map(|function| of_serializer(project, function)))
        .chain(response_models(project, file, handler).into_iter().filter_map(|class| of_class(project, class)));
    let (names, at) = found.into_iter().find_map(|(names, at): (Vec<String>, Location)| {
        let names: BTreeSet<String> = names.into_iter().filter(|name| is_telling(name)).collect();
        (!names.is_empty()).then_some((names, at))
    })?;
    let is_public = is_called_public(project, route, handler);
    let is_inside = names.iter().any(|name| tells_of_server(name));
    (!is_public || is_inside).then_some(Answered { names, at, is_called_public: is_public })
}

fn of_serializer(project: &Project, function: FunctionRef) -> Option<(Vec<String>, Location)> {
    let file = project.file(function.file)?;
    (!looks_at_caller(project, function)).then(|| (returned_keys(file, function), file.at_function(function.id)))
}

/// The fields that the body of a class annotates.
fn of_class(project: &Project, class: ClassRef) -> Option<(Vec<String>, Location)> {
    let file = project.file(class.file)?;
    let names = project.lineage(class).into_iter().filter_map(|of| match of {
        Type::Project(class) => project.file(class.file).map(|file| (file, class)),
        Type::External(_) => None,
    });
    let names = names.flat_map(|(file, class)| {
        let bindings = file.index().bindings_in(file.index().class_scope(class.id));
        bindings.iter().map(|binding| file.module().text(binding.name).to_owned()).collect::<Vec<_>>()
    });
    Some((names.collect(), file.at(file.first_line(file.class(class.id).header))))
}

/// `error_text`, `dataset_path`, `phone`: the last word says what it is; times, counts and ids of such things are not.
fn is_telling(name: &str) -> bool {
    let snake = words::snake_case(name);
    let last = snake.rsplit('_').find(|word| !word.is_empty()).unwrap_or_default();
    matches!(last, "email" | "phone" | "ip" | "token") || tells_of_server(name)
}

fn tells_of_server(name: &str) -> bool {
    let snake = words::snake_case(name);
    let mut parts = snake.split('_').filter(|word| !word.is_empty()).rev();
    let (last, before) = (parts.next().unwrap_or_default(), parts.next());
    // A bare `error` is part of every envelope.
    let is_error = words::has_word(&snake, "error")
        && before.is_some()
        && matches!(last, "error" | "message" | "text" | "detail" | "trace");
    let is_shown = before.is_some_and(|word| PICTURES.contains(&word));
    is_error
        || matches!(last, "dir" | "directory" | "log" | "logs" | "traceback")
        || matches!(last, "config" if snake != "model_config" && name != "Config")
        || last == "path" && !is_shown
}

/// Paths of such things are relative addresses that pages show.
const PICTURES: &[&str] =
    &["avatar", "cover", "icon", "image", "img", "logo", "photo", "picture", "poster", "thumb", "thumbnail", "url"];

fn is_called_public(project: &Project, route: &Route, handler: FunctionRef) -> bool {
    let Some(file) = project.file(handler.file) else { return false };
    let documentation = file.module().docstring(file.module().body(handler.id)).unwrap_or_default();
    let header = file.index().definition_span(file.module(), file.function(handler.id).stmt);
    let header = file.slice(header).split("\n    ").next().unwrap_or_default();
    [documentation, header, &route.path].iter().any(|text| {
        let lower = text.to_ascii_lowercase();
        ["public", "anonymous", "no auth", "without auth"].iter().any(|word| lower.contains(word))
    })
}

fn looks_at_caller(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return true };
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
    CALLER.iter().any(|word| text.contains(word))
}

/// The keys of the dicts that a function returns, where their values are no fixed texts.
fn returned_keys(file: File<'_>, function: FunctionRef) -> Vec<String> {
    let module = file.module();
    let returned =
        own_statements(module, module.body(function.id)).into_iter().filter_map(|stmt| match module.stmt(stmt) {
            Stmt::Return(value) => value,
            _ => None,
        });
    let mut found = Vec::new();
    for expr in returned.flat_map(|value| descendants(module, value)) {
        match module.expr(expr) {
            Expr::Dict(items) => {
                let telling = module.list(items).iter().filter(|item| is_computed(file, item.value));
                found.extend(telling.filter_map(|item| match module.expr(item.key?) {
                    Expr::Str(key) => Some(module.text(key).to_owned()),
                    _ => None,
                }));
            }
            Expr::Call { .. } => {
                let call = Call::of(module, expr).filter(|call| matches!(call.name(), Some("dict" | "jsonify")));
                found.extend(call.into_iter().flat_map(|call| call.args).filter_map(|arg| match arg.kind {
                    ArgKind::Keyword(name) if is_computed(file, arg.value) => Some(module.text(name).to_owned()),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    found
}

fn is_computed(file: File<'_>, value: ExprId) -> bool {
    matches!(
        file.module().expr(value),
        Expr::Attribute { .. } | Expr::Name(_) | Expr::Subscript { .. } | Expr::Conditional { .. }
    )
}

/// The functions of the project that make the answers of a handler.
fn serializers(project: &Project, file: File<'_>, handler: FunctionRef) -> Vec<FunctionRef> {
    let mut found = Vec::new();
    for call in project.calls_in(handler) {
        let Some(name) = call.name() else { continue };
        if !SERIALIZERS.contains(&name) && !name.starts_with("serialize_") && !name.ends_with("_to_dict") {
            continue;
        }
        match project.resolve(file.id(), call.function) {
            Entity::Function(function) => found.push(function),
            Entity::External(_) => {}
            _ => {
                let classes = handled_classes(project, file, handler);
                found.extend(classes.into_iter().find_map(|class| project.method(class, name)));
            }
        }
    }
    found
}

/// The classes that a handler names, and those that functions give which it calls.
fn handled_classes(project: &Project, file: File<'_>, handler: FunctionRef) -> Vec<ClassRef> {
    let span = file.module().stmt_span(file.function(handler.id).stmt);
    let uses = file.index().uses().iter().filter(|name| span.contains(file.module().span(name.expr)));
    let named = uses.filter_map(|name| match project.resolve(file.id(), name.expr) {
        Entity::Class(class) => Some(class),
        _ => None,
    });
    let given = project.callees(handler).iter().filter_map(|callee| {
        let file = project.file(callee.function.file)?;
        let returns = file.function(callee.function.id).returns?;
        match project.annotated_type(file.id(), returns, STEPS)? {
            Type::Project(class) => Some(class),
            Type::External(_) => None,
        }
    });
    named.chain(given).collect()
}

/// How many names an annotation may be behind.
const STEPS: u32 = 8;

/// The classes of `response_model=` and of the return annotation.
fn response_models(project: &Project, file: File<'_>, handler: FunctionRef) -> Vec<ClassRef> {
    let module = file.module();
    let function = file.function(handler.id);
    let models = module
        .list(function.decorators)
        .iter()
        .filter_map(|decorator| Call::of(module, decorator.expr)?.keyword("response_model").map(|arg| arg.value));
    let annotations = models.chain(function.returns);
    let parts = annotations.flat_map(|annotation| descendants(module, annotation));
    let classes = parts.filter_map(|part| match project.resolve(file.id(), part) {
        Entity::Class(class) => Some(class),
        _ => None,
    });
    classes.collect()
}
