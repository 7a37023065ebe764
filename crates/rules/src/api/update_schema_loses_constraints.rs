//! API013: what creating a thing refuses, updating it takes.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::Findings;
use backlint_model::{Absent, Attribute, Body, ClassRef, DataSchema, FieldKind, Project, Route, SchemaField};

use crate::schema_columns::Columns;
use crate::served::is_served;

/// How many further fields are listed.
const MAX_LISTED: usize = 10;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let bodies = bodies(project);
    let columns = Columns::of(project);
    let schemas: Vec<(DataSchema, &[(Body, &Route)])> =
        bodies.iter().filter_map(|(&class, used)| Some((project.schema(class)?, used.as_slice()))).collect();
    for (update, used) in schemas.iter().filter(|(schema, _)| is_update(&schema.name)) {
        let is_create = |schema: &DataSchema| {
            schema.name.contains("Create") && schema.subject() == update.subject() && schema.class != update.class
        };
        let mut creates = schemas.iter().map(|(schema, _)| schema).filter(|schema| is_create(schema));
        let create = creates.next().filter(|_| creates.next().is_none());
        let handling = Handling::of(project, used);
        if handling.applies_null && !update.is_validated {
            null_in_columns(&columns, update, findings);
        }
        for field in update.fields.iter().filter(|field| !field.is_validated && !update.is_validated) {
            if let Some(of_create) = create.and_then(|create| create.field(&field.name)) {
                lost_bounds(update, field, of_create, findings);
            }
            if handling.applies_defaults {
                applied_default(project, update, field, findings);
            }
        }
    }
}

/// The models that requests are read into, with the parameters that take them.
fn bodies(project: &Project) -> BTreeMap<ClassRef, Vec<(Body, &Route)>> {
    let mut found: BTreeMap<ClassRef, Vec<(Body, &Route)>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for route in project.routes().iter().filter(|route| is_served(project, route)) {
        for body in project.bodies(route) {
            if seen.insert((body.function, body.place)) {
                found.entry(body.schema).or_default().push((body, route));
            }
        }
    }
    found
}

fn is_update(name: &str) -> bool {
    (name.contains("Update") || name.contains("Patch")) && !name.contains("Create")
}

/// What the handlers do with an update.
struct Handling {
    /// Whether fields that were sent as null are written.
    applies_null: bool,
    /// Whether fields that were not sent are written.
    applies_defaults: bool,
}

impl Handling {
    fn of(project: &Project, used: &[(Body, &Route)]) -> Self {
        let mut found = Self { applies_null: false, applies_defaults: false };
        for (body, route) in used {
            let Some(file) = project.file(body.function.file) else { continue };
            let text = file.slice(file.module().stmt_span(file.function(body.function.id).stmt));
            let dumps = text.contains("model_dump(") || text.contains(".dict(");
            let writes = text.contains("setattr(") || text.contains(".values(**");
            let looks =
                text.contains("is not None") || text.contains("exclude_none") || text.contains("exclude_defaults");
            found.applies_null |= dumps && writes && !looks && text.contains("exclude_unset");
            found.applies_defaults |=
                dumps && writes && !looks && !text.contains("exclude_unset") && route.methods.contains("PATCH");
        }
        found
    }
}

/// A field that is bounded when a thing is made, and not when it is changed.
fn lost_bounds(update: &DataSchema, field: &SchemaField, of_create: &SchemaField, findings: &mut Findings) {
    let is_same = field.kind == of_create.kind && field.kind != FieldKind::Other;
    if !is_same || !field.bounds.is_empty() || of_create.bounds.is_empty() {
        return;
    }
    let message = format!(
        "`{}.{}` has none of the bounds that it has on creation, so a change can write what creation refuses. Share one \
         annotated type.",
        update.name, field.name,
    );
    findings.report(field.at, anchor(update, field), message).also(of_create.at, "bounded here");
}

/// The fields that take null for a column that does not: one finding, as one change to the handler cures all of them.
fn null_in_columns(columns: &Columns<'_>, update: &DataSchema, findings: &mut Findings) {
    let refused: Vec<(&SchemaField, &Attribute)> = update
        .fields
        .iter()
        .filter(|field| field.is_optional && !field.is_validated)
        .filter_map(|field| {
            let (attribute, column) = columns.of_field(update, field)?;
            let is_refused = column.is_certain && column.is_nullable == Some(false);
            is_refused.then_some((field, attribute))
        })
        .collect();
    let Some(((first, attribute), others)) = refused.split_first() else { return };
    let more = match others.len() {
        0 => String::new(),
        1 => format!(" So does `{}`.", others[0].0.name),
        number => format!(" So do {number} other fields."),
    };
    let message = format!(
        "`{}.{}` takes null, but its column does not: a request with `\"{}\": null` answers 500.{more}",
        update.name,
        first.name,
        first.input_name(),
    );
    let mut finding = findings
        .report(first.at, format!("{} null", update.name), message)
        .also(attribute.at, "this column takes no null");
    for (field, _) in others.iter().take(MAX_LISTED) {
        finding = finding.also(field.at, "takes null as well");
    }
}

/// A default that is written although the field was not sent.
fn applied_default(project: &Project, update: &DataSchema, field: &SchemaField, findings: &mut Findings) {
    let Absent::Value(value) = field.default else { return };
    let text = project.file(value.file).map_or("", |file| file.text_of(value.expr));
    let message = format!(
        "`{}.{}` falls back to `{}` when it is not sent, and the handler writes it: a change of another field resets it. Use \
         `exclude_unset=True`.",
        update.name,
        field.name,
        text.chars().take(30).collect::<String>(),
    );
    findings.report(field.at, format!("{} default", anchor(update, field)), message);
}

fn anchor(schema: &DataSchema, field: &SchemaField) -> String {
    format!("{}.{}", schema.name, field.name)
}
