//! API006: a field of a request body that nothing bounds.

use std::collections::BTreeSet;

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{Attribute, Column, DataSchema, EffectKind, FieldKind, Project, Route, SchemaField, words};

use crate::schema_columns::{Columns, is_json};
use crate::served::is_served;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let columns = Columns::of(project);
    let mut seen = BTreeSet::new();
    let is_limited = limits_bodies(project);
    for route in project.routes().iter().filter(|route| is_served(project, route) && !route.is_read_only_method()) {
        for body in project.bodies(route) {
            let Some(schema) = project.schema(body.schema) else { continue };
            let stores = stores(project, route);
            for field in &schema.fields {
                if field.is_validated || schema.is_validated || !seen.insert((field.at, stores)) {
                    continue;
                }
                let column = columns.of_field(&schema, field);
                if stores && !is_limited && is_boundless(field) {
                    report_stored(project, route, &schema, field, column, findings);
                } else if let Some(why) = missing_bound(&schema, field, column) {
                    report_loose(&schema, field, column, &why, findings);
                }
            }
        }
    }
}

/// A column and the attribute that is it.
type Placed<'p> = (&'p Attribute, &'p Column);

/// Whether what the route reads may end up in a row.
fn stores(project: &Project, route: &Route) -> bool {
    let Some(handler) = route.handler.function() else { return false };
    project.effects(handler).iter().any(|effect| effect.kind == EffectKind::RowWrite)
}

/// Whether something refuses bodies that are too large.
fn limits_bodies(project: &Project) -> bool {
    const SIGNS: &[&str] =
        &["content-length", "content_length", "max_body", "max_request_size", "client_max_body_size"];
    project.app_files().any(|file| {
        let text = file.source().text();
        text.contains("iddleware") && {
            let lower = text.to_ascii_lowercase();
            SIGNS.iter().any(|sign| lower.contains(sign))
        }
    })
}

fn is_boundless(field: &SchemaField) -> bool {
    // A number of keys says nothing of their size.
    matches!(field.kind, FieldKind::Mapping | FieldKind::Anything | FieldKind::ListOfAnything) && !field.bounds.form
}

fn report_stored(
    project: &Project,
    route: &Route,
    schema: &DataSchema,
    field: &SchemaField,
    column: Option<Placed<'_>>,
    findings: &mut Findings,
) {
    // A field that no column takes may be used up on the way.
    let Some((attribute, column)) = column else { return };
    if !is_json(project, column) {
        return;
    }
    let message = format!(
        "`{}.{}` takes data of any size and depth and `{}` stores it as it comes: one request can write any amount. Bound \
         the serialised size in a validator.",
        schema.name,
        field.name,
        route.label(),
    );
    findings
        .report(field.at, anchor(schema, field), message)
        .also(attribute.at, format!("stored in `{}`", attribute.name))
        .also(route.at, format!("`{}` takes it", project.handler_name(route.handler)));
}

/// What bound a field lacks that its column, its siblings or its name ask for.
fn missing_bound(schema: &DataSchema, field: &SchemaField, column: Option<Placed<'_>>) -> Option<String> {
    let name = words::snake_case(&field.name);
    match field.kind {
        FieldKind::Integer | FieldKind::Number => {
            let is_share = ["probability", "confidence", "score", "ratio", "percent", "percentage", "weight"]
                .iter()
                .any(|w| words::has_word(&name, w));
            (is_share && !field.bounds.lowest && !field.bounds.highest).then(|| "has no range".to_owned())
        }
        FieldKind::Text if !field.bounds.longest && !field.bounds.form => missing_length(schema, column, &name),
        _ => None,
    }
}

fn missing_length(schema: &DataSchema, column: Option<Placed<'_>>, name: &str) -> Option<String> {
    const FREE: &[&str] = &[
        "bio",
        "body",
        "comment",
        "content",
        "description",
        "html",
        "markdown",
        "message",
        "note",
        "notes",
        "prompt",
        "query",
        "reason",
        "summary",
        "text",
    ];
    if words::has_word(name, "password") {
        return Some("has no maximum: hashing a very long password takes long".to_owned());
    }
    if matches!(name, "email" | "e_mail" | "email_address") {
        return Some("takes any text, not only addresses".to_owned());
    }
    if FREE.iter().any(|word| words::has_word(name, word)) {
        return None;
    }
    if let Some(length) = column.and_then(|(_, column)| column.length) {
        return Some(format!("has no maximum, and its column takes {length} characters"));
    }
    let texts: Vec<&SchemaField> = schema.fields.iter().filter(|f| f.kind == FieldKind::Text).collect();
    let bounded = texts.iter().filter(|f| f.bounds.longest || f.bounds.form || f.is_validated).count();
    (texts.len() >= 3 && bounded * 2 >= texts.len())
        .then(|| format!("has no maximum; {bounded} of {} text fields of this model have one", texts.len()))
}

fn report_loose(
    schema: &DataSchema,
    field: &SchemaField,
    column: Option<Placed<'_>>,
    why: &str,
    findings: &mut Findings,
) {
    let message = format!("`{}.{}` {why}.", schema.name, field.name);
    let finding =
        findings.report(field.at, anchor(schema, field), message).severity(Severity::Low).audience(Audience::Pedantic);
    if let Some((attribute, _)) = column {
        finding.also(attribute.at, "the column");
    }
}

fn anchor(schema: &DataSchema, field: &SchemaField) -> String {
    format!("{}.{}", schema.name, field.name)
}
