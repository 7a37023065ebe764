//! What an annotation leaves a client free to send.

use backlint_semantic::{BindingKind, Call};
use backlint_source::FileId;
use backlint_syntax::ast::{BinaryOp, Expr, ExprId};

use super::entries::SentKind;
use super::hazard::{Hazard, Hazards};
use super::origin::{EACH, ELEMENT, KEY, Name, is_element};
use super::tables::Tables;
use super::value::Value;
use crate::Project;
use crate::resolve::{ClassRef, Entity, Type};

/// How many aliases, containers and fields deep annotations are read.
const MAX_STEPS: u32 = 12;

/// A part of what a client sends that is a text of its choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Free {
    /// Where the form of the value excludes harm.
    pub(super) safe: Hazards,
    /// The name of what hands it in, if the annotation says it: the query string of a request object.
    pub(super) what: Option<String>,
    pub(super) kind: SentKind,
}

impl Free {
    /// The content of an uploaded file: it does harm where it is run, and where it is kept unseen.
    pub(super) fn content() -> Self {
        let safe = Hazards::of(Hazard::Code).and(Hazards::of(Hazard::Content)).complement();
        Self { safe, what: Some("an uploaded file".to_owned()), kind: SentKind::UploadContent }
    }

    fn text() -> Self {
        Self { safe: Hazards::NONE, what: None, kind: SentKind::Text }
    }
}

/// Annotations of the standard library and of pydantic that a client can fill with any text.
const TEXTS: &[&str] = &[
    "str",
    "bytes",
    "object",
    "dict",
    "list",
    "set",
    "tuple",
    "typing.Any",
    "typing.Dict",
    "typing.List",
    "typing.Text",
    "pydantic.SecretStr",
    "pydantic.Json",
];
/// URLs that pydantic has parsed: any host, nothing else.
const URLS: &[&str] = &["pydantic.HttpUrl", "pydantic.AnyUrl", "pydantic.AnyHttpUrl", "pydantic.networks.HttpUrl"];
const UPLOADS: &[&str] =
    &["fastapi.UploadFile", "starlette.datastructures.UploadFile", "fastapi.datastructures.UploadFile"];
const REQUESTS: &[&str] = &[
    "fastapi.Request",
    "starlette.requests.Request",
    "fastapi.requests.Request",
    "fastapi.WebSocket",
    "starlette.websockets.WebSocket",
    "fastapi.websockets.WebSocket",
];
const ENUMERATIONS: &[&str] = &["enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"];

impl Project {
    pub(crate) fn is_enumeration(&self, class: ClassRef) -> bool {
        self.derives_from(&Type::Project(class), ENUMERATIONS)
    }

    /// What a client can put at the end of `path` in a value with this annotation.
    pub(super) fn free_part(&self, file: FileId, annotation: ExprId, path: &[Name]) -> Option<Free> {
        self.free_within(file, annotation, path, MAX_STEPS)
    }

    /// Whether an annotation names the class of requests or websockets.
    pub(super) fn is_request(&self, file: FileId, annotation: ExprId) -> bool {
        let class = self.annotated_type(file, annotation, MAX_STEPS);
        matches!(class, Some(Type::External(name)) if REQUESTS.contains(&name.as_str()))
    }

    fn free_within(&self, file: FileId, annotation: ExprId, path: &[Name], steps: u32) -> Option<Free> {
        let steps = steps.checked_sub(1)?;
        let view = self.file(file)?;
        let module = view.module();
        match module.expr(annotation) {
            Expr::Name(_) | Expr::Attribute { .. } => match self.resolve(file, annotation) {
                Entity::Class(class) => self.free_field(class, path, steps),
                Entity::External(name) => free_of_library(self.flow_tables(), &name, path),
                Entity::Literal(at) if (at.file, at.expr) != (file, annotation) => {
                    self.free_within(at.file, at.expr, path, steps)
                }
                _ => None,
            },
            Expr::Str(_) => match self.annotated_type(file, annotation, steps)? {
                Type::Project(class) => self.free_field(class, path, steps),
                Type::External(name) => free_of_library(self.flow_tables(), &name, path),
            },
            Expr::Binary { left, op: BinaryOp::BitOr, right } => {
                self.free_within(file, left, path, steps).or_else(|| self.free_within(file, right, path, steps))
            }
            Expr::Subscript { value, index } => {
                let items = match module.expr(index) {
                    Expr::Tuple(items) => module.list(items).to_vec(),
                    _ => vec![index],
                };
                let name = view.text_of(value).rsplit('.').next().unwrap_or_default();
                self.free_in_generic(file, (name, value), &items, path, steps)
            }
            _ => None,
        }
    }

    fn free_in_generic(
        &self,
        file: FileId,
        (name, generic): (&str, ExprId),
        items: &[ExprId],
        path: &[Name],
        steps: u32,
    ) -> Option<Free> {
        let first = *items.first()?;
        match name {
            "Annotated" => {
                let is_limited = items.iter().skip(1).any(|&item| self.limits(file, item));
                if is_limited { None } else { self.free_within(file, first, path, steps) }
            }
            "Optional" | "Union" | "Required" | "NotRequired" => {
                items.iter().find_map(|&item| self.free_within(file, item, path, steps))
            }
            "list" | "List" | "set" | "Set" | "Sequence" | "Iterable" | "frozenset" | "tuple" | "Tuple" => {
                let is_element = path.first().is_some_and(|name| is_element(name));
                self.free_within(file, first, if is_element { &path[1..] } else { path }, steps)
            }
            "dict" | "Dict" | "Mapping" | "MutableMapping" => {
                if path.first().is_some_and(|name| matches!(&**name, KEY | EACH)) {
                    return self.free_within(file, first, &path[1..], steps);
                }
                self.free_within(file, *items.get(1)?, path.get(1..).unwrap_or_default(), steps)
            }
            "Literal" => None,
            _ => self.free_within(file, generic, path, steps),
        }
    }

