//! The models that requests are read into, and what handlers do with updates.

use std::collections::{BTreeMap, BTreeSet};

use backlint_model::{Attribute, Body, ClassRef, DataSchema, Project, Route, SchemaField};

use crate::schema_columns::Columns;
use crate::served::is_served;

/// What handlers do with an update.
pub(crate) struct Handling {
    /// Whether fields that were sent as null are written.
    pub(crate) applies_null: bool,
    /// Whether fields that were not sent are written.
    pub(crate) applies_defaults: bool,
}

/// The models that requests are read into, and what handlers do with each.
pub(crate) fn bodies(project: &Project) -> Vec<(DataSchema, Handling)> {
    let mut found: BTreeMap<ClassRef, Vec<(Body, &Route)>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for route in project.routes().iter().filter(|route| is_served(project, route)) {
        for body in project.bodies(route) {
            if seen.insert((body.function, body.place)) {
                found.entry(body.schema).or_default().push((body, route));
            }
        }
    }
    let read = found.into_iter();
    read.filter_map(|(class, used)| Some((project.schema(class)?, Handling::of(project, &used)))).collect()
}

/// Whether the name of a model says that it changes something that exists.
pub(crate) fn is_update(name: &str) -> bool {
    (name.contains("Update") || name.contains("Patch")) && !name.contains("Create")
}

/// The fields of an update that take null and are written to columns which do not.
pub(crate) fn refused_nulls<'s, 'p>(
    columns: &Columns<'p>,
    update: &'s DataSchema,
    handling: &Handling,
) -> Vec<(&'s SchemaField, &'p Attribute)> {
    if !handling.applies_null || update.is_validated {
        return Vec::new();
    }
    let optional = update.fields.iter().filter(|field| field.is_optional && !field.is_validated);
    optional
        .filter_map(|field| {
            let (attribute, column) = columns.of_field(update, field)?;
            let is_refused = column.is_certain && column.is_nullable == Some(false);
            is_refused.then_some((field, attribute))
        })
        .collect()
}

impl Handling {
    fn of(project: &Project, used: &[(Body, &Route)]) -> Self {
        let mut found = Self { applies_null: false, applies_defaults: false };
        for (body, route) in used {
            let Some(file) = project.file(body.function.file) else { continue };
            let text = file.slice(file.module().stmt_span(file.function(body.function.id).stmt));
            let dumps = text.contains("model_dump(") || text.contains(".dict(");
            let writes = text.contains("setattr(") || text.contains(".values(**");
            let looks = text.contains("is not None")
                || text.contains("value is None")
                || text.contains("exclude_none")
                || text.contains("exclude_defaults");
            found.applies_null |= dumps && writes && !looks && text.contains("exclude_unset");
            found.applies_defaults |=
                dumps && writes && !looks && !text.contains("exclude_unset") && route.methods.contains("PATCH");
        }
        found
    }
}
