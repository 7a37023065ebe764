//! AUTH024: whatever fields a client sends are written to a row or to the settings.

mod admin_forms;
mod bulk;
mod fields;
mod open_schemas;

use std::collections::BTreeSet;

use backlint_finding::{Audience, Findings};
use backlint_model::{ClientForm, ClientValue, Entity, File, FunctionRef, Project};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, Expr, ExprId};

use crate::parameters::is_tested_for_membership;
use bulk::{BulkWrite, bulk_write, looped_over};
use fields::{Exposed, exposed_fields};
use open_schemas::OpenSchemas;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let schemas = OpenSchemas::of(project);
    for file in project.app_files() {
        let mut reported: BTreeSet<(FunctionRef, &'static str)> = BTreeSet::new();
        for call in file.calls() {
            let Some(id) = file.index().function_of(call.expr) else { continue };
            let function = FunctionRef { file: file.id(), id };
            let Some(write) = write(project, file, function, call) else { continue };
            let value = unfiltered_json(project, file, function, write.fields);
            let Some(value) = value.or_else(|| schemas.open_value(project, file, write.fields)) else { continue };
            if reported.insert((function, write.verb)) {
                report(file, function, &write, &value, findings);
            }
        }
    }
    for exposed in exposed_fields(project) {
        report_exposed(&exposed, findings);
    }
    admin_forms::check(project, findings);
}

/// A write of fields whose names come with them.
struct Write {
    /// The fields.
    fields: ExprId,
    at: Location,
    /// What becomes of them.
    verb: &'static str,
    /// What they are written to.
    target: String,
}

fn write(project: &Project, file: File<'_>, function: FunctionRef, call: Call<'_>) -> Option<Write> {
    match (call.name()?, call.receiver()) {
        ("setattr", None) => set_attribute(project, file, function, call),
        ("update" | "from_mapping", Some(receiver)) if file.text_of(receiver).ends_with("app.config") => {
            let fields = call.args.first()?.value;
            let target = "the settings of the server".to_owned();
            Some(Write { fields, at: file.at_expr(call.expr), verb: "replace", target })
        }
        ("sqlmodel_update" | "update" | "values", Some(_)) => {
            let BulkWrite { model, fields, at } = bulk_write(project, file, call)?;
            Some(Write { fields, at, verb: "set", target: format!("a `{}`", model.name) })
        }
        (name, _) if name.starts_with(|c: char| c.is_uppercase()) => {
            let spread = call.args.iter().find(|argument| argument.kind == ArgKind::DoubleStar)?;
            let Entity::Class(class) = project.resolve(file.id(), call.function) else { return None };
            let model = project.model(class)?;
            let target = format!("a new `{}`", model.name);
            Some(Write { fields: spread.value, at: file.at_expr(call.expr), verb: "fill", target })
        }
        _ => None,
    }
}

/// `for key, value in fields.items(): setattr(row, key, value)`.
fn set_attribute(project: &Project, file: File<'_>, function: FunctionRef, call: Call<'_>) -> Option<Write> {
    let module = file.module();
    let (row, key) = (call.positional(0)?, call.positional(1)?);
    let Expr::Name(name) = module.expr(key) else { return None };
    let items = Call::of(module, looped_over(file, key)?).filter(|items| items.name() == Some("items"))?;
    let model = project.row_model(file.id(), row);
    let text = file.slice(module.stmt_span(file.function(function.id).stmt));
    let is_row = model.is_some() || file.text_of(row) != "self" && text.contains("commit(");
    if !is_row || is_tested_for_membership(project, function, name) {
        return None;
    }
    let target = model.map_or_else(|| format!("`{}`", file.text_of(row)), |model| format!("a `{}`", model.name));
    Some(Write { fields: items.receiver()?, at: file.at_expr(call.expr), verb: "set", target })
}

/// The JSON that a client sends, if nothing looks at which fields it has.
fn unfiltered_json(project: &Project, file: File<'_>, function: FunctionRef, fields: ExprId) -> Option<ClientValue> {
    let mut values = project.client_values(file.id(), fields).into_iter();
    values.find(|value| value.form == ClientForm::Structure).filter(|_| !is_filtered(file, function))
}

/// Whether the function looks at the names of the fields, or hands them to something that does.
fn is_filtered(file: File<'_>, function: FunctionRef) -> bool {
    const WORDS: &[&str] = &[".keys()", "allowed", "ALLOWED", "schema", "Schema", "set(", "validate", "whitelist"];
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
    WORDS.iter().any(|word| text.contains(word))
}

fn report(file: File<'_>, function: FunctionRef, write: &Write, value: &ClientValue, findings: &mut Findings) {
    let message = format!(
        "Whatever fields the client sends {} {}: also those that nobody meant to be sent, such as owners, roles and hashes; take a schema with the fields that may change.",
        write.verb, write.target
    );
    let report = findings.report(write.at, file.qualified_name(function.id), message);
    if value.at != write.at {
        report.also(value.at, "the client sends it here");
    }
}

fn report_exposed(exposed: &Exposed<'_>, findings: &mut Findings) {
    let Exposed { route, schema, field, model, at, is_owner } = exposed;
    let message = format!(
        "`{schema}` takes `{field}`, and every field that is sent is set on a `{}`: whoever may call `{}` decides it. Leave \
         the field out of this schema.",
        model.name,
        route.label()
    );
    let report = findings.report(*at, format!("{}: {field}", route.label()), message).also(route.at, "the route");
    if *is_owner {
        report.audience(Audience::Pedantic);
    }
}
