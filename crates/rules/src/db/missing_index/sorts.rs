//! Queries that find rows by an index and then sort them, to keep the first few.

use std::collections::BTreeMap;

use backlint_finding::{Audience, Findings};
use backlint_model::{Attribute, ClassRef, Column, Comparator, EndKind, File, Model, Project, Query, StepKind};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

use super::{SHOWN, tells_rows_apart};
use crate::db::indexes::Indexes;
use crate::tables::stays_small;

/// Reports the columns that queries compare by an index which does not go on with the column they order by.
pub(super) fn check(project: &Project, indexes: &Indexes, findings: &mut Findings) {
    let mut sites: BTreeMap<(ClassRef, String, String), Vec<Location>> = BTreeMap::new();
    for query in project.queries() {
        let Some(model) = project.model(query.entity).filter(|model| !stays_small(model)) else { continue };
        let Some(file) = project.file(query.at.file) else { continue };
        let Some((compared, ordered)) = sorted(project, file, model, query, indexes) else { continue };
        let at = file.at(file.first_line(file.at_expr(query.at.expr).span));
        sites.entry((model.class, compared.name.clone(), ordered.name.clone())).or_default().push(at);
    }
    for ((class, compared, ordered), at) in sites {
        if let Some(model) = project.model(class) {
            report(project, model, (&compared, &ordered), &at, findings);
        }
    }
}

/// The column that a query finds rows by, and the one that it sorts them by without help of an index.
fn sorted<'m>(
    project: &Project,
    file: File<'_>,
    model: &'m Model,
    query: &Query,
    indexes: &Indexes,
) -> Option<(&'m Attribute, &'m Attribute)> {
    let runs = query.function.is_some_and(|function| project.reach(function).is_some());
    let keeps_few = query.has(StepKind::Limit) && query.ends_of(EndKind::All).next().is_some();
    if !runs || !keeps_few || query.has(StepKind::Join) || query.has(StepKind::Group) {
        return None;
    }
    let criteria = project.criteria(query);
    let finds = |comparator: Comparator| matches!(comparator, Comparator::Equal | Comparator::In);
    // Patterns and ranges beside it leave the rows to be sorted.
    let mut finding = criteria.iter().filter(|criterion| finds(criterion.comparator));
    let only = finding.next().filter(|only| only.comparator == Comparator::Equal)?;
    if finding.next().is_some() || criteria.iter().any(|c| c.class.is_some_and(|class| class != query.entity)) {
        return None;
    }
    let column = |name: &str| model.columns().find(|(attribute, _)| attribute.name == name);
    let (compared, of_compared): (&Attribute, &Column) = column(only.attribute)?;
    let step = query.steps_of(StepKind::Order).next()?;
    let (ordered, of_ordered) = column(&ordered_name(file, Call::of(file.module(), step.call)?.positional(0)?)?)?;
    let is_single = of_compared.is_primary_key || of_compared.is_unique || of_ordered.is_primary_key;
    let has_index = !is_single && indexes.begins_with(model, compared, of_compared);
    let is_helped = || indexes.goes_on_with(model, (compared, of_compared), (ordered, of_ordered));
    (has_index && tells_rows_apart(compared, of_compared) && !is_helped()).then_some((compared, ordered))
}

/// The attribute in `Order.made_at`, `Order.made_at.desc()`, `desc(Order.made_at)`.
fn ordered_name(file: File<'_>, expr: ExprId) -> Option<String> {
    let module = file.module();
    let inner = match Call::of(module, expr) {
        Some(call) if matches!(call.name(), Some("asc" | "desc" | "nullsfirst" | "nullslast")) => {
            call.receiver().or_else(|| call.positional(0))?
        }
        Some(_) => return None,
        None => expr,
    };
    match module.expr(inner) {
        Expr::Attribute { name, .. } => Some(module.text(name).to_owned()),
        _ => None,
    }
}

fn report(
    project: &Project,
    model: &Model,
    (compared, ordered): (&str, &str),
    sites: &[Location],
    findings: &mut Findings,
) {
    let Some(attribute) = model.attribute(compared) else { return };
    let Some(file) = project.file(attribute.at.file) else { return };
    let table = model.table.as_deref().unwrap_or(&model.name);
    let queries = if sites.len() == 1 { "1 query finds".to_owned() } else { format!("{} queries find", sites.len()) };
    let message = format!(
        "{queries} rows by `{table}.{compared}` for the first few by `{ordered}`: all rows of one `{compared}` are \
         sorted. An index over both, in this order, needs no sorting."
    );
    let place = file.at(file.first_line(attribute.at.span));
    let mut report = findings.report(place, format!("{table}.{compared}, {ordered}"), message);
    report = report.audience(Audience::Auditor);
    for &at in sites.iter().take(SHOWN) {
        report = report.also(at, "sorted here");
    }
}
