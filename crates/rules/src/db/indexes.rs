//! Which columns indexes begin with: of columns themselves, of tables, and of migrations.

use std::collections::BTreeSet;

use backlint_model::{Attribute, ClassRef, Column, Entity, File, Model, Project};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

/// The columns that indexes begin with.
pub(super) struct Indexes {
    /// Of `Index(…)` and constraints, in the body of a class or beside it.
    declared: BTreeSet<(ClassRef, String)>,
    /// Of migrations, by table.
    migrated: BTreeSet<(String, String)>,
    /// Whether the database makes an index for every foreign key.
    covers_foreign_keys: bool,
}

impl Indexes {
    pub(super) fn of(project: &Project) -> Self {
        let declared = project.app_files().flat_map(|file| declared(project, file)).collect();
        let tables = project.migration_chains().iter().flat_map(|chain| chain.schema().tables);
        let migrated = tables.flat_map(|(table, made)| {
            let first = made.primary_key.first().cloned();
            let indexes = made.indexes.into_iter().filter_map(|index| index.columns.into_iter().next());
            indexes.chain(first).map(move |column| (table.clone(), column)).collect::<Vec<_>>()
        });
        Self { declared, migrated: migrated.collect(), covers_foreign_keys: speaks_mysql(project) }
    }

    /// Whether an index begins with a column of a class.
    pub(super) fn begins_with(&self, model: &Model, attribute: &Attribute, column: &Column) -> bool {
        if column.is_primary_key || column.is_unique || column.is_indexed {
            return true;
        }
        if self.covers_foreign_keys && !column.foreign_keys.is_empty() {
            return true;
        }
        let name = column.name.as_deref().unwrap_or(&attribute.name);
        let classes = [model.class, attribute.class];
        let is_declared = [name, &attribute.name]
            .iter()
            .any(|name| classes.iter().any(|&class| self.declared.contains(&(class, (*name).to_owned()))));
        is_declared
            || model.table.as_ref().is_some_and(|table| self.migrated.contains(&(table.clone(), name.to_owned())))
    }
}

/// The first columns of the indexes and constraints that a file declares.
pub(super) fn declared(project: &Project, file: File<'_>) -> Vec<(ClassRef, String)> {
    let calls = file.calls_named(&["Index", "UniqueConstraint", "PrimaryKeyConstraint"]);
    calls
        .filter_map(|call| {
            let place = usize::from(call.name() == Some("Index"));
            let first = call.positional(place)?;
            match file.module().expr(first) {
                Expr::Str(text) => Some((class_around(file, call)?, file.module().text(text).to_owned())),
                Expr::Attribute { value, name } => {
                    let Entity::Class(class) = project.resolve(file.id(), value) else { return None };
                    Some((class, file.module().text(name).to_owned()))
                }
                Expr::Name(name) => Some((class_around(file, call)?, file.module().text(name).to_owned())),
                _ => None,
            }
        })
        .collect()
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
