//! What upgrading to a revision does: calls of `op`, of its batches, and SQL by text.

use backlint_semantic::{BindingKind, Call, Constant, fold};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use super::{MigratedColumn, MigratedIndex, Operation, OperationKind, ddl};
use crate::orm::declared_column;
use crate::{File, Project};

/// What a revision does.
pub(super) struct Steps {
    pub(super) operations: Vec<Operation>,
    pub(super) is_opaque: bool,
}

/// What upgrading runs: the file but its way back.
pub(super) fn of(project: &Project, file: File<'_>) -> Steps {
    let mut steps = Steps { operations: Vec::new(), is_opaque: false };
    let mut calls: Vec<Call<'_>> = file.calls().filter(|call| !is_way_back(file, call.expr)).collect();
    calls.sort_by_key(|call| (call.span().start, call.span().end));
    for call in calls {
        let reader = Reader { project, file, call };
        match reader.read() {
            Read::Steps(kinds) => {
                let (at, is_conditional) = (reader.at(), is_conditional(file, call.expr));
                let found = kinds.into_iter().map(|kind| Operation { at, is_conditional, kind });
                steps.operations.extend(found);
            }
            Read::Opaque => steps.is_opaque = true,
            Read::Other => {}
        }
    }
    steps
}

/// Whether an expression stands in `downgrade` or in a helper of it.
fn is_way_back(file: File<'_>, expr: ExprId) -> bool {
    let mut function = file.index().function_of(expr);
    while let Some(id) = function {
        let name = file.function_name(id);
        if name.contains("downgrade") || name.starts_with("drop_") || name.starts_with("_drop_") {
            return true;
        }
        function = file.index().outer_function(file.module(), id);
    }
    false
}

fn is_conditional(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let stmt = file.index().stmt_of(expr);
    let mut around = stmt.into_iter().flat_map(|stmt| file.index().stmt_ancestors(stmt));
    around.any(|parent| matches!(module.stmt(parent.stmt), Stmt::If { .. } | Stmt::Try { .. }))
}

/// What a call means to the schema.
enum Read {
    /// These steps.
    Steps(Vec<OperationKind>),
    /// Something, but it is not in sight what.
    Opaque,
    /// Nothing.
    Other,
}

struct Reader<'p> {
    project: &'p Project,
    file: File<'p>,
    call: Call<'p>,
}

