//! What the declaration of a column says of it.

mod types;

use backlint_semantic::{Call, descendants};
use backlint_syntax::ast::{ArgKind, BinaryOp, Expr, ExprId};

use super::tables::is_call_of;
use super::{Attribute, AttributeKind};
use crate::resolve::{ClassRef, Entity, ExprRef, Type};
use crate::{File, Project};

pub use types::TypeFamily;

/// A column.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that declarations set independently")]
pub struct Column {
    /// Its name in the table, if the declaration gives one of its own.
    pub name: Option<String>,
    /// The type that is declared for it, or that its annotation implies.
    pub family: TypeFamily,
    /// The most characters of a string, if that is declared.
    pub length: Option<i64>,
    /// The enumeration that its values are members of, if the type or the annotation names one.
    pub enumeration: Option<ClassRef>,
    /// Where the type is declared.
    pub type_at: Option<ExprRef>,
    /// Whether it takes NULL; none if that is not known.
    pub is_nullable: Option<bool>,
    /// Whether anything but the constructor's caller gives it a value: defaults of either side, identities, counters.
    pub has_default: bool,
    /// Whether it is a part of the primary key.
    pub is_primary_key: bool,
    /// Whether no two rows may have the same value.
    pub is_unique: bool,
    /// Whether it has an index of its own.
    pub is_indexed: bool,
    /// The columns it refers to, as written: `users.id`.
    pub foreign_keys: Vec<ForeignKey>,
    /// Whether all of the declaration was read.
    pub is_certain: bool,
}

/// A reference to a column of another table.
#[derive(Clone, Debug)]
pub struct ForeignKey {
    /// The target as written: `users.id`, `schema.users.id`.
    pub target: String,
    /// The declaration.
    pub at: ExprRef,
}

impl Column {
    /// Whether an insert without a value for it fails.
    pub fn is_required(&self) -> bool {
        self.is_certain && self.is_nullable == Some(false) && !self.has_default
    }

    fn new() -> Self {
        Self {
            name: None,
            family: TypeFamily::Unknown,
            length: None,
            enumeration: None,
            type_at: None,
            is_nullable: Some(true),
            has_default: false,
            is_primary_key: false,
            is_unique: false,
            is_indexed: false,
            foreign_keys: Vec::new(),
            is_certain: true,
        }
    }
}

/// The column that `name: annotation = value` in a class body declares.
pub(super) fn read(
    project: &Project,
    file: File<'_>,
    value: Option<ExprId>,
    annotation: Option<ExprId>,
) -> Option<Column> {
    let mapped = annotation.and_then(|annotation| mapped_type(file, annotation));
    let call = value.and_then(|value| Call::of(file.module(), value));
    let is_field = call.is_some_and(|call| is_call_of(call, &["Field"])) && annotation.is_some();
    let mut column = match (call, mapped) {
        (Some(call), _) if is_column(call) => declared(project, file, call),
        (Some(call), _) if is_call_of(call, &["column_property", "deferred"]) => inner_column(project, file, call)?,
        (Some(call), None) if is_field => field(project, file, call),
        (None, Some(_)) if value.is_none() => Column::new(),
        _ => made_elsewhere(project, file, value?)?,
    };
    let says_nullable = call.is_some_and(|call| call.keyword("nullable").is_some());
    if let Some(inner) = mapped.or(annotation.filter(|_| is_field)) {
        let declared = column.is_nullable.filter(|_| says_nullable);
        // SQLAlchemy gives a foreign key without a type that of its target, whatever the annotation says.
        let follows_target = mapped.is_some() && !column.foreign_keys.is_empty() && column.type_at.is_none();
        apply_annotation(project, file, inner, &mut column);
        column.is_nullable = declared.or(column.is_nullable);
        if follows_target && column.type_at.is_none() {
            column.family = TypeFamily::Unknown;
            column.is_certain = true;
        }
    }
    settle(&mut column);
    // `Mapped["Parent"]` without a value names a class, and a list of them: relationships.
    (value.is_some() || column.family != TypeFamily::Object).then_some(column)
}

fn is_column(call: Call<'_>) -> bool {
    is_call_of(call, &["Column", "mapped_column"])
}

fn inner_column(project: &Project, file: File<'_>, call: Call<'_>) -> Option<Column> {
    let inner = Call::of(file.module(), call.positional(0)?).filter(|inner| is_column(*inner))?;
    Some(declared(project, file, inner))
}

/// A column that a function of the project makes, or that stands in a variable.
fn made_elsewhere(project: &Project, file: File<'_>, value: ExprId) -> Option<Column> {
    let made = project.resolve(file.id(), value);
    let (Entity::Instance { of: Type::External(path), .. } | Entity::Result { of: path, .. }) = made else {
        return None;
    };
    let last = path.rsplit('.').next().unwrap_or_default();
    let is_column = matches!(last, "Column" | "mapped_column") && path.starts_with("sqlalchemy");
    is_column.then(|| Column { is_certain: false, is_nullable: None, ..Column::new() })
}

