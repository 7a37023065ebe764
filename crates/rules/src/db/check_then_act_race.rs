//! DB027: what a function has read may be untrue by the time it acts on it.

mod counters;
mod inserts;

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{EndKind, File, FunctionRef, Project, Query, Reach, Role};
use backlint_syntax::ast::{Expr, Stmt, Symbol};

use crate::reached::reach_of;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let lookups: Vec<Lookup<'_>> = project.queries().iter().filter_map(|query| lookup(project, query)).collect();
    inserts::check(project, &lookups, findings);
    counters::check(project, &lookups, findings);
}

/// A query for one row, made on behalf of a request and without any lock, and the name of the row.
struct Lookup<'p> {
    query: &'p Query,
    file: File<'p>,
    function: FunctionRef,
    row: Symbol,
    /// Where the row is known.
    end: u32,
}

fn lookup<'p>(project: &'p Project, query: &'p Query) -> Option<Lookup<'p>> {
    let function = query.function?;
    let file = project.file(query.at.file).filter(|file| file.role() == Role::App)?;
    let module = file.module();
    let found = query.ends_of(EndKind::One).next()?;
    let stmt = file.index().stmt_of(found.value)?;
    let Stmt::Assign { targets, value } = module.stmt(stmt) else { return None };
    let &[target] = module.list(targets) else { return None };
    let (Expr::Name(row), true) = (module.expr(target), value == found.value) else { return None };
    let is_raced = reach_of(project, file, function.id) == Some(Reach::Request) && !is_guarded(file, function);
    is_raced.then(|| Lookup { query, file, function, row, end: module.stmt_span(stmt).end })
}

/// Whether a function locks, lets the database decide, or deals with having lost.
fn is_guarded(file: File<'_>, function: FunctionRef) -> bool {
    const SIGNS: &[&str] = &[
        "advisory",
        "begin_nested",
        "conflict",
        "for update",
        "for_update",
        "integrityerror",
        "lock",
        "merge(",
        "serializable",
        "upsert",
        "version_id",
    ];
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt)).to_ascii_lowercase();
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// Marks a finding as one of this rule's kind: a heuristic unless a sibling shows how it is meant to be done.
fn heuristic(finding: backlint_finding::FindingBuilder<'_>) {
    finding.audience(Audience::Pedantic).confidence(Confidence::Medium);
}
