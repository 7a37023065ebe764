//! What functions write into columns with constraints: new rows, assignments, and loops over the fields of a schema.

use backlint_model::{
    Attribute, ClientForm, ClientValue, Column, DataSchema, Entity, File, FunctionRef, Model, Project, SchemaField,
    SessionAction, Type,
};
use backlint_semantic::{Block, Call, descendants, own_statements};
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt, StmtId};

use super::super::models::{constructed, made};

/// A constraint that a written value may break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Constraint {
    Unique,
    NotNull,
    ForeignKey,
}

/// A value of the client's that may break a constraint of the column it is written to.
pub(super) struct Violation<'p> {
    pub(super) model: &'p Model,
    pub(super) attribute: &'p Attribute,
    pub(super) constraint: Constraint,
    pub(super) value: ClientValue,
    /// The expression that is written, or the schema whose field it is.
    pub(super) written: ExprId,
    /// Where the write ends in the source.
    pub(super) end: u32,
}

/// How a row gets its values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Insert,
    Update,
}

/// A row that is written.
struct Row<'p> {
    model: &'p Model,
    way: Way,
    end: u32,
    /// Whether the function leaves out what is null.
    drops_null: bool,
}

/// The values of clients that a function writes into constrained columns, in source order.
pub(super) fn violations<'p>(project: &'p Project, file: File<'p>, function: FunctionRef) -> Vec<Violation<'p>> {
    let writer = Writer { project, file };
    let mut found = Vec::new();
    for event in project.session_events(function).iter().filter(|event| event.action == SessionAction::Write) {
        writer.new_row(event.expr, &mut found);
    }
    for stmt in own_statements(file.module(), file.module().body(function.id)) {
        match file.module().stmt(stmt) {
            Stmt::Assign { targets, value } => {
                for &target in file.module().list(targets) {
                    writer.assignment(stmt, target, value, &mut found);
                }
            }
            Stmt::For { target, iter, .. } => writer.field_loop(stmt, target, iter, &mut found),
            _ => {}
        }
    }
    found
}

struct Writer<'p> {
    project: &'p Project,
    file: File<'p>,
}

impl<'p> Writer<'p> {
    /// `session.add(Model(…))`.
    fn new_row(&self, add: ExprId, found: &mut Vec<Violation<'p>>) {
        let module = self.file.module();
        let Some(call) = Call::of(module, add).filter(|call| call.name() == Some("add")) else { return };
        let Some(row) = call.positional(0).and_then(|row| made(self.file, row)) else { return };
        let Some(model) = constructed(self.project, self.file, row) else { return };
        let row_of = Row { model, way: Way::Insert, end: row.span().end, drops_null: false };
        for arg in row.args {
            match arg.kind {
                ArgKind::Keyword(name) => self.value(&row_of, module.text(name), arg.value, found),
                ArgKind::DoubleStar => self.fields(&row_of, arg.value, found),
                _ => {}
            }
        }
    }

    /// `row.column = value`.
    fn assignment(&self, stmt: StmtId, target: ExprId, value: ExprId, found: &mut Vec<Violation<'p>>) {
        let module = self.file.module();
        let Expr::Attribute { value: owner, name } = module.expr(target) else { return };
        let Some(model) = self.project.row_model(self.file.id(), owner) else { return };
        // A new row that gets its values one by one is written like a row that exists.
        let row = Row { model, way: Way::Update, end: module.stmt_span(stmt).end, drops_null: false };
        if !self.is_conditional(stmt) {
            self.value(&row, module.text(name), value, found);
        }
    }

    /// Whether a statement runs under a test, which may be one of the value.
    fn is_conditional(&self, stmt: StmtId) -> bool {
        self.file.index().stmt_ancestors(stmt).any(|parent| matches!(parent.block, Block::Clause(_) | Block::Else))
    }

