//! DB001: tables that start-up creates beside the migrations.

mod reach;
mod store;

use backlint_finding::{Audience, Findings};
use backlint_model::{Entity, File, Project, Type};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

use crate::expressions::{label, literal, path_ends_with, tests_around};
use crate::switches::{Switch, project_switch};
use reach::Reached;
use store::Progress;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.reported_files() {
        for creation in creations(project, file) {
            if file.is_dev_only(creation) || is_throw_away(file, creation) || is_off(project, file, creation) {
                continue;
            }
            if let Some(reached) = reach::reached(project, file, creation) {
                report(project, file, creation, &reached, findings);
            }
        }
    }
}

fn report(project: &Project, file: File<'_>, creation: ExprId, reached: &Reached, findings: &mut Findings) {
    let tool = store::migration_tool(project, file);
    if tool.is_none() && !store::is_server_database(project) {
        return;
    }
    let (who, at) = match reached {
        Reached::AtImport(at) => ("Importing this module", at),
        Reached::AtStart(at) => ("Start-up", at),
        Reached::InScript(at) => ("This script", at),
    };
    let message = match tool.as_ref().map(|tool| tool.progress) {
        Some(Progress::Declared) => format!(
            "{who} creates missing tables itself: existing tables never follow a changed model. The migration tool is declared and has no migrations yet; write them, and run those instead."
        ),
        Some(Progress::SetUp) => format!(
            "{who} creates missing tables itself: existing tables never follow a changed model. The migration tool is set up, but no revision is kept in this repository; write them, commit them, and run those instead."
        ),
        Some(Progress::InUse) => format!(
            "{who} creates missing tables itself, so the schema has two sources and migrations drift unnoticed; run the migrations instead."
        ),
        None => format!(
            "{who} creates missing tables itself: existing tables never follow a changed model; add a migration tool before the first release."
        ),
    };
    let place = file.at_expr(creation);
    let mut report = findings.report(place, format!("{}: create_all", file.context_name(creation)), message);
    if let Some(at) = reached_elsewhere(place, *at) {
        report = report.also(at, "reached from here");
    }
    match tool {
        Some(tool) => report.also(tool.at, "the migration tool is already here"),
        None => report.audience(Audience::Pedantic),
    };
}

fn reached_elsewhere(place: Location, at: Location) -> Option<Location> {
    (at.file != place.file || !at.span.contains(place.span)).then_some(at)
}

/// `Base.metadata.create_all`, called or handed on, and `db.create_all()`.
fn creations(project: &Project, file: File<'_>) -> Vec<ExprId> {
    let module = file.module();
    let Some(create_all) = module.symbol("create_all") else { return Vec::new() };
    let is_creation = |expr: &ExprId| match module.expr(*expr) {
        Expr::Attribute { value, name } if name == create_all => is_metadata(project, file, value),
        _ => false,
    };
    module.expr_ids().filter(is_creation).map(|callee| called(file, callee)).collect()
}

fn called(file: File<'_>, callee: ExprId) -> ExprId {
    let call = file.index().parent(callee).and_then(|outer| Call::of(file.module(), outer));
    call.filter(|call| call.function == callee).map_or(callee, |call| call.expr)
}

fn is_metadata(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    if label(file, expr).is_some_and(|name| name.ends_with("metadata") || matches!(name, "db" | "metadata_obj")) {
        return true;
    }
    match project.resolve(file.id(), expr) {
        Entity::Instance { of: Type::External(path), .. } => {
            path_ends_with(&path, "SQLAlchemy") || path_ends_with(&path, "MetaData")
        }
        _ => false,
    }
}

/// Behind a switch that is off unless somebody turns it on.
fn is_off(project: &Project, file: File<'_>, creation: ExprId) -> bool {
    let Some(stmt) = file.index().stmt_of(creation) else { return false };
    tests_around(file, stmt).any(|test| {
        let state = project_switch(project, file, test).0;
        matches!(state, Switch::Off | Switch::OffUnless(_)) || is_false_by_default(file, test)
    })
}

/// `app.config.get("CREATE_TABLES", False)`.
fn is_false_by_default(file: File<'_>, test: ExprId) -> bool {
    let lookup = Call::of(file.module(), test).filter(|call| call.name() == Some("get"));
    lookup.and_then(|call| call.positional(1)).is_some_and(|default| file.module().expr(default) == Expr::False)
}

/// A database in memory, one that is emptied first, or one whose migrations are marked as done right after.
fn is_throw_away(file: File<'_>, creation: ExprId) -> bool {
    let module = file.module();
    let body = match file.index().function_of(creation) {
        Some(function) => module.body(function),
        None => module.top_level(),
    };
    let statements = own_statements(module, body);
    let mut inside =
        statements.into_iter().flat_map(|stmt| expressions_of(module, stmt)).flat_map(|expr| descendants(module, expr));
    inside.any(|expr| match module.expr(expr) {
        Expr::Str(_) => literal(file, expr).is_some_and(|text| text.contains(":memory:") || text == "sqlite://"),
        Expr::Name(name) | Expr::Attribute { name, .. } => {
            module.text(name) == "drop_all" || module.text(name).starts_with("stamp")
        }
        _ => false,
    })
}
