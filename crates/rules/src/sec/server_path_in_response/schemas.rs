//! Fields of response models that are read from columns with paths.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::Findings;
use backlint_model::{ClassRef, DataSchema, FieldKind, Project, Route, SchemaField};

use super::{FILLED, Fed, Filled, grade, is_for_admins, is_named_for_path};
use crate::schema_columns::Columns;
use crate::served::is_served;

/// How many models inside models are looked through.
const MAX_DEPTH: u32 = 3;

pub(super) fn check(project: &Project, fed: &Fed<'_>, findings: &mut Findings) {
    if !fed.values().flatten().any(|filled| filled.model.is_some()) {
        return;
    }
    let columns = Columns::of(project);
    for (class, routes) in answered(project) {
        let Some(schema) = project.schema(class) else { continue };
        if routes.iter().all(|route| is_for_admins(route)) {
            continue;
        }
        for field in schema.fields.iter().filter(|field| field.at.file == class.file && !field.is_validated) {
            let Some(filled) = filled(&columns, fed, &schema, field) else { continue };
            let name = &field.name;
            let message = format!(
                "`{name}` of this response model is a path of the server's file system; answer a name or an address instead."
            );
            let report = findings.report(field.at, format!("{}.{name}", schema.name), message);
            grade(report.also(filled.at, FILLED), &routes);
        }
    }
}

/// The response models, and those inside them, with the routes that answer them.
fn answered(project: &Project) -> BTreeMap<ClassRef, Vec<&Route>> {
    let mut found: BTreeMap<ClassRef, Vec<&Route>> = BTreeMap::new();
    let mut inner: BTreeMap<ClassRef, BTreeSet<ClassRef>> = BTreeMap::new();
    for route in project.routes().iter().filter(|route| is_served(project, route)) {
        let Some(class) = project.response_schema(route) else { continue };
        for class in inner.entry(class).or_insert_with(|| with_inner(project, class)).iter() {
            found.entry(*class).or_default().push(route);
        }
    }
    found
}

fn with_inner(project: &Project, class: ClassRef) -> BTreeSet<ClassRef> {
    let mut found = BTreeSet::from([class]);
    let mut level = vec![class];
    for _ in 0..MAX_DEPTH {
        let fields = level.iter().filter_map(|&class| project.schema(class)).flat_map(|schema| schema.fields);
        let classes = fields.filter_map(|field| match field.kind {
            FieldKind::Schema(class) => Some(class),
            _ => None,
        });
        level = classes.filter(|&class| found.insert(class)).collect();
    }
    found
}

/// The place that puts a path into the column that a field shows.
fn filled<'f>(columns: &Columns<'_>, fed: &'f Fed<'_>, schema: &DataSchema, field: &SchemaField) -> Option<&'f Filled> {
    if !is_named_for_path(&field.name) || field.name == "path" {
        return None;
    }
    let model = columns.model(schema)?;
    fed.get(field.name.as_str())?.iter().find(|filled| filled.model == Some(model.class))
}
