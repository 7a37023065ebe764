//! The types of columns, as far as databases tell them apart.

use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use crate::resolve::{ClassRef, Entity, Type};
use crate::{File, Project};

/// Types that a database compares with each other without complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TypeFamily {
    /// Text of any length.
    String,
    /// Whole numbers of any size.
    Integer,
    /// UUIDs as a type of their own.
    Uuid,
    /// Other numbers.
    Number,
    /// Truth values.
    Boolean,
    /// Dates and times.
    Time,
    /// Enumerations.
    Enum,
    /// JSON, arrays, bytes, ranges, vectors.
    Other,
    /// An object or a list of objects: no column.
    Object,
    /// Not declared, or not known.
    Unknown,
}

/// A type as it is written.
pub(super) struct Written {
    pub(super) family: TypeFamily,
    pub(super) length: Option<i64>,
    /// Whether the type itself makes a value for a column without one.
    pub(super) fills_itself: bool,
}

/// The type that an argument of a column names: `String(32)`, `sa.Integer`, `postgresql.UUID(as_uuid=True)`.
pub(super) fn of_expression(project: &Project, file: File<'_>, value: ExprId) -> Written {
    let module = file.module();
    let call = Call::of(module, value);
    let callee = call.map_or(value, |call| call.function);
    let path = match project.resolve(file.id(), callee) {
        Entity::External(path) => path,
        // A type of the project's own, whatever its name.
        Entity::Class(_) | Entity::Function(_) => String::new(),
        _ => file.text_of(callee).to_owned(),
    };
    let length = call.and_then(|call| call.argument("length", 0)).and_then(|length| match module.expr(length) {
        Expr::Int(number) => module.text(number).parse().ok(),
        _ => None,
    });
    let family = of_name(path.rsplit('.').next().unwrap_or_default());
    Written { family, length: length.filter(|_| family == TypeFamily::String), fills_itself: path.contains("SERIAL") }
}

fn of_name(name: &str) -> TypeFamily {
    match name {
        "String" | "Text" | "Unicode" | "UnicodeText" | "VARCHAR" | "NVARCHAR" | "CHAR" | "NCHAR" | "TEXT" | "CLOB"
        | "AutoString" | "CITEXT" | "LONGTEXT" | "MEDIUMTEXT" | "TINYTEXT" => TypeFamily::String,
        "Integer" | "BigInteger" | "SmallInteger" | "INTEGER" | "INT" | "BIGINT" | "SMALLINT" | "TINYINT"
        | "SERIAL" | "BIGSERIAL" => TypeFamily::Integer,
        "UUID" | "Uuid" => TypeFamily::Uuid,
        "Numeric" | "Float" | "Double" | "DECIMAL" | "NUMERIC" | "FLOAT" | "REAL" | "DOUBLE" | "DOUBLE_PRECISION" => {
            TypeFamily::Number
        }
        "Boolean" | "BOOLEAN" => TypeFamily::Boolean,
        "DateTime" | "Date" | "Time" | "TIMESTAMP" | "DATETIME" | "DATE" | "TIME" | "Interval" | "INTERVAL" => {
            TypeFamily::Time
        }
        "Enum" | "ENUM" => TypeFamily::Enum,
        "JSON" | "JSONB" | "ARRAY" | "LargeBinary" | "BYTEA" | "BLOB" | "PickleType" | "INET" | "HSTORE"
        | "TSVECTOR" => TypeFamily::Other,
        _ => TypeFamily::Unknown,
    }
}

/// The type that an annotation implies.
pub(super) fn of_annotation(project: &Project, file: File<'_>, annotation: ExprId) -> TypeFamily {
    if let Expr::Str(_) | Expr::Subscript { .. } = file.module().expr(annotation) {
        return of_generic(file, annotation);
    }
    match project.resolve(file.id(), annotation) {
        Entity::External(path) => of_python(&path),
        Entity::Class(class) if project.derives_from(&Type::Project(class), ENUMS) => TypeFamily::Enum,
        Entity::Class(_) => TypeFamily::Object,
        _ => TypeFamily::Unknown,
    }
}

/// The enumeration that a type or an annotation names: `Enum(State)`, `Mapped[State]`.
pub(super) fn enumeration(project: &Project, file: File<'_>, expr: ExprId) -> Option<ClassRef> {
    let named = match Call::of(file.module(), expr) {
        Some(call) => call.positional(0)?,
        None => expr,
    };
    match project.resolve(file.id(), named) {
        Entity::Class(class) if project.derives_from(&Type::Project(class), ENUMS) => Some(class),
        _ => None,
    }
}

const ENUMS: &[&str] = &["enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag"];

fn of_python(path: &str) -> TypeFamily {
    match path.rsplit('.').next().unwrap_or_default() {
        "str" | "EmailStr" => TypeFamily::String,
        "int" => TypeFamily::Integer,
        "UUID" | "UUID4" => TypeFamily::Uuid,
        "float" | "Decimal" => TypeFamily::Number,
        "bool" => TypeFamily::Boolean,
        "datetime" | "date" | "time" | "timedelta" => TypeFamily::Time,
        "dict" | "bytes" | "Any" | "Dict" => TypeFamily::Other,
        _ => TypeFamily::Unknown,
    }
}

/// A plain type in quotes: `"str | None"`, `"Optional[int]"`.
#[derive(Clone, Copy)]
pub(super) struct Quoted {
    pub(super) family: TypeFamily,
    pub(super) is_optional: bool,
}

/// What a quoted annotation says; none if it names a class or is not in quotes.
pub(super) fn quoted(file: File<'_>, annotation: ExprId) -> Option<Quoted> {
    let Expr::Str(text) = file.module().expr(annotation) else { return None };
    let text = file.module().text(text).trim();
    let inner = text.strip_prefix("Optional[").and_then(|rest| rest.strip_suffix(']'));
    let names = inner.unwrap_or(text).split('|').map(str::trim);
    let is_optional = inner.is_some() || names.clone().any(|name| name == "None");
    let family = of_python(names.into_iter().find(|name| *name != "None")?);
    (family != TypeFamily::Unknown).then_some(Quoted { family, is_optional })
}

/// `dict[str, Any]` and `Literal["a"]` are stored; a list of classes or a quoted class is a relationship.
fn of_generic(file: File<'_>, annotation: ExprId) -> TypeFamily {
    let text = file.text_of(annotation);
    let name = text.split('[').next().unwrap_or_default().rsplit('.').next().unwrap_or_default();
    match name {
        "dict" | "Dict" | "Any" | "Literal" | "Mapping" => TypeFamily::Other,
        "list" | "List" | "set" | "Set" | "Sequence" | "tuple" if has_plain_items(text) => TypeFamily::Other,
        _ => TypeFamily::Object,
    }
}

fn has_plain_items(text: &str) -> bool {
    let items = text.split_once('[').map_or("", |(_, items)| items.trim_end_matches(']'));
    items.split(',').all(|item| matches!(item.trim(), "str" | "int" | "float" | "bool" | "Any" | "UUID" | "..."))
}