    /// `for key, value in payload.model_dump(exclude_unset=True).items(): setattr(row, key, value)`.
    fn field_loop(&self, stmt: StmtId, target: ExprId, iter: ExprId, found: &mut Vec<Violation<'p>>) {
        let module = self.file.module();
        let Expr::Tuple(names) = module.expr(target) else { return };
        let &[key, value] = module.list(names) else { return };
        let Stmt::For { body, .. } = module.stmt(stmt) else { return };
        let Some(items) = Call::of(module, iter).filter(|call| call.name() == Some("items")) else { return };
        for &inner in module.list(body) {
            let Stmt::Expr(expr) = module.stmt(inner) else { continue };
            let Some(set) = Call::of(module, expr).filter(|call| call.name() == Some("setattr")) else { continue };
            let is_of_loop = [(1, key), (2, value)].into_iter().all(|(place, name)| {
                set.positional(place).is_some_and(|given| module.expr(given) == module.expr(name))
            });
            let model = set.positional(0).and_then(|row| self.project.row_model(self.file.id(), row));
            if let (Some(model), Some(dumped), true) = (model, items.receiver(), is_of_loop) {
                let drops_null = module.list(body).iter().any(|&other| self.asks_for_null(other, value));
                let row = Row { model, way: Way::Update, end: module.stmt_span(stmt).end, drops_null };
                self.fields(&row, dumped, found);
            }
        }
    }

    /// Whether a statement asks whether the value of a loop is null: `if value is None: continue`.
    fn asks_for_null(&self, stmt: StmtId, value: ExprId) -> bool {
        let module = self.file.module();
        let Stmt::If { clauses, .. } = module.stmt(stmt) else { return false };
        let tests = module.list(clauses).iter().flat_map(|clause| descendants(module, clause.test));
        tests.into_iter().any(|part| match module.expr(part) {
            Expr::Compare { left, rest } => {
                let has_none = module.list(rest).iter().any(|other| module.expr(other.right) == Expr::None);
                has_none && module.expr(left) == module.expr(value)
            }
            _ => false,
        })
    }

    /// One value for one column.
    fn value(&self, row: &Row<'p>, column: &str, value: ExprId, found: &mut Vec<Violation<'p>>) {
        let Some((attribute, column)) = column_of(row.model, column) else { return };
        let constraint = if column.is_unique {
            Constraint::Unique
        } else if !column.foreign_keys.is_empty() {
            Constraint::ForeignKey
        } else if row.way == Way::Insert && column.is_required() {
            Constraint::NotNull
        } else {
            return;
        };
        let sent = if constraint == Constraint::NotNull { self.optional_field(value) } else { self.sent(value) };
        let Some(sent) = sent else { return };
        found.push(Violation { model: row.model, attribute, constraint, value: sent, written: value, end: row.end });
    }

    /// The value of the client's that an expression is.
    fn sent(&self, value: ExprId) -> Option<ClientValue> {
        let value = behind_cleaning(self.file, value);
        let values = self.project.client_values(self.file.id(), value);
        let found = values.into_iter().find(|value| value.form != ClientForm::Object);
        found.or_else(|| self.upload_name(value))
    }

    /// `file.filename` of an upload.
    fn upload_name(&self, value: ExprId) -> Option<ClientValue> {
        let module = self.file.module();
        let Expr::Attribute { value: owner, name } = module.expr(value) else { return None };
        let is_upload = module.text(name) == "filename" && self.project.is_upload(self.file, owner);
        is_upload.then(|| ClientValue {
            name: "filename".to_owned(),
            at: self.file.at_expr(value),
            form: ClientForm::Text,
        })
    }

    /// The field of a schema that an expression reads, if it may be `None`.
    fn optional_field(&self, value: ExprId) -> Option<ClientValue> {
        let Expr::Attribute { value: owner, name } = self.file.module().expr(value) else { return None };
        let schema = self.schema(owner)?;
        let field = schema.field(self.file.module().text(name))?;
        (may_be_none(&schema, field) && !self.is_tested(value)).then(|| self.field_value(owner, field)).flatten()
    }

    /// Whether the function tests the same expression anywhere, or runs the write under a test.
    fn is_tested(&self, value: ExprId) -> bool {
        let Some(stmt) = self.file.index().stmt_of(value) else { return true };
        let Some(function) = self.file.index().function_of(value) else { return true };
        let (module, text) = (self.file.module(), self.file.text_of(value));
        self.is_conditional(stmt)
            || own_statements(module, module.body(function)).into_iter().any(|stmt| match module.stmt(stmt) {
                Stmt::If { clauses, .. } => {
                    module.list(clauses).iter().any(|clause| self.file.text_of(clause.test).contains(text))
                }
                _ => false,
            })
    }

