//! Marks of visibility: columns that say whether a row is meant for everybody.

use super::{Attribute, Column, Model, TypeFamily};

/// What columns that say it are called, apart from `is_` before it.
const NAMES: &[&str] =
    &["draft", "private", "privacy", "public", "publicly_visible", "published", "unpublished", "visibility", "visible"];

impl Model {
    /// The columns that say whether a row is meant for everybody, sorted by name: `is_public`, `published`.
    pub fn visibility_marks(&self) -> impl Iterator<Item = &Attribute> {
        let marks = self.columns().filter(|(attribute, column)| is_mark(&attribute.name, column));
        marks.map(|(attribute, _)| attribute)
    }
}

/// A flag or one of some words.
fn is_mark(name: &str, column: &Column) -> bool {
    NAMES.contains(&name.strip_prefix("is_").unwrap_or(name))
        && column.foreign_keys.is_empty()
        && !matches!(column.family, TypeFamily::Uuid | TypeFamily::Object | TypeFamily::Other)
}
