//! DB024: code outside the migrations that changes the schema.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{Findings, Severity};
use backlint_model::{Ddl, DdlObject, DdlVerb, File, MigrationChain, Project, Reach, Role, Schema, ddl};
use backlint_semantic::{Call, fold};
use backlint_source::Location;
use backlint_syntax::ast::{ExprId, FunctionId};

use crate::reached::reach_of;

/// Methods that run a statement.
const RUNNERS: &[&str] = &["exec", "exec_driver_sql", "execute", "executescript", "fetch", "fetchval", "run_sql"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.migration_chains().is_empty() {
        return;
    }
    let chains: Vec<Chain> = project.migration_chains().iter().map(Chain::of).collect();
    let known = known_tables(project, &chains);
    for file in project.reported_files() {
        let Some(chain) = chains.iter().find(|chain| chain.migrations.covers(file.path())) else { continue };
        // Without revisions in sight, which may be kept elsewhere, nothing can be told of them.
        if chain.migrations.revisions.is_empty() {
            continue;
        }
        for (function, changes) in changes(project, file, &known) {
            report(project, file, chain, function, &changes, findings);
        }
    }
}

/// Migrations with the tables that they make.
struct Chain<'p> {
    migrations: &'p MigrationChain,
    schema: Schema,
}

impl<'p> Chain<'p> {
    fn of(migrations: &'p MigrationChain) -> Self {
        Self { migrations, schema: migrations.schema() }
    }

    /// Whether the revisions do what a statement does.
    fn does(&self, ddl: &Ddl) -> bool {
        let table = |name: &str| self.schema.table(&name.to_ascii_lowercase()).or_else(|| self.schema.table(name));
        match (ddl.object, ddl.verb) {
            (DdlObject::Table, DdlVerb::Create) => table(&ddl.name).is_some(),
            (DdlObject::Table, DdlVerb::Alter) if !ddl.columns.is_empty() => {
                table(&ddl.name).is_some_and(|table| ddl.columns.iter().all(|name| table.columns.contains_key(name)))
            }
            (DdlObject::Index, DdlVerb::Create) if !ddl.columns.is_empty() => ddl
                .table
                .as_deref()
                .and_then(table)
                .is_some_and(|table| table.indexes.iter().any(|index| index.columns == ddl.columns)),
            _ => false,
        }
    }
}

/// A statement that changes the schema.
struct Change {
    call: ExprId,
    ddl: Ddl,
}

fn report(
    project: &Project,
    file: File<'_>,
    chain: &Chain<'_>,
    function: Option<FunctionId>,
    changes: &[Change],
    findings: &mut Findings,
) {
    let (doubled, unknown): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|change| chain.does(&change.ddl));
    let told = if unknown.is_empty() { doubled.as_slice() } else { unknown.as_slice() };
    let [first, others @ ..] = told else { return };
    let what = described(&first.ddl);
    let (more, runs, is) = match others.len() {
        0 => (String::new(), "runs", "is"),
        1 => (" and one more like it".to_owned(), "run", "are"),
        count => (format!(" and {count} more like it"), "run", "are"),
    };
    let when = function.and_then(|function| reach_of(project, file, function)).map_or("", |reach| match reach {
        Reach::Request => " during requests",
        Reach::Task => " in tasks",
        Reach::Worker => " in a worker",
    });
    let message = if unknown.is_empty() {
        format!(
            "{what}{more} {runs}{when} beside the migrations, which do the same: the two drift apart unnoticed; leave it to the migrations."
        )
    } else {
        format!(
            "{what}{more} {runs}{when} and {is} unknown to the migrations: a database that they build looks different; put it into a revision."
        )
    };
    let anchor = format!("{}: {}", file.context_name(first.call), first.ddl.name);
    let report = findings.report(file.at_expr(first.call), anchor, message);
    let report = match revisions_place(chain.migrations) {
        Some(at) => report.also(at, "the migrations are here"),
        None => report,
    };
    if file.role() == Role::Script {
        report.severity(Severity::Low);
    }
}

fn revisions_place(chain: &MigrationChain) -> Option<Location> {
    chain.revisions.last().map(|revision| revision.at)
}

