//! Tables that revisions change, refer to, or leave out, without any revision that creates them.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::Findings;
use backlint_model::{DdlObject, DdlVerb, MigrationChain, Model, Operation, OperationKind, Project, Revision};
use backlint_source::Location;

use super::anchor;

/// From which share of the mapped tables on the migrations are meant to make all of them, in percent.
const MEANT_SHARE: usize = 80;

/// From how many mapped tables on a share says something.
const MEANT_TABLES: usize = 4;

pub(super) fn check(project: &Project, chain: &MigrationChain, findings: &mut Findings) {
    let asks_others = chain.revisions.iter().any(|revision| revision.depends_on_others);
    if !chain.is_certain() || is_stamped(chain) || asks_others {
        return;
    }
    let created = created(chain);
    let missing: Vec<Missing<'_>> =
        chain.in_order().into_iter().filter_map(|revision| Missing::in_revision(revision, &created)).collect();
    match missing.first() {
        Some(first) => report_missing(project, chain, first, &missing, findings),
        None => report_left_out(project, chain, &created, findings),
    }
}

/// The tables that a revision needs and that no revision creates.
struct Missing<'c> {
    revision: &'c Revision,
    /// The first step that needs one.
    operation: &'c Operation,
    tables: BTreeSet<&'c str>,
}

impl<'c> Missing<'c> {
    /// Steps that only run in some case look first.
    fn in_revision(revision: &'c Revision, created: &BTreeSet<&str>) -> Option<Self> {
        let firm = revision.operations.iter().filter(|operation| !operation.is_conditional);
        let used = firm.flat_map(|operation| tables_used(operation).into_iter().map(move |table| (operation, table)));
        let missing: Vec<_> = used.filter(|(_, table)| !created.contains(table) && !table.is_empty()).collect();
        let &(operation, _) = missing.first()?;
        Some(Self { revision, operation, tables: missing.into_iter().map(|(_, table)| table).collect() })
    }
}

/// Whether the first revision does nothing: databases are made from a dump and marked as being there.
fn is_stamped(chain: &MigrationChain) -> bool {
    chain.roots().iter().any(|root| root.operations.is_empty())
}

/// The tables that some revision creates, under all their names.
fn created(chain: &MigrationChain) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for operation in chain.revisions.iter().flat_map(|revision| &revision.operations) {
        match &operation.kind {
            OperationKind::CreateTable { table, .. } => {
                found.insert(table.as_str());
            }
            OperationKind::RenameTable { to, .. } => {
                found.insert(to.as_str());
            }
            OperationKind::Sql(statements) => {
                for ddl in statements.iter().filter(|ddl| ddl.object == DdlObject::Table) {
                    found.extend(ddl.new_name.as_deref());
                    if ddl.verb == DdlVerb::Create {
                        found.insert(ddl.name.as_str());
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// The tables that must be there before a step.
fn tables_used(operation: &Operation) -> Vec<&str> {
    match &operation.kind {
        OperationKind::CreateTable { references, .. } => references.iter().map(String::as_str).collect(),
        OperationKind::RenameTable { from: table, .. }
        | OperationKind::AddColumn { table, .. }
        | OperationKind::AlterColumn { table, .. }
        | OperationKind::DropColumn { table, .. }
        | OperationKind::CreateIndex(table, _) => vec![table],
        OperationKind::Reference { table, target } => vec![table, target],
        OperationKind::DropTable(_) | OperationKind::DropIndex { .. } | OperationKind::Sql(_) => Vec::new(),
    }
}

fn report_missing(
    project: &Project,
    chain: &MigrationChain,
    first: &Missing<'_>,
    all: &[Missing<'_>],
    findings: &mut Findings,
) {
    let Missing { revision, operation, .. } = first;
    let Some(table) = tables_used(operation).into_iter().find(|table| first.tables.contains(table)) else { return };
    let does = match operation.kind {
        OperationKind::CreateTable { .. } | OperationKind::Reference { .. } => "refers to",
        _ => "changes",
    };
    let others: BTreeSet<&str> =
        all.iter().flat_map(|missing| &missing.tables).copied().filter(|t| *t != table).collect();
    let more = match others.len() {
        0 => String::new(),
        1 => " (one more table is missing like that)".to_owned(),
        count => format!(" ({count} more tables are missing like that)"),
    };
    let message = format!(
        "`{}` {does} the table `{table}`, which no revision creates{more}: `upgrade head` fails on an empty database.",
        revision.id
    );
    let report = findings.report(revision.predecessors_at, anchor(project, revision, table), message);
    let report = report.also(operation.at, format!("`{table}` is needed here"));
    if let Some(&(_, at)) = models_of(project, chain).get(table) {
        report.also(at, "the class that is mapped to it");
    }
}

/// The mapped tables that the chain is for, with their classes.
fn models_of<'p>(project: &'p Project, chain: &MigrationChain) -> BTreeMap<&'p str, (&'p Model, Location)> {
    let mut found = BTreeMap::new();
    for model in project.models() {
        let Some(file) = project.file(model.class.file).filter(|file| chain.covers(file.path())) else { continue };
        if let Some(table) = model.table.as_deref() {
            found.insert(table, (model, file.at(file.class(model.class.id).header)));
        }
    }
    found
}

/// Mapped tables that no revision creates, where revisions create nearly all others.
fn report_left_out(project: &Project, chain: &MigrationChain, created: &BTreeSet<&str>, findings: &mut Findings) {
    let models = models_of(project, chain);
    let left_out: Vec<_> = models.iter().filter(|(table, _)| !created.contains(*table)).collect();
    let made = models.len() - left_out.len();
    if models.len() < MEANT_TABLES || made * 100 < models.len() * MEANT_SHARE {
        return;
    }
    let Some(head) = chain.in_order().last().copied() else { return };
    for (table, (model, at)) in left_out {
        let message = format!(
            "No revision up to `{}` creates `{table}`, the table of `{}`, while {made} of {} mapped tables are created: its first query fails.",
            head.id,
            model.name,
            models.len()
        );
        findings.report(head.at, anchor(project, head, table), message).also(*at, "the class that is mapped to it");
    }
}
