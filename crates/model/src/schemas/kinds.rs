//! What the annotation of a field says.

use backlint_semantic::Call;
use backlint_source::FileId;
use backlint_syntax::ast::{BinaryOp, Expr, ExprId};

use super::Bounds;
use crate::resolve::{ClassRef, Entity};
use crate::{File, Project};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// Another number.
    Number,
    /// True or false.
    Flag,
    /// Keys and values of any kind.
    Mapping,
    /// A list, set or tuple of values that are themselves limited or not.
    List,
    /// A list of anything.
    ListOfAnything,
    /// Anything at all.
    Anything,
    /// Another Pydantic model.
    Schema(ClassRef),
    /// Several kinds, or something that could not be told or takes values of one form only.
    Other,
}

/// What an annotation says besides the kind.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) kind: FieldKind,
    pub(crate) is_optional: bool,
    pub(crate) bounds: Bounds,
    pub(crate) alias: Option<String>,
    pub(crate) is_validated: bool,
    pub(crate) default_in_annotation: bool,
}

impl Read {
    fn of(kind: FieldKind) -> Self {
        Self {
            kind,
            is_optional: false,
            bounds: Bounds::default(),
            alias: None,
            is_validated: false,
            default_in_annotation: false,
        }
    }

    fn formed(kind: FieldKind) -> Self {
        Self { bounds: Bounds { form: true, ..Bounds::default() }, ..Self::of(kind) }
    }
}

/// How many aliases and brackets a kind may be behind.
const MAX_STEPS: u32 = 12;

pub(crate) fn read(project: &Project, file: FileId, annotation: ExprId) -> Read {
    within(project, file, annotation, MAX_STEPS)
}

fn within(project: &Project, file: FileId, annotation: ExprId, steps: u32) -> Read {
    let other = Read::of(FieldKind::Other);
    let (Some(steps), Some(view)) = (steps.checked_sub(1), project.file(file)) else { return other };
    let module = view.module();
    match module.expr(annotation) {
        Expr::None => Read { is_optional: true, ..other },
        Expr::Name(_) | Expr::Attribute { .. } => named(project, view, annotation, steps),
        Expr::Binary { left, op: BinaryOp::BitOr, right } => {
            let sides = [left, right].map(|side| within(project, file, side, steps));
            let is_none = [left, right].map(|side| module.expr(side) == Expr::None);
            union(sides.into_iter().zip(is_none))
        }
        Expr::Subscript { value, index } => subscript(project, view, value, index, steps),
        Expr::Call { .. } => Call::of(module, annotation).map_or(other, |call| constrained(view, call)),
        _ => other,
    }
}

fn union(sides: impl Iterator<Item = (Read, bool)>) -> Read {
    let mut is_optional = false;
    let mut found: Vec<Read> = Vec::new();
    for (read, is_none) in sides {
        is_optional |= is_none || read.is_optional;
        if !is_none {
            found.push(read);
        }
    }
    let is_single = found.len() == 1;
    let first = found.pop().filter(|_| is_single).unwrap_or_else(|| Read::of(FieldKind::Other));
    Read { is_optional, ..first }
}

fn named(project: &Project, view: File<'_>, annotation: ExprId, steps: u32) -> Read {
    match project.resolve(view.id(), annotation) {
        Entity::Class(class) if project.is_schema(class) => Read::of(FieldKind::Schema(class)),
        Entity::External(path) => external(path.rsplit('.').next().unwrap_or(&path)),
        // An alias: `Name = Annotated[str, Field(max_length=80)]`.
        Entity::Literal(at) if (at.file, at.expr) != (view.id(), annotation) => {
            within(project, at.file, at.expr, steps)
        }
        _ => Read::of(FieldKind::Other),
    }
}