fn described(ddl: &Ddl) -> String {
    let verb = match ddl.verb {
        DdlVerb::Create => "CREATE",
        DdlVerb::Alter => "ALTER",
        DdlVerb::Drop => "DROP",
    };
    let object = match ddl.object {
        DdlObject::Table => "TABLE",
        DdlObject::Index => "INDEX",
        DdlObject::Type => "TYPE",
    };
    let name = if ddl.name.is_empty() || ddl.name.contains('{') { String::new() } else { format!(" {}", ddl.name) };
    format!("`{verb} {object}{name}`")
}

/// The tables that are mapped, or that a revision creates.
fn known_tables(project: &Project, chains: &[Chain<'_>]) -> BTreeSet<String> {
    let mapped = project.models().iter().filter_map(|model| model.table.clone());
    let migrated = chains.iter().flat_map(|chain| chain.schema.tables.keys().cloned());
    mapped.chain(migrated).map(|name| name.to_ascii_lowercase()).collect()
}

/// The statements of a file that change the schema, by function.
fn changes(project: &Project, file: File<'_>, known: &BTreeSet<String>) -> BTreeMap<Option<FunctionId>, Vec<Change>> {
    let mut found: BTreeMap<Option<FunctionId>, Vec<Change>> = BTreeMap::new();
    for call in file.calls_named(RUNNERS) {
        let Some(argument) = call.positional(0) else { continue };
        if is_revision(file, call) || file.is_dev_only(call.expr) || is_in_command(file, call.expr) {
            continue;
        }
        let function = file.index().function_of(call.expr);
        // What empties a database before it is filled again is run by hand, unless requests or tasks reach it.
        let is_by_hand = function.and_then(|function| reach_of(project, file, function)).is_none();
        for ddl in statements(project, file, argument) {
            if is_schema_change(file, argument, &ddl, known) && !(is_by_hand && ddl.verb == DdlVerb::Drop) {
                found.entry(function).or_default().push(Change { call: call.expr, ddl });
            }
        }
    }
    found
}

/// `op.execute(…)` is a step of a revision, wherever the file lies.
fn is_revision(file: File<'_>, call: Call<'_>) -> bool {
    call.receiver().is_some_and(|receiver| file.text_of(receiver) == "op")
}

/// The statements that an argument holds: a text, `text(…)` of one, or the variable of a loop over texts.
fn statements(project: &Project, file: File<'_>, argument: ExprId) -> Vec<Ddl> {
    let inner = Call::of(file.module(), argument).filter(|call| matches!(call.name(), Some("text" | "DDL")));
    let text = inner.and_then(|call| call.positional(0)).unwrap_or(argument);
    match fold(file.module(), file.index(), text).pattern() {
        Some(text) => ddl(&text),
        None => project.looped_strings(file.id(), text).iter().flat_map(|text| ddl(text)).collect(),
    }
}

/// Whether a statement changes the schema that the migrations are for. Other databases, such as local caches, are known
/// by tables that neither a class nor a revision knows.
fn is_schema_change(file: File<'_>, argument: ExprId, ddl: &Ddl, known: &BTreeSet<String>) -> bool {
    if ddl.is_temporary || is_search_index(ddl) {
        return false;
    }
    let table = match ddl.object {
        DdlObject::Index => ddl.table.as_deref().unwrap_or_default(),
        DdlObject::Table | DdlObject::Type => ddl.name.as_str(),
    };
    if known.contains(&table.to_ascii_lowercase()) {
        return true;
    }
    let is_of_sqlalchemy = Call::of(file.module(), argument).is_some_and(|call| call.name() == Some("text"));
    is_of_sqlalchemy && ddl.verb != DdlVerb::Drop && !is_partition(table)
}

/// Indexes for full text, trigrams and vectors belong to the set-up of an extension.
fn is_search_index(ddl: &Ddl) -> bool {
    ddl.method.as_deref().is_some_and(|method| !matches!(method, "btree" | "hash"))
}

/// Tables with computed names come and go with the data.
fn is_partition(table: &str) -> bool {
    table.contains('{')
}

/// Whether an expression stands in a command that somebody calls by hand.
fn is_in_command(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let innermost = file.index().function_of(expr);
    let mut functions = std::iter::successors(innermost, |&id| file.index().outer_function(module, id));
    functions.any(|id| {
        module.list(file.function(id).decorators).iter().any(|decorator| {
            let callee = Call::of(module, decorator.expr).map_or(decorator.expr, |call| call.function);
            file.text_of(callee).ends_with("command")
        })
    })
}
