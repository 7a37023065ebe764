//! Marks of deletion: columns by which rows are taken for gone although they are still there.

use super::{Attribute, Column, Model, TypeFamily};

/// Names of columns that mark rows as deleted.
const NAMES: &[&str] = &[
    "date_deleted",
    "del_flag",
    "deleted",
    "deleted_at",
    "deleted_date",
    "deleted_on",
    "deleted_time",
    "is_deleted",
    "is_removed",
    "removed_at",
    "soft_deleted",
    "soft_deleted_at",
];

impl Model {
    /// The columns that mark a row as deleted, sorted by name: `is_deleted`, `deleted_at`.
    pub fn deletion_marks(&self) -> impl Iterator<Item = &Attribute> {
        let marks = self.columns().filter(|(attribute, column)| is_mark(&attribute.name, column));
        marks.map(|(attribute, _)| attribute)
    }
}

/// A flag or a time; who deleted a row, and why, are no marks.
fn is_mark(name: &str, column: &Column) -> bool {
    NAMES.contains(&name) && !matches!(column.family, TypeFamily::Uuid | TypeFamily::Object | TypeFamily::Other)
}
