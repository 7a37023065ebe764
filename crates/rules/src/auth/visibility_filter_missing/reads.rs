//! The rows with a mark of visibility that a handler reads: by queries, and through rows of other classes.

use std::collections::BTreeMap;

use backlint_model::{ClassRef, EndKind, FunctionRef, Project, Query, Selection, words};
use backlint_source::Location;
use backlint_syntax::ast::Expr;

use super::marks::tests;
use crate::parameters::body_expressions;
use crate::returned::is_returned;

/// How many calls deep a handler may read rows, and look at what it read.
const MAX_DEPTH: u32 = 2;

/// How names of the caller are written where a handler may know one.
const CALLER: &[&str] = &["current_user", "g.user", "request.user", "state.user", "viewer", "optional_user"];

/// For each class with a mark that a handler reads: whether it looks at the mark, and where rows that it returns come from.
/// Handlers that may know their caller are left out.
pub(super) fn reads(
    project: &Project,
    handler: FunctionRef,
    marks: &BTreeMap<ClassRef, &str>,
) -> BTreeMap<ClassRef, (bool, Option<Location>)> {
    let mut found: BTreeMap<ClassRef, (bool, Option<Location>)> = BTreeMap::new();
    let functions = project.called_within(handler, MAX_DEPTH);
    for &(_, function) in &functions {
        let queries = project.queries_in(function).filter(|query| marks.contains_key(&query.entity) && is_run(query));
        for query in queries.filter(|query| !is_by_secret(project, query)) {
            let place = returned(project, function, query);
            let entry = found.entry(query.entity).or_default();
            entry.1 = entry.1.or(place);
        }
    }
    for (model, place) in related(project, handler, marks) {
        let entry = found.entry(model).or_default();
        entry.1 = entry.1.or(Some(place));
    }
    if !found.is_empty() && knows_caller(project, handler) {
        return BTreeMap::new();
    }
    for (model, (is_tested, _)) in &mut found {
        let Some((model, mark)) = project.model(*model).zip(marks.get(model)) else { continue };
        *is_tested = functions.iter().any(|&(_, function)| tests(project, function, model, mark));
    }
    found
}

fn is_run(query: &Query) -> bool {
    query.selects != Selection::Aggregates
        && query.ends.iter().any(|end| matches!(end.kind, EndKind::All | EndKind::One | EndKind::Page))
}

/// Whether rows are found by what only those know who were told: `Album.share_token == token`.
fn is_by_secret(project: &Project, query: &Query) -> bool {
    const WORDS: &[&str] = &["code", "hash", "invite", "key", "link", "secret", "share", "token"];
    project.criteria(query).iter().any(|criterion| WORDS.iter().any(|word| words::has_word(criterion.attribute, word)))
}

/// Where a query begins, if its function returns the rows.
fn returned(project: &Project, function: FunctionRef, query: &Query) -> Option<Location> {
    let file = project.file(query.at.file)?;
    let fetches = |kind| matches!(kind, EndKind::All | EndKind::One | EndKind::Page);
    let mut ends = query.ends.iter().filter(|end| fetches(end.kind));
    let is_given = ends.any(|end| is_returned(file, function.id, end.value));
    is_given.then(|| file.at(file.first_line(file.at_expr(query.at.expr).span)))
}

/// The rows that a handler returns through a relationship of other rows: `item.image.to_dict()`.
fn related(project: &Project, handler: FunctionRef, marks: &BTreeMap<ClassRef, &str>) -> Vec<(ClassRef, Location)> {
    let Some(file) = project.file(handler.file) else { return Vec::new() };
    let module = file.module();
    let led = body_expressions(file, handler.id).into_iter().filter_map(|expr| {
        let Expr::Attribute { value, name } = module.expr(expr) else { return None };
        let owner = project.row_model(file.id(), value)?;
        let target = project.related_model(owner.attribute(module.text(name))?)?;
        (marks.contains_key(&target.class) && is_returned(file, handler.id, expr))
            .then(|| (target.class, file.at_expr(expr)))
    });
    led.collect()
}

/// Whether a handler asks who is calling, as far as that is known.
fn knows_caller(project: &Project, handler: FunctionRef) -> bool {
    let Some(file) = project.file(handler.file) else { return true };
    let text = file.slice(file.module().stmt_span(file.function(handler.id).stmt));
    CALLER.iter().any(|name| text.contains(name))
}
