//! Schemas for changes that list fields which decide what an account may do, on routes for everybody.

use backlint_model::{FunctionRef, Model, Project, Route, RowChangeKind, words};
use backlint_source::Location;

use super::bulk::bulk_writes;
use crate::served::is_served;

/// Fields that say what an account may do.
const PRIVILEGES: &[&str] = &["is_admin", "is_staff", "is_superuser", "permissions", "role", "roles", "scopes"];

/// Fields that only the application itself changes.
const INNER: &[&str] = &["balance", "hashed_password", "password_hash"];

/// Columns that say whose customer a row belongs to: nobody moves it to another.
const TENANTS: &[&str] = &["tenant_id"];

/// Columns that say whose a row is, or who made it.
const OWNERS: &[&str] = &["author_id", "created_by", "created_by_id", "creator_id", "owner", "owner_id", "user_id"];

/// How many calls the row may be away from the handler.
const MAX_DEPTH: u32 = 3;

/// A field that clients should not set, and where it is written to a row.
pub(super) struct Exposed<'p> {
    pub(super) route: &'p Route,
    pub(super) schema: String,
    pub(super) field: String,
    pub(super) model: &'p Model,
    pub(super) at: Location,
    /// Whether the field says whose the row is: some programs hand rows over that way.
    pub(super) is_owner: bool,
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
        // What says most comes first: one field is told of.
        let named = |names: &'static [&str]| schema.fields.iter().filter(move |f| names.contains(&f.name.as_str()));
        [PRIVILEGES, INNER, TENANTS, OWNERS].into_iter().flat_map(named).find_map(|field| {
            let is_minded = || reached.iter().any(|&(_, function)| speaks_of(project, function, &field.name));
            let write = || reached.iter().find_map(|&(_, function)| write(project, function, &field.name));
            let (model, at) = write().filter(|_| !is_minded())?;
            let is_owner = OWNERS.contains(&field.name.as_str());
            Some(Exposed { route, schema: schema.name.clone(), field: field.name.clone(), model, at, is_owner })
        })
    })
}

/// Whether a function says anything of the field, or asks what the caller may do.
fn speaks_of(project: &Project, function: FunctionRef, field: &str) -> bool {
    const CHECKS: &[&str] =
        &["Forbidden", "admin", "allowed", "exclude=", "forbid", "is_superuser", "permission", "role"];
    let Some(file) = project.file(function.file) else { return true };
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
    // Looking rows up by their tenant or owner says nothing of the one that is written.
    let is_named = if TENANTS.contains(&field) || OWNERS.contains(&field) {
        [format!("\"{field}\""), format!("'{field}'")].iter().any(|key| text.contains(key))
    } else {
        text.contains(field)
    };
    is_named || CHECKS.iter().any(|word| text.contains(word))
}

/// A write of all fields that are sent to a row with the column.
fn write<'p>(project: &'p Project, function: FunctionRef, field: &str) -> Option<(&'p Model, Location)> {
    if project.row_changes_in(function).any(|change| change.kind == RowChangeKind::Create) {
        return None;
    }
    let decides_rights = PRIVILEGES.contains(&field);
    bulk_writes(project, function).into_iter().find_map(|write| {
        let (model, at) = (write.model, write.at);
        let is_account = || model.columns().any(|(attribute, _)| attribute.name.contains("password"));
        model.attribute(field).filter(|_| !decides_rights || is_account())?;
        Some((model, at))
    })
}
