//! The Pydantic models of the project: their fields, what bounds them, and what they take besides a value.
//!
//! Reads Pydantic 1 and 2 alike: `Field(…)`, `constr(…)`, `Annotated[…]`, validators of both, `Config` classes and
//! `model_config`. Generic models and models made at run time are not read.

mod bounds;
mod kinds;
mod usage;

use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt, StmtId};

use crate::resolve::{ClassRef, ExprRef, Type};
use crate::{File, Project};

pub use bounds::Bounds;
pub use kinds::FieldKind;
pub use usage::Body;

/// A Pydantic model.
#[derive(Clone, Debug)]
pub struct DataSchema {
    /// The class.
    pub class: ClassRef,
    /// Its name in the source.
    pub name: String,
    /// Its fields with those of the classes above it, in the order of their definition; a redefined field once.
    pub fields: Vec<SchemaField>,
    /// Whether a validator looks at the whole object.
    pub is_validated: bool,
    /// Whether fields with an alias can be given by their own name too.
    pub takes_names: bool,
    /// Whether it keeps what it is given besides its fields.
    pub keeps_others: bool,
}

/// A field of a Pydantic model.
#[derive(Clone, Debug)]
pub struct SchemaField {
    /// Its name in Python.
    pub name: String,
    /// Its definition, on its first line.
    pub at: Location,
    /// What it holds, `None` aside.
    pub kind: FieldKind,
    /// Whether it takes `None`.
    pub is_optional: bool,
    /// What it is when it is not given.
    pub default: Absent,
    /// The name under which input gives it, if that is another one.
    pub alias: Option<String>,
    /// What limits its values.
    pub bounds: Bounds,
    /// Whether a validator looks at it.
    pub is_validated: bool,
}

/// What a field is when it is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// It has to be given.
    Refused,
    /// `None`.
    None,
    /// This value.
    Value(ExprRef),
    /// What a factory makes.
    Made,
}

const BASES: &[&str] = &[
    "pydantic.BaseModel",
    "pydantic.main.BaseModel",
    "pydantic.v1.BaseModel",
    "sqlmodel.SQLModel",
    "sqlmodel.main.SQLModel",
];

impl DataSchema {
    /// The field with this name.
    pub fn field(&self, name: &str) -> Option<&SchemaField> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Its name without what says what the model is for: `Order` of `OrderCreate`, `OrderUpdateRequest`.
    pub fn subject(&self) -> &str {
        const PURPOSES: &[&str] = &[
            "Base", "Body", "Create", "Data", "In", "Input", "Model", "Out", "Patch", "Payload", "Public", "Read",
            "Request", "Response", "Schema", "Update",
        ];
        let mut name = self.name.as_str();
        while let Some(rest) = PURPOSES.iter().find_map(|purpose| name.strip_suffix(purpose)).filter(|r| !r.is_empty())
        {
            name = rest;
        }
        name
    }
}

impl DataSchema {
    /// What `extra="allow"` of a configuration says; that of the class itself is read last and decides.
    fn read_extra(&mut self, text: &str) {
        let said =
            text.find("extra").map(|at| text[at + "extra".len()..].trim_start_matches(['"', '\'', ' ', '=', ':']));
        if let Some(said) = said {
            let value = said.strip_prefix("Extra.").unwrap_or(said);
            self.keeps_others = value.starts_with("allow");
        }
    }
}

