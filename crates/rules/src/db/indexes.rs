//! The columns of indexes: of columns themselves, of tables, and of migrations.

use std::collections::BTreeMap;

use backlint_model::{Attribute, ClassRef, Column, Entity, File, Model, Project};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

/// The columns of indexes, in their order.
pub(super) struct Indexes {
    /// Of `Index(…)` and constraints, in the body of a class or beside it.
    declared: BTreeMap<ClassRef, Vec<Vec<String>>>,
    /// Of migrations, by table.
    migrated: BTreeMap<String, Vec<Vec<String>>>,
    /// Whether the database makes an index for every foreign key.
    covers_foreign_keys: bool,
}

impl Indexes {
    pub(super) fn of(project: &Project) -> Self {
        let mut found =
            Self { declared: BTreeMap::new(), migrated: BTreeMap::new(), covers_foreign_keys: speaks_mysql(project) };
        for (class, columns) in project.app_files().flat_map(|file| declared(project, file)) {
            found.declared.entry(class).or_default().push(columns);
        }
        for (table, made) in project.migration_chains().iter().flat_map(|chain| chain.schema().tables) {
            let indexes = made.indexes.into_iter().map(|index| index.columns);
            found.migrated.entry(table).or_default().extend(indexes.chain([made.primary_key]));
        }
        found
    }

    /// Whether an index begins with a column of a class.
    pub(super) fn begins_with(&self, model: &Model, attribute: &Attribute, column: &Column) -> bool {
        if column.is_primary_key || column.is_unique || column.is_indexed {
            return true;
        }
        if self.covers_foreign_keys && !column.foreign_keys.is_empty() {
            return true;
        }
        self.of_table(model, attribute).any(|columns| columns.first().is_some_and(|first| is(first, attribute, column)))
    }

    /// Whether an index begins with a column and goes on with another.
    pub(super) fn goes_on_with(
        &self,
        model: &Model,
        first: (&Attribute, &Column),
        then: (&Attribute, &Column),
    ) -> bool {
        self.of_table(model, first.0).any(|columns| match columns.as_slice() {
            [a, b, ..] => is(a, first.0, first.1) && is(b, then.0, then.1),
            _ => false,
        })
    }

    /// The indexes of the table of a class, those that a class above declares for its column included.
    fn of_table(&self, model: &Model, attribute: &Attribute) -> impl Iterator<Item = &Vec<String>> {
        let above = Some(attribute.class).filter(|&class| class != model.class);
        let declared = std::iter::once(model.class).chain(above).filter_map(|class| self.declared.get(&class));
        let migrated = model.table.as_ref().and_then(|table| self.migrated.get(table));
        declared.chain(migrated).flatten()
    }
}

/// Whether a name in an index means a column, by its attribute or its name in the table.
fn is(name: &str, attribute: &Attribute, column: &Column) -> bool {
    name == attribute.name || column.name.as_deref() == Some(name)
}

/// The columns of the indexes and constraints that a file declares.
pub(super) fn declared(project: &Project, file: File<'_>) -> Vec<(ClassRef, Vec<String>)> {
    file.calls_named(DECLARING).filter_map(|call| columns_of(project, file, call)).collect()
}

/// The columns of the indexes and constraints of a file of which no two rows have the same values.
pub(super) fn declared_unique(project: &Project, file: File<'_>) -> Vec<(ClassRef, Vec<String>)> {
    let is_unique = |call: &Call<'_>| {
        let says_so = call.keyword("unique").is_some_and(|unique| file.module().expr(unique.value) == Expr::True);
        call.name() != Some("Index") || says_so
    };
    file.calls_named(DECLARING).filter(is_unique).filter_map(|call| columns_of(project, file, call)).collect()
}

/// The columns of the unique indexes and constraints of migrations, by table.
pub(super) fn migrated_unique(project: &Project) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut found: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for (table, made) in project.migration_chains().iter().flat_map(|chain| chain.schema().tables) {
        let unique = made.indexes.into_iter().filter(|index| index.is_unique).map(|index| index.columns);
        found.entry(table).or_default().extend(unique);
    }
    found
}

const DECLARING: &[&str] = &["Index", "UniqueConstraint", "PrimaryKeyConstraint"];

/// The class that an index or constraint belongs to, and its columns.
fn columns_of(project: &Project, file: File<'_>, call: Call<'_>) -> Option<(ClassRef, Vec<String>)> {
    let place = usize::from(call.name() == Some("Index"));
    let columns = (place..).map_while(|place| call.positional(place));
    let columns: Vec<String> = columns.map(|column| column_name(file, column)).collect();
    Some((class_of(project, file, call, call.positional(place)?)?, columns))
}

/// The column that an index names; an expression is an empty string.
fn column_name(file: File<'_>, expr: ExprId) -> String {
    match file.module().expr(expr) {
        Expr::Str(name) | Expr::Name(name) | Expr::Attribute { name, .. } => file.module().text(name).to_owned(),
        _ => String::new(),
    }
}

/// The class that an index belongs to.
fn class_of(project: &Project, file: File<'_>, call: Call<'_>, first: ExprId) -> Option<ClassRef> {
    let Expr::Attribute { value, .. } = file.module().expr(first) else { return class_around(file, call) };
    match project.resolve(file.id(), value) {
        Entity::Class(class) => Some(class),
        _ => None,
    }
}

/// The class in whose body a call stands.
fn class_around(file: File<'_>, call: Call<'_>) -> Option<ClassRef> {
    let mut classes = file.module().class_ids();
    let span = call.span();
    let around = classes.rfind(|&id| file.module().stmt_span(file.class(id).stmt).contains(span))?;
    Some(ClassRef { file: file.id(), id: around })
}

/// Whether some address of a database is one of `MySQL` or `MariaDB`.
fn speaks_mysql(project: &Project) -> bool {
    project.reported_files().any(|file| {
        let module = file.module();
        let is_address = |expr: ExprId| match module.expr(expr) {
            Expr::Str(text) => {
                let text = module.text(text);
                text.starts_with("mysql") || text.starts_with("mariadb")
            }
            Expr::FString(_) => {
                let text = file.text_of(expr).trim_start_matches(['f', 'F', '"', '\'']);
                text.starts_with("mysql") || text.starts_with("mariadb")
            }
            _ => false,
        };
        (file.source().text().contains("mysql") || file.source().text().contains("mariadb"))
            && module.expr_ids().any(is_address)
    })
}