    /// All fields of a schema that is dumped.
    fn fields(&self, row: &Row<'p>, dumped: ExprId, found: &mut Vec<Violation<'p>>) {
        let Some(dump) = self.dump(dumped) else { return };
        let Some(schema) = self.schema(dump.schema) else { return };
        for field in &schema.fields {
            let is_left_out = dump.is_partial() || self.is_named_apart(dumped, &field.name);
            let Some((attribute, column)) = column_of(row.model, &field.name).filter(|_| !is_left_out) else {
                continue;
            };
            let none_reaches =
                may_be_none(&schema, field) && !row.drops_null && dump.call.keyword("exclude_none").is_none();
            let takes_no_null = match row.way {
                Way::Insert => column.is_required(),
                Way::Update => column.is_certain && column.is_nullable == Some(false),
            };
            let constraint = if column.is_unique {
                Constraint::Unique
            } else if takes_no_null && none_reaches {
                Constraint::NotNull
            } else if column.foreign_keys.is_empty() {
                continue;
            } else {
                Constraint::ForeignKey
            };
            if let Some(value) = self.field_value(dump.schema, field) {
                let written = dump.schema;
                found.push(Violation { model: row.model, attribute, constraint, value, written, end: row.end });
            }
        }
    }

    /// Whether the function does something of its own with one key of a dumped dict: tests, takes out or replaces it.
    fn is_named_apart(&self, dumped: ExprId, field: &str) -> bool {
        if !matches!(self.file.module().expr(dumped), Expr::Name(_)) {
            return false;
        }
        let function = self.file.index().function_of(dumped);
        let text = function.map(|id| self.file.slice(self.file.module().stmt_span(self.file.function(id).stmt)));
        text.is_some_and(|text| [format!("\"{field}\""), format!("'{field}'")].iter().any(|key| text.contains(key)))
    }

    /// What a client sends as a field of a schema, if the schema comes from a request.
    fn field_value(&self, schema: ExprId, field: &SchemaField) -> Option<ClientValue> {
        let values = self.project.client_values(self.file.id(), schema);
        let object = values.into_iter().find(|value| value.form == ClientForm::Object)?;
        Some(ClientValue { name: field.input_name().to_owned(), at: field.at, form: object.form })
    }

    fn schema(&self, expr: ExprId) -> Option<DataSchema> {
        match self.project.resolve(self.file.id(), expr) {
            Entity::Instance { of: Type::Project(class), .. } => self.project.schema(class),
            _ => None,
        }
    }

    /// `payload.model_dump(…)`, also through a variable.
    fn dump(&self, expr: ExprId) -> Option<Dump<'p>> {
        let module = self.file.module();
        let value = crate::expressions::assigned_value(self.file, expr).unwrap_or(expr);
        let call = Call::of(module, value).filter(|call| matches!(call.name(), Some("dict" | "model_dump")))?;
        Some(Dump { schema: call.receiver()?, call })
    }
}

/// A schema that is turned into a dict.
struct Dump<'p> {
    schema: ExprId,
    call: Call<'p>,
}

impl Dump<'_> {
    fn is_partial(&self) -> bool {
        ["exclude", "include"].iter().any(|name| self.call.keyword(name).is_some())
    }
}

/// The column that a keyword or attribute is, primary keys left out: who sends those is asked elsewhere.
fn column_of<'p>(model: &'p Model, name: &str) -> Option<(&'p Attribute, &'p Column)> {
    model.columns().find(|(attribute, _)| attribute.name == name).filter(|(_, column)| !column.is_primary_key)
}

fn may_be_none(schema: &DataSchema, field: &SchemaField) -> bool {
    field.is_optional && !field.is_validated && !schema.is_validated
}

/// The value below a function that only makes a text safe or short.
fn behind_cleaning(file: File<'_>, value: ExprId) -> ExprId {
    const CLEANING: &[&str] = &["basename", "clean", "escape", "secure_filename"];
    let assigned = crate::expressions::assigned_value(file, value).unwrap_or(value);
    let call = Call::of(file.module(), assigned).filter(|call| call.name().is_some_and(|n| CLEANING.contains(&n)));
    call.and_then(|call| call.positional(0)).unwrap_or(value)
}