fn external(name: &str) -> Read {
    match name {
        "str" | "Text" | "AnyStr" => Read::of(FieldKind::Text),
        "int" | "PositiveInt" | "NonNegativeInt" | "StrictInt" => Read::of(FieldKind::Integer),
        "float" | "Decimal" => Read::of(FieldKind::Number),
        "bool" => Read::of(FieldKind::Flag),
        "dict" | "Dict" | "Mapping" | "MutableMapping" | "Json" => Read::of(FieldKind::Mapping),
        "list" | "List" | "set" | "Set" | "Sequence" | "tuple" | "Tuple" => Read::of(FieldKind::ListOfAnything),
        "Any" | "object" => Read::of(FieldKind::Anything),
        "EmailStr" | "HttpUrl" | "AnyUrl" | "AnyHttpUrl" => Read::formed(FieldKind::Text),
        _ => Read::of(FieldKind::Other),
    }
}

fn subscript(project: &Project, view: File<'_>, value: ExprId, index: ExprId, steps: u32) -> Read {
    let module = view.module();
    let parts = match module.expr(index) {
        Expr::Tuple(items) => module.list(items).to_vec(),
        _ => vec![index],
    };
    let Some(&first) = parts.first() else { return Read::of(FieldKind::Other) };
    let inner = |expr| within(project, view.id(), expr, steps);
    match view.text_of(value).rsplit('.').next().unwrap_or_default() {
        "Optional" => Read { is_optional: true, ..inner(first) },
        "Union" => union(parts.iter().map(|&part| (inner(part), module.expr(part) == Expr::None))),
        "Annotated" => annotated(project, view, inner(first), &parts[1..]),
        "Dict" | "dict" | "Mapping" | "MutableMapping" | "Json" => {
            let has_few = matches!(parts.as_slice(), &[key, value] if is_closed(project, view, key)
                && matches!(inner(value).kind, FieldKind::Flag | FieldKind::Integer | FieldKind::Number));
            if has_few { Read::formed(FieldKind::Mapping) } else { Read::of(FieldKind::Mapping) }
        }
        "List" | "list" | "Set" | "set" | "Sequence" | "FrozenSet" | "frozenset" => {
            let of_anything = matches!(inner(first).kind, FieldKind::Anything | FieldKind::Mapping);
            Read::of(if of_anything { FieldKind::ListOfAnything } else { FieldKind::List })
        }
        "Tuple" | "tuple" => Read::formed(FieldKind::List),
        _ => Read::of(FieldKind::Other),
    }
}

/// Whether a type has few values: an enumeration, `Literal[…]`, or an alias of one.
fn is_closed(project: &Project, view: File<'_>, expr: ExprId) -> bool {
    let is_literal = |file: File<'_>, expr| match file.module().expr(expr) {
        Expr::Subscript { value, .. } => file.text_of(value).ends_with("Literal"),
        _ => false,
    };
    match project.resolve(view.id(), expr) {
        Entity::Class(class) => project.is_enumeration(class),
        Entity::Literal(at) => project.file(at.file).is_some_and(|file| is_literal(file, at.expr)),
        _ => is_literal(view, expr),
    }
}

/// `Annotated[str, Field(max_length=80), AfterValidator(check)]`.
fn annotated(project: &Project, view: File<'_>, mut read: Read, parts: &[ExprId]) -> Read {
    for &part in parts {
        let Some(call) = Call::of(view.module(), part) else { continue };
        match call.name() {
            Some("AfterValidator" | "BeforeValidator" | "WrapValidator" | "PlainValidator") => read.is_validated = true,
            Some("Field" | "Query" | "Body") => {
                read.bounds.add(view.module(), call);
                read.default_in_annotation |= call.keyword("default_factory").is_some();
                let alias = call.keyword("validation_alias").or_else(|| call.keyword("alias"));
                read.alias = alias.and_then(|alias| project.string(view.id(), alias.value)).or(read.alias);
            }
            _ => read.bounds.add(view.module(), call),
        }
    }
    read
}

/// `constr(max_length=80)`, `conint(ge=0)`, `conlist(str, max_items=5)`.
fn constrained(view: File<'_>, call: Call<'_>) -> Read {
    let mut read = Read::of(match call.name() {
        Some("constr") => FieldKind::Text,
        Some("conint") => FieldKind::Integer,
        Some("confloat" | "condecimal") => FieldKind::Number,
        Some("conlist" | "conset") => FieldKind::List,
        _ => FieldKind::Other,
    });
    read.bounds.add(view.module(), call);
    read
}