/// The column that a call of `Column` outside of a class declares.
pub(crate) fn declared_column(project: &Project, file: File<'_>, call: Call<'_>) -> Column {
    let mut column = declared(project, file, call);
    settle(&mut column);
    column
}

/// `Column(…)` and `mapped_column(…)`.
fn declared(project: &Project, file: File<'_>, call: Call<'_>) -> Column {
    let mut column = Column::new();
    let mut has_type = false;
    for argument in call.args {
        match argument.kind {
            ArgKind::Positional => positional(project, file, argument.value, &mut column, &mut has_type),
            ArgKind::Keyword(name) => keyword(project, file, file.module().text(name), argument.value, &mut column),
            ArgKind::Star | ArgKind::DoubleStar => column.is_certain = false,
        }
    }
    column
}

/// The name, the type, then constraints and generators in any order.
fn positional(project: &Project, file: File<'_>, value: ExprId, column: &mut Column, has_type: &mut bool) {
    let module = file.module();
    if let (Expr::Str(name), false) = (module.expr(value), *has_type) {
        column.name = Some(module.text(name).to_owned());
        return;
    }
    let call = Call::of(module, value);
    match call.and_then(|call| call.name()) {
        Some("ForeignKey") => foreign_key(project, file, call, column),
        Some("Identity" | "Sequence" | "Computed" | "FetchedValue") => column.has_default = true,
        Some("CheckConstraint") => {}
        _ if *has_type => column.is_certain = false,
        _ => {
            *has_type = true;
            set_type(project, file, value, column);
        }
    }
}

fn foreign_key(project: &Project, file: File<'_>, call: Option<Call<'_>>, column: &mut Column) {
    let Some(call) = call else { return };
    let Some(argument) = call.argument("column", 0) else { return };
    let target = project.string(file.id(), argument).or_else(|| attribute_target(project, file, argument));
    let at = ExprRef { file: file.id(), expr: call.expr };
    column.foreign_keys.extend(target.map(|target| ForeignKey { target, at }));
}

/// `ForeignKey(User.id)`: the table is known by its class.
fn attribute_target(project: &Project, file: File<'_>, argument: ExprId) -> Option<String> {
    let Expr::Attribute { value, name } = file.module().expr(argument) else { return None };
    let Entity::Class(class) = project.resolve(file.id(), value) else { return None };
    let table = project.class_attribute(class, "__tablename__")?;
    Some(format!("{}.{}", project.string(table.file, table.expr)?, file.module().text(name)))
}

fn set_type(project: &Project, file: File<'_>, value: ExprId, column: &mut Column) {
    let written = types::of_expression(project, file, value);
    column.family = written.family;
    column.length = written.length;
    column.has_default |= written.fills_itself;
    column.enumeration = types::enumeration(project, file, value).or(column.enumeration);
    column.type_at = Some(ExprRef { file: file.id(), expr: value });
}

fn keyword(project: &Project, file: File<'_>, name: &str, value: ExprId, column: &mut Column) {
    let truth = || match file.module().expr(value) {
        Expr::True => Some(true),
        Expr::False => Some(false),
        _ => None,
    };
    let is_none = file.module().expr(value) == Expr::None;
    match name {
        "name" => column.name = project.string(file.id(), value),
        "type_" | "sa_type" => set_type(project, file, value, column),
        "nullable" => column.is_nullable = truth(),
        "primary_key" => column.is_primary_key = truth().unwrap_or(true),
        "unique" => column.is_unique = truth().unwrap_or(true),
        "index" => column.is_indexed = truth().unwrap_or(true),
        "default" | "insert_default" | "server_default" | "default_factory" => column.has_default |= !is_none,
        "autoincrement" => column.has_default |= truth() == Some(true),
        "foreign_key" => {
            let at = ExprRef { file: file.id(), expr: value };
            let target = project.string(file.id(), value);
            column.foreign_keys.extend(target.map(|target| ForeignKey { target, at }));
        }
        "sa_column" | "sa_column_args" | "sa_column_kwargs" => column.is_certain = false,
        _ => {}
    }
}

/// SQLModel's `Field(…)`.
fn field(project: &Project, file: File<'_>, call: Call<'_>) -> Column {
    let mut column = Column::new();
    for argument in call.args {
        match argument.kind {
            ArgKind::Keyword(name) => keyword(project, file, file.module().text(name), argument.value, &mut column),
            ArgKind::Positional => column.has_default |= file.module().expr(argument.value) != Expr::Ellipsis,
            ArgKind::Star | ArgKind::DoubleStar => column.is_certain = false,
        }
    }
    column
}

/// SQLModel's `name: annotation = value` without `Field(…)`.
pub(super) fn plain_field(project: &Project, file: File<'_>, value: Option<ExprId>, annotation: ExprId) -> Column {
    let mut column = Column { has_default: value.is_some(), ..Column::new() };
    apply_annotation(project, file, annotation, &mut column);
    column
}

/// The type inside `Mapped[…]`.
fn mapped_type(file: File<'_>, annotation: ExprId) -> Option<ExprId> {
    let Expr::Subscript { value, index } = file.module().expr(annotation) else { return None };
    let name = file.text_of(value).rsplit('.').next().unwrap_or_default();
    (name == "Mapped").then_some(index)
}

