//! Schemas for changes that list fields which decide what an account may do, on routes for everybody.

use backlint_model::{FunctionRef, Model, Project, Route, RowChangeKind, words};
use backlint_semantic::{BindingKind, Call};
use backlint_source::Location;
use backlint_syntax::ast::Expr;

use crate::served::is_served;

/// Fields that say what an account may do.
const PRIVILEGES: &[&str] = &["is_admin", "is_staff", "is_superuser", "permissions", "role", "roles", "scopes"];

/// Fields that only the application itself changes.
const INNER: &[&str] = &["balance", "hashed_password", "password_hash"];

/// Columns that say whose customer a row belongs to: nobody moves it to another.
const TENANTS: &[&str] = &["tenant_id"];

/// How many calls the row may be away from the handler.
const MAX_DEPTH: u32 = 3;

/// A field that clients should not set, and where it is written to a row.
pub(super) struct Exposed<'p> {
    pub(super) route: &'p Route,
    pub(super) schema: String,
    pub(super) field: String,
    pub(super) model: &'p Model,
    pub(super) at: Location,
}

/// The fields that changes of rows expose, by route.
pub(super) fn exposed_fields(project: &Project) -> Vec<Exposed<'_>> {
    let changing = project.routes().iter().filter(|route| {
        let changes = ["PATCH", "PUT"].iter().any(|method| route.methods.contains(*method));
        changes && is_served(project, route) && !is_for_some(route)
    });
    changing.filter_map(|route| exposed_field(project, route)).collect()
}

/// Whether the route is for callers with a role of their own.
fn is_for_some(route: &Route) -> bool {
    const WORDS: &[&str] = &[
        "access",
        "admin",
        "administrator",
        "can",
        "internal",
        "manager",
        "permission",
        "policy",
        "privilege",
        "role",
        "root",
        "scope",
        "staff",
        "super",
        "superuser",
    ];
    let has_word = |name: &str| {
        let snake = words::snake_case(name).replace(|c: char| !c.is_alphanumeric(), "_");
        WORDS.iter().any(|word| words::has_word(&snake, word))
    };
    has_word(&route.path) || route.guards.iter().any(|guard| has_word(&guard.name))
}

fn exposed_field<'p>(project: &'p Project, route: &'p Route) -> Option<Exposed<'p>> {
    let handler = route.handler.function()?;
    let reached = project.called_within(handler, MAX_DEPTH);
    project.bodies(route).into_iter().find_map(|body| {
        let schema = project.schema(body.schema)?;
        let mut sensitive = schema.fields.iter().filter(|field| is_sensitive(&field.name));
        sensitive.find_map(|field| {
            let is_minded = || reached.iter().any(|&(_, function)| speaks_of(project, function, &field.name));
            let write = || reached.iter().find_map(|&(_, function)| write(project, function, &field.name));
            let (model, at) = write().filter(|_| !is_minded())?;
            Some(Exposed { route, schema: schema.name.clone(), field: field.name.clone(), model, at })
        })
    })
}

fn is_sensitive(name: &str) -> bool {
    [PRIVILEGES, INNER, TENANTS].into_iter().any(|names| names.contains(&name))
}

/// Whether a function says anything of the field, or asks what the caller may do.
fn speaks_of(project: &Project, function: FunctionRef, field: &str) -> bool {
    const CHECKS: &[&str] =
        &["Forbidden", "admin", "allowed", "exclude=", "forbid", "is_superuser", "permission", "role"];
    let Some(file) = project.file(function.file) else { return true };
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
    // Looking rows up by their tenant says nothing of the one that is written.
    let is_named = if TENANTS.contains(&field) {
        [format!("\"{field}\""), format!("'{field}'")].iter().any(|key| text.contains(key))
    } else {
        text.contains(field)
    };
    is_named || CHECKS.iter().any(|word| text.contains(word))
}

/// `for key, value in data.items(): setattr(row, key, value)` on a row with the column.
fn write<'p>(project: &'p Project, function: FunctionRef, field: &str) -> Option<(&'p Model, Location)> {
    let file = project.file(function.file)?;
    let module = file.module();
    let makes = project.row_changes_in(function).any(|change| change.kind == RowChangeKind::Create);
    let calls = project.calls_in(function).into_iter().filter(|call| call.name() == Some("setattr") && !makes);
    calls.into_iter().find_map(|call: Call<'_>| {
        let (row, key) = (call.positional(0)?, call.positional(1)?);
        let Expr::Name(name) = module.expr(key) else { return None };
        let bindings = file.index().lookup(file.index().scope_of_name(key), name);
        bindings.iter().find(|binding| matches!(binding.kind, BindingKind::Loop { .. }))?;
        let model = project.row_model(file.id(), row)?;
        let is_account = INNER.contains(&field)
            || TENANTS.contains(&field)
            || model.columns().any(|(attribute, _)| attribute.name.contains("password"));
        model.attribute(field).filter(|_| is_account)?;
        Some((model, file.at_expr(call.expr)))
    })
}