    /// Whether a piece of metadata, or a default, restricts the text: `Query(pattern=…)`, a validator of any kind.
    pub(super) fn limits(&self, file: FileId, item: ExprId) -> bool {
        let Some(view) = self.file(file) else { return false };
        let Some(call) = Call::of(view.module(), item) else { return false };
        match call.name() {
            Some("Query" | "Path" | "Body" | "Form" | "Header" | "Cookie" | "File" | "Field" | "Doc") => {
                ["pattern", "regex", "discriminator"].iter().any(|name| call.keyword(name).is_some())
            }
            Some("StringConstraints") => call.keyword("pattern").is_some(),
            Some("MaxLen" | "MinLen") => false,
            _ => true,
        }
    }

    /// The field of a schema, dataclass or typed dict.
    fn free_field(&self, class: ClassRef, path: &[Name], steps: u32) -> Option<Free> {
        let (name, rest) = path.split_first()?;
        if self.is_enumeration(class) || &**name == KEY {
            return None;
        }
        if &**name != ELEMENT && self.is_validated(class, name) {
            return None;
        }
        let (home, annotation, default) = self.classes_above(class).find_map(|class| self.field(class, name))?;
        if default.is_some_and(|default| self.is_limiting_field(home, default)) {
            return None;
        }
        self.free_within(home, annotation, rest, steps)
    }

    /// Whether a class, or one above it, looks at the values of one of its fields.
    pub(super) fn is_validated(&self, class: ClassRef, field: &str) -> bool {
        self.classes_above(class).any(|class| self.has_validator(class, field))
    }

    /// A class and those of the project above it.
    fn classes_above(&self, class: ClassRef) -> impl Iterator<Item = ClassRef> {
        self.lineage_of(class).iter().filter_map(|above| match above {
            Type::Project(class) => Some(*class),
            Type::External(_) => None,
        })
    }

    /// The annotation and default of a field that a class declares itself.
    fn field(&self, class: ClassRef, name: &str) -> Option<(FileId, ExprId, Option<ExprId>)> {
        let file = self.file(class.file)?;
        let symbol = file.module().symbol(name)?;
        let scope = file.index().class_scope(class.id);
        file.index().bindings_of(scope, symbol).iter().find_map(|binding| match binding.kind {
            BindingKind::Assign { value, annotation: Some(annotation) } => Some((class.file, annotation, value)),
            _ => None,
        })
    }

    /// `@field_validator("url")`, `@validator("*")`, `@validates("url")` and validators of the whole model that mention the field.
    fn has_validator(&self, class: ClassRef, field: &str) -> bool {
        let Some(file) = self.file(class.file) else { return false };
        let module = file.module();
        self.methods(class).any(|method| {
            module.list(file.function(method).decorators).iter().any(|decorator| {
                let Some(call) = Call::of(module, decorator.expr) else { return false };
                let names = |name: ExprId| match module.expr(name) {
                    Expr::Str(text) => matches!(module.text(text), "*") || module.text(text) == field,
                    _ => false,
                };
                match call.name() {
                    Some("field_validator" | "validator" | "validates") => call.args.iter().any(|arg| names(arg.value)),
                    Some("model_validator" | "root_validator") => {
                        file.slice(module.stmt_span(file.function(method).stmt)).contains(field)
                    }
                    _ => false,
                }
            })
        })
    }

    /// Whether the default of a field restricts it: `Field(pattern=…)`.
    fn is_limiting_field(&self, file: FileId, default: ExprId) -> bool {
        let Some(view) = self.file(file) else { return false };
        let is_field = Call::of(view.module(), default).is_some_and(|call| call.name() == Some("Field"));
        is_field && self.limits(file, default)
    }

    /// The fields of `class(**value)` that the value may decide.
    pub(super) fn typed_fields(&self, class: ClassRef, value: &Value) -> Value {
        let Some(file) = self.file(class.file) else { return Value::default() };
        let module = file.module();
        let scope = file.index().class_scope(class.id);
        let names = file
            .index()
            .bindings_in(scope)
            .iter()
            .filter(|binding| matches!(binding.kind, BindingKind::Assign { annotation: Some(_), .. }));
        let free = names.filter_map(|binding| {
            let name: Name = module.text(binding.name).into();
            let found = self.free_field(class, std::slice::from_ref(&name), MAX_STEPS)?;
            let field = value.member(&name).map(&|taint| taint.safe = taint.safe.and(found.safe));
            Some((name, field))
        });
        Value::with_fields(free.collect::<Vec<_>>())
    }
}

fn free_of_library(tables: &Tables, name: &str, path: &[Name]) -> Option<Free> {
    if TEXTS.contains(&name) {
        return Some(Free::text());
    }
    if URLS.contains(&name) {
        return Some(Free { safe: Hazards::HOSTS.complement(), what: None, kind: SentKind::Text });
    }
    let part = path.first().map(|part| &**part);
    if UPLOADS.contains(&name) {
        return match part.and_then(|part| tables.upload_part(part)) {
            Some(what) => Some(Free { safe: Hazards::NONE, what: Some(what.to_owned()), kind: SentKind::UploadName }),
            None => Some(Free::content()),
        };
    }
    let what = tables.request_part(part.filter(|_| REQUESTS.contains(&name))?)?;
    Some(Free { what: Some(what.to_owned()), ..Free::text() })
}