/// What an annotation adds: whether NULL is allowed, the type, and what an alias of `Annotated` brings.
fn apply_annotation(project: &Project, file: File<'_>, annotation: ExprId, column: &mut Column) {
    let (inner, is_optional) = without_none(file, annotation);
    let quoted = types::quoted(file, inner);
    if column.is_nullable == Some(true) {
        column.is_nullable = Some(is_optional || quoted.is_some_and(|quoted| quoted.is_optional));
    }
    if let Some(quoted) = quoted.filter(|_| column.family == TypeFamily::Unknown) {
        column.family = quoted.family;
        return;
    }
    if let Some(at) = annotated_alias(project, file, inner) {
        apply_alias(project, at, column);
        return;
    }
    if column.family == TypeFamily::Unknown {
        column.family = types::of_annotation(project, file, inner);
    }
    column.enumeration = column.enumeration.or_else(|| types::enumeration(project, file, inner));
    column.is_certain &= column.family != TypeFamily::Unknown || column.type_at.is_some();
}

/// `Optional[X]`, `X | None`, `Union[X, None]`: the type, and whether there was a `None`.
fn without_none(file: File<'_>, annotation: ExprId) -> (ExprId, bool) {
    let module = file.module();
    match module.expr(annotation) {
        Expr::Binary { left, op: BinaryOp::BitOr, right } => match (module.expr(left), module.expr(right)) {
            (Expr::None, _) => (right, true),
            (_, Expr::None) => (left, true),
            _ => (annotation, false),
        },
        Expr::Subscript { value, index } => {
            let name = file.text_of(value).rsplit('.').next().unwrap_or_default();
            let has_none = descendants(module, index).into_iter().any(|part| module.expr(part) == Expr::None);
            match (name, module.expr(index)) {
                ("Optional", _) => (index, true),
                ("Union", Expr::Tuple(items)) if has_none => {
                    (module.list(items).first().copied().unwrap_or(index), true)
                }
                _ => (annotation, false),
            }
        }
        _ => (annotation, false),
    }
}

/// `Annotated[…]` itself, or the place where an alias of it stands.
fn annotated_alias(project: &Project, file: File<'_>, annotation: ExprId) -> Option<ExprRef> {
    let at = match file.module().expr(annotation) {
        Expr::Subscript { .. } => ExprRef { file: file.id(), expr: annotation },
        Expr::Name(_) | Expr::Attribute { .. } => match project.resolve(file.id(), annotation) {
            Entity::Literal(at) => at,
            _ => return None,
        },
        _ => return None,
    };
    let view = project.file(at.file)?;
    let Expr::Subscript { value, .. } = view.module().expr(at.expr) else { return None };
    view.text_of(value).ends_with("Annotated").then_some(at)
}

fn apply_alias(project: &Project, at: ExprRef, column: &mut Column) {
    let Some(file) = project.file(at.file) else { return };
    let module = file.module();
    let Expr::Subscript { index, .. } = module.expr(at.expr) else { return };
    let Expr::Tuple(parts) = module.expr(index) else { return };
    for &part in module.list(parts) {
        match Call::of(module, part).filter(|call| is_column(*call)) {
            Some(call) => {
                let alias = declared(project, file, call);
                column.has_default |= alias.has_default;
                column.is_primary_key |= alias.is_primary_key;
                column.is_unique |= alias.is_unique;
                column.is_indexed |= alias.is_indexed;
                column.is_certain &= alias.is_certain;
                column.foreign_keys.extend(alias.foreign_keys);
                if call.keyword("nullable").is_some() {
                    column.is_nullable = alias.is_nullable;
                }
                if column.type_at.is_none() && alias.type_at.is_some() {
                    (column.family, column.length, column.type_at) = (alias.family, alias.length, alias.type_at);
                }
            }
            None if column.family == TypeFamily::Unknown => column.family = types::of_annotation(project, file, part),
            None => {}
        }
    }
}

/// Primary keys take no NULL.
fn settle(column: &mut Column) {
    if column.is_primary_key {
        column.is_nullable = Some(false);
    }
}

/// What fills the primary key of a class: a lone key of whole numbers counts up by itself, unless it refers to another
/// table; the mapper copies the key of a parent's row.
pub(super) fn settle_keys(attributes: &mut [Attribute], has_mapped_parent: bool) {
    let is_key = |attribute: &&mut Attribute| matches!(&attribute.kind, AttributeKind::Column(c) if c.is_primary_key);
    let mut keys: Vec<&mut Attribute> = attributes.iter_mut().filter(is_key).collect();
    let is_alone = keys.len() == 1;
    for key in &mut keys {
        let AttributeKind::Column(column) = &mut key.kind else { continue };
        let is_number = matches!(column.family, TypeFamily::Integer | TypeFamily::Unknown);
        let counts = is_alone && is_number && column.foreign_keys.is_empty();
        column.has_default |= counts || has_mapped_parent && !column.foreign_keys.is_empty();
    }
}