impl Reader<'_> {
    fn at(&self) -> Location {
        self.file.at(self.file.first_line(self.call.span()))
    }

    fn read(&self) -> Read {
        let Some(name) = self.call.name() else { return Read::Other };
        match name {
            "create_all" | "run_sql_file" | "exec_driver_sql" | "executescript" => return Read::Opaque,
            "execute" | "text" => return self.sql(name),
            "create" | "replace"
                if self.call.receiver().is_some_and(|r| self.file.text_of(r).contains("__table__")) =>
            {
                return Read::Opaque;
            }
            _ => {}
        }
        let Some(receiver) = self.call.receiver() else { return Read::Other };
        let batch = self.batch_table(receiver);
        let is_op = matches!(self.file.text_of(receiver), "op" | "alembic.op" | "operations");
        if !is_op && batch.is_none() {
            return Read::Other;
        }
        self.operation(name, batch)
    }

    fn operation(&self, name: &str, batch: Option<Vec<String>>) -> Read {
        // Methods of a batch leave the table out.
        let shift = usize::from(batch.is_some());
        let place = |place: usize| place - shift.min(place);
        let table_keyword = if name == "create_table" { "name" } else { "table_name" };
        let table_place = match name {
            "create_index"
            | "create_unique_constraint"
            | "create_primary_key"
            | "create_foreign_key"
            | "drop_index"
            | "drop_constraint" => 1,
            _ => 0,
        };
        let tables = match batch {
            Some(tables) => tables,
            None => self.strings(self.call.argument(table_keyword, table_place).or_else(|| self.named_source())),
        };
        let each = |make: &dyn Fn(&str) -> Option<OperationKind>| {
            let found: Vec<OperationKind> = tables.iter().filter_map(|table| make(table)).collect();
            if found.is_empty() { Read::Opaque } else { Read::Steps(found) }
        };
        match name {
            "create_table" => each(&|table| Some(self.created_table(table))),
            "drop_table" => each(&|table| Some(OperationKind::DropTable(table.to_owned()))),
            "rename_table" => each(&|from| {
                let to = self.string(self.call.argument("new_table_name", 1))?;
                Some(OperationKind::RenameTable { from: from.to_owned(), to })
            }),
            "add_column" => each(&|table| {
                let column = self.column(self.call.argument("column", place(1))?)?;
                Some(OperationKind::AddColumn { table: table.to_owned(), column })
            }),
            "alter_column" => each(&|table| self.altered_column(table, place(1))),
            "drop_column" => each(&|table| {
                let column = self.string(self.call.argument("column_name", place(1)))?;
                Some(OperationKind::DropColumn { table: table.to_owned(), column })
            }),
            "create_index" => each(&|table| self.index(table, place(2), self.is_true("unique"))),
            "create_unique_constraint" => each(&|table| self.index(table, place(2), true)),
            "drop_index" | "drop_constraint" => match self.string(self.call.positional(0)) {
                Some(name) => Read::Steps(vec![OperationKind::DropIndex { table: tables.into_iter().next(), name }]),
                None => Read::Opaque,
            },
            "create_foreign_key" => each(&|table| {
                let target = self.string(self.call.argument("referent_table", place(2)))?;
                Some(OperationKind::Reference { table: table.to_owned(), target })
            }),
            _ => Read::Other,
        }
    }

    fn named_source(&self) -> Option<ExprId> {
        self.call.keyword("source_table").or_else(|| self.call.keyword("old_table_name")).map(|arg| arg.value)
    }

    /// `with op.batch_alter_table("orders") as batch_op`: the table behind a name.
    fn batch_table(&self, receiver: ExprId) -> Option<Vec<String>> {
        let (module, index) = (self.file.module(), self.file.index());
        let Expr::Name(name) = module.expr(receiver) else { return None };
        let span = self.call.span();
        let bindings = index.lookup(index.scope_of_name(receiver), name).iter().rev();
        let mut contexts = bindings.filter_map(|binding| match binding.kind {
            BindingKind::With { context } => {
                binding.stmt.filter(|&stmt| module.stmt_span(stmt).contains(span)).map(|_| context)
            }
            _ => None,
        });
        let batch = Call::of(module, contexts.next()?).filter(|call| call.name() == Some("batch_alter_table"))?;
        Some(self.strings(batch.argument("table_name", 0)))
    }

    fn sql(&self, name: &str) -> Read {
        let Some(argument) = self.call.positional(0) else { return Read::Other };
        let inner = Call::of(self.file.module(), argument);
        if inner.is_some_and(|inner| inner.name() == Some("text")) {
            // The text is read where it stands.
            return Read::Other;
        }
        let text = match fold(self.file.module(), self.file.index(), argument) {
            Constant::Unknown => self.string(Some(argument)),
            known => known.pattern(),
        };
        match text {
            Some(text) => {
                let found = ddl(&text);
                let is_plain = found.is_empty();
                if is_plain { Read::Other } else { Read::Steps(vec![OperationKind::Sql(found)]) }
            }
            None if name == "execute" && inner.is_none() => Read::Opaque,
            None => Read::Other,
        }
    }

    fn created_table(&self, table: &str) -> OperationKind {
        let (mut columns, mut references, mut unique, mut primary_key) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let parts = self.call.args.iter().filter_map(|arg| Call::of(self.file.module(), arg.value));
        for part in parts {
            match part.name() {
                Some("ForeignKeyConstraint") => {
                    let targets = part.argument("refcolumns", 1).map(|list| self.list(list)).unwrap_or_default();
                    references.extend(targets.iter().filter_map(|target| table_of(target)));
                }
                Some("UniqueConstraint") => unique.push(self.positional_strings(part)),
                Some("PrimaryKeyConstraint") => primary_key = self.positional_strings(part),
                _ => columns.extend(self.column(part.expr)),
            }
        }
        let of_columns = columns.iter().flat_map(|column: &MigratedColumn| &column.column.foreign_keys);
        references.extend(of_columns.filter_map(|key| table_of(&key.target)));
        OperationKind::CreateTable { table: table.to_owned(), columns, references, unique, primary_key }
    }

    fn altered_column(&self, table: &str, place: usize) -> Option<OperationKind> {
        let column = self.string(self.call.argument("column_name", place))?;
        let nullable = self.call.keyword("nullable").and_then(|arg| match self.file.module().expr(arg.value) {
            Expr::True => Some(true),
            Expr::False => Some(false),
            _ => None,
        });
        Some(OperationKind::AlterColumn {
            table: table.to_owned(),
            column,
            new_name: self.string(self.call.keyword("new_column_name").map(|arg| arg.value)),
            nullable,
            changes_type: self.call.keyword("type_").is_some(),
        })
    }

    fn index(&self, table: &str, place: usize, is_unique: bool) -> Option<OperationKind> {
        let columns = self.call.argument("columns", place)?;
        let index = MigratedIndex {
            name: self.string(self.call.positional(0)),
            columns: self.list(columns),
            is_unique,
            at: self.at(),
        };
        Some(OperationKind::CreateIndex(table.to_owned(), index))
    }

    fn column(&self, expr: ExprId) -> Option<MigratedColumn> {
        let call = Call::of(self.file.module(), expr).filter(|call| call.name() == Some("Column"))?;
        let name = self.string(call.argument("name", 0))?;
        let column = declared_column(self.project, self.file, call);
        Some(MigratedColumn { name, at: self.file.at(self.file.first_line(call.span())), column })
    }

    fn is_true(&self, keyword: &str) -> bool {
        self.call.keyword(keyword).is_some_and(|arg| self.file.module().expr(arg.value) == Expr::True)
    }

    fn string(&self, expr: Option<ExprId>) -> Option<String> {
        let expr = expr?;
        // `op.f("ix_orders_id")` marks a name that is final.
        let wrapped = Call::of(self.file.module(), expr).filter(|call| call.name() == Some("f"));
        let expr = wrapped.and_then(|call| call.positional(0)).unwrap_or(expr);
        self.project.string(self.file.id(), expr)
    }

    /// The string, or all of them for the variable of a loop over a literal list.
    fn strings(&self, expr: Option<ExprId>) -> Vec<String> {
        match (self.string(expr), expr) {
            (Some(text), _) => vec![text],
            (None, Some(expr)) => self.project.looped_strings(self.file.id(), expr),
            (None, None) => Vec::new(),
        }
    }

    /// The strings of a list. What is no string, such as an expression of an index, becomes an empty one.
    fn list(&self, expr: ExprId) -> Vec<String> {
        match self.file.module().expr(expr) {
            Expr::List(items) | Expr::Tuple(items) => {
                let items = self.file.module().list(items).iter();
                items.map(|&item| self.string(Some(item)).unwrap_or_default()).collect()
            }
            _ => self.string(Some(expr)).into_iter().collect(),
        }
    }

    fn positional_strings(&self, call: Call<'_>) -> Vec<String> {
        (0..call.args.len())
            .map_while(|place| call.positional(place))
            .filter_map(|arg| self.string(Some(arg)))
            .collect()
    }
}

/// `users` of `users.id` and `public.users.id`.
fn table_of(target: &str) -> Option<String> {
    target.rsplit('.').nth(1).map(str::to_owned)
}
