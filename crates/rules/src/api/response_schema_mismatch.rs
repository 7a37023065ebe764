//! API016: a response model that cannot hold what the handler returns.

mod returned;

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{Absent, DataSchema, FieldKind, Project, Route, SchemaField};

use crate::schema_columns::{Columns, is_json};
use crate::served::is_served;
use returned::returned_keys;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let columns = Columns::of(project);
    let writers = writers(project);
    let mut seen = BTreeSet::new();
    for route in project.routes().iter().filter(|route| is_served(project, route)) {
        let Some(schema) = project.response_schema(route).and_then(|class| project.schema(class)) else { continue };
        if schema.is_validated {
            continue;
        }
        for field in schema.fields.iter().filter(|field| !field.is_validated) {
            if seen.contains(&field.at) {
                continue;
            }
            if other_kind(project, &columns, &writers, &schema, field, findings)
                || lost_alias(project, route, &schema, field, findings)
            {
                seen.insert(field.at);
            }
        }
    }
}

/// The models that things are created from.
fn writers(project: &Project) -> Vec<DataSchema> {
    let classes: BTreeSet<_> =
        project.routes().iter().flat_map(|route| project.bodies(route)).map(|body| body.schema).collect();
    classes
        .into_iter()
        .filter_map(|class| project.schema(class))
        .filter(|schema| schema.name.contains("Create"))
        .collect()
}

/// A field of another kind than the one that creation writes to its column.
fn other_kind(
    project: &Project,
    columns: &Columns<'_>,
    writers: &[DataSchema],
    schema: &DataSchema,
    field: &SchemaField,
    findings: &mut Findings,
) -> bool {
    let Some(shape) = Shape::of(field.kind) else { return false };
    let mut same_subject =
        writers.iter().filter(|writer| writer.subject() == schema.subject() && writer.class != schema.class);
    let written = same_subject.find_map(|writer| Some((writer, writer.field(&field.name)?)));
    let Some((writer, written)) = written.filter(|(_, written)| !written.is_validated) else { return false };
    let Some((attribute, column)) = columns.of_field(writer, written) else { return false };
    let Some(given) = Shape::of(written.kind).filter(|given| *given != shape && is_json(project, column)) else {
        return false;
    };
    let message = format!(
        "`{}.{}` is read as {}, but creation stores {} there: every read of such a row fails.",
        schema.name,
        field.name,
        shape.words(),
        given.words(),
    );
    findings
        .report(field.at, format!("{}.{}", schema.name, field.name), message)
        .also(written.at, "written from here")
        .also(attribute.at, "the column takes both");
    true
}

/// What a value looks like in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Object,
    Array,
    Scalar,
}

impl Shape {
    fn of(kind: FieldKind) -> Option<Self> {
        match kind {
            FieldKind::Mapping | FieldKind::Schema(_) => Some(Self::Object),
            FieldKind::List | FieldKind::ListOfAnything => Some(Self::Array),
            FieldKind::Text | FieldKind::Integer | FieldKind::Number | FieldKind::Flag => Some(Self::Scalar),
            FieldKind::Anything | FieldKind::Other => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "a list",
            Self::Scalar => "a single value",
        }
    }
}

/// A field with an alias that a returned dict fills under its own name.
fn lost_alias(
    project: &Project,
    route: &Route,
    schema: &DataSchema,
    field: &SchemaField,
    findings: &mut Findings,
) -> bool {
    let Some(alias) = field.alias.as_deref().filter(|alias| *alias != field.name && !schema.takes_names) else {
        return false;
    };
    let Some(handler) = route.handler.function() else { return false };
    let Some(keys) = returned_keys(project, handler) else { return false };
    let Some(key) = keys.iter().find(|key| key.text == field.name) else { return false };
    if keys.iter().any(|key| key.text == alias) {
        return false;
    }
    let result =
        if field.default == Absent::Refused { "every answer fails" } else { "it is always left at its default" };
    let message = format!(
        "`{}.{}` is filled by its alias `{alias}` only, and the returned dict names it `{}`: {result}. Rename the key, or \
         allow names with `populate_by_name`.",
        schema.name, field.name, field.name,
    );
    findings
        .report(field.at, format!("{}.{}", schema.name, field.name), message)
        .also(key.at, "the dict that is returned")
        .also(route.at, format!("`{}` answers with this model", route.label()));
    true
}