impl SchemaField {
    /// The name under which input gives it.
    pub fn input_name(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

impl Project {
    /// The Pydantic model that a class is. Reads the class anew: rules that ask often keep the answer.
    pub fn schema(&self, class: ClassRef) -> Option<DataSchema> {
        if !self.is_schema(class) {
            return None;
        }
        let name = self.file(class.file)?.class_name(class.id).to_owned();
        let mut schema = DataSchema {
            class,
            name,
            fields: Vec::new(),
            is_validated: false,
            takes_names: false,
            keeps_others: false,
        };
        let above: Vec<ClassRef> = self
            .lineage_of(class)
            .iter()
            .filter_map(|t| match t {
                Type::Project(class) => Some(*class),
                Type::External(_) => None,
            })
            .collect();
        for &class in above.iter().rev() {
            self.read_class(class, &mut schema);
        }
        for &class in &above {
            self.read_validators(class, &mut schema);
        }
        Some(schema)
    }

    /// Whether a class is a Pydantic model; tables of `SQLModel` are none.
    pub fn is_schema(&self, class: ClassRef) -> bool {
        self.derives_from(&Type::Project(class), BASES) && self.model(class).is_none()
    }

    fn read_class(&self, class: ClassRef, schema: &mut DataSchema) {
        let Some(file) = self.file(class.file) else { return };
        let module = file.module();
        for &stmt in module.list(file.class(class.id).body) {
            match module.stmt(stmt) {
                Stmt::AnnAssign { target, annotation, value } => {
                    let Some(field) = self.read_field(file, stmt, target, annotation, value) else { continue };
                    match schema.fields.iter_mut().find(|known| known.name == field.name) {
                        Some(known) => *known = field,
                        None => schema.fields.push(field),
                    }
                }
                Stmt::Assign { value, .. } => {
                    schema.takes_names |= allows_names(file, value);
                    schema.read_extra(file.text_of(value));
                }
                Stmt::Class(inner) if file.class_name(inner) == "Config" => {
                    let text = file.slice(module.stmt_span(stmt));
                    schema.takes_names |=
                        says_true(text, "populate_by_name") || says_true(text, "allow_population_by_field_name");
                    schema.read_extra(text);
                }
                _ => {}
            }
        }
    }

    fn read_field(
        &self,
        file: File<'_>,
        stmt: StmtId,
        target: ExprId,
        annotation: ExprId,
        value: Option<ExprId>,
    ) -> Option<SchemaField> {
        let module = file.module();
        let Expr::Name(name) = module.expr(target) else { return None };
        let name = module.text(name);
        if name.starts_with('_') || name == "model_config" || file.text_of(annotation).contains("ClassVar") {
            return None;
        }
        let read = kinds::read(self, file.id(), annotation);
        let mut bounds = read.bounds;
        let call = value.and_then(|value| Call::of(module, value));
        let field = call.filter(|call| call.name() == Some("Field"));
        if let Some(field) = field {
            bounds.add(module, field);
        }
        let default = match (field, value) {
            (Some(field), _) => field_default(file, field),
            (None, Some(value)) => absent(file, value),
            (None, None) if read.default_in_annotation => Absent::Made,
            (None, None) => Absent::Refused,
        };
        let alias = field.and_then(|field| {
            let given = field.keyword("validation_alias").or_else(|| field.keyword("alias"))?;
            self.string(file.id(), given.value)
        });
        Some(SchemaField {
            name: name.to_owned(),
            at: file.at_stmt(stmt),
            kind: read.kind,
            is_optional: read.is_optional,
            default,
            alias: alias.or(read.alias),
            bounds,
            is_validated: read.is_validated,
        })
    }

    /// `@validator("a", "b")`, `@field_validator("a")`, `@root_validator`, `@model_validator(…)`.
    fn read_validators(&self, class: ClassRef, schema: &mut DataSchema) {
        let Some(file) = self.file(class.file) else { return };
        for id in self.methods(class) {
            for decorator in file.module().list(file.function(id).decorators) {
                read_validator(file, decorator.expr, schema);
            }
        }
    }
}

fn read_validator(file: File<'_>, decorator: ExprId, schema: &mut DataSchema) {
    let module = file.module();
    let call = Call::of(module, decorator);
    let callee = call.map_or(decorator, |call| call.function);
    let (Expr::Name(name) | Expr::Attribute { name, .. }) = module.expr(callee) else { return };
    match module.text(name) {
        "root_validator" | "model_validator" => schema.is_validated = true,
        "validator" | "field_validator" => {
            let args = call.map_or(&[][..], |call| call.args);
            for arg in args.iter().filter(|arg| arg.kind == ArgKind::Positional) {
                let Expr::Str(text) = module.expr(arg.value) else { continue };
                let wanted = module.text(text);
                let fields = schema.fields.iter_mut().filter(|field| wanted == "*" || field.name == wanted);
                fields.for_each(|field| field.is_validated = true);
            }
        }
        _ => {}
    }
}

/// `model_config = ConfigDict(populate_by_name=True)`, also as a dict.
fn allows_names(file: File<'_>, value: ExprId) -> bool {
    let text = file.text_of(value);
    ["populate_by_name", "validate_by_name", "allow_population_by_field_name"].iter().any(|key| says_true(text, key))
}

/// Whether `key=True`, `key = True` or `"key": True` stands in a text.
fn says_true(text: &str, key: &str) -> bool {
    text.match_indices(key).any(|(at, _)| {
        let rest = text[at + key.len()..].trim_start_matches(['"', '\'', ' ', '=', ':']);
        rest.starts_with("True")
    })
}

fn field_default(file: File<'_>, field: Call<'_>) -> Absent {
    if field.keyword("default_factory").is_some() {
        return Absent::Made;
    }
    field.argument("default", 0).map_or(Absent::Refused, |value| absent(file, value))
}

fn absent(file: File<'_>, value: ExprId) -> Absent {
    match file.module().expr(value) {
        Expr::Ellipsis => Absent::Refused,
        Expr::None => Absent::None,
        _ => Absent::Value(ExprRef { file: file.id(), expr: value }),
    }
}
