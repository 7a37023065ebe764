//! API013: what creating a thing refuses, updating it takes.

use backlint_finding::Findings;
use backlint_model::{Absent, Attribute, DataSchema, FieldKind, Project, SchemaField};

use crate::schema_columns::Columns;
use crate::updates::{bodies, is_update, refused_nulls};

/// How many further fields are listed.
const MAX_LISTED: usize = 10;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let columns = Columns::of(project);
    let schemas = bodies(project);
    for (update, handling) in schemas.iter().filter(|(schema, _)| is_update(&schema.name)) {
        let is_create = |schema: &DataSchema| {
            schema.name.contains("Create") && schema.subject() == update.subject() && schema.class != update.class
        };
        let mut creates = schemas.iter().map(|(schema, _)| schema).filter(|schema| is_create(schema));
        let create = creates.next().filter(|_| creates.next().is_none());
        null_in_columns(&refused_nulls(&columns, update, handling), update, findings);
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
fn null_in_columns(refused: &[(&SchemaField, &Attribute)], update: &DataSchema, findings: &mut Findings) {
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
