//! DB017: a column that queries filter by and that no index begins with.

mod sorts;

use std::collections::BTreeMap;

use backlint_finding::{Audience, Findings};
use backlint_model::{Attribute, ClassRef, Column, Comparator, Model, Project, Query, TypeFamily, words};
use backlint_source::Location;

use super::indexes::Indexes;
use crate::tables::stays_small;

/// How many queries a finding shows.
const SHOWN: usize = 8;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.models().is_empty() {
        return;
    }
    let indexes = Indexes::of(project);
    let mut sites: BTreeMap<(ClassRef, String), Vec<Location>> = BTreeMap::new();
    for query in project.queries() {
        let Some(model) = project.model(query.entity).filter(|model| !stays_small(model)) else { continue };
        let runs = query.function.is_some_and(|function| project.reach(function).is_some());
        if !runs || query.ends.iter().all(|end| !end.kind.is_run()) {
            continue;
        }
        let Some(name) = slow_column(project, model, query, &indexes) else { continue };
        if let Some(file) = project.file(query.at.file) {
            let at = file.at(file.first_line(file.at_expr(query.at.expr).span));
            sites.entry((model.class, name)).or_default().push(at);
        }
    }
    for ((class, name), at) in sites {
        let Some(model) = project.model(class) else { continue };
        if let Some((attribute, column)) = model.columns().find(|(attribute, _)| attribute.name == name) {
            report(project, model, (attribute, column), &at, findings);
        }
    }
    sorts::check(project, &indexes, findings);
}

/// The column that a query has to search the table by: it compares columns, and no index begins with any of them.
fn slow_column(project: &Project, model: &Model, query: &Query, indexes: &Indexes) -> Option<String> {
    let criteria = project.criteria(query);
    let own = criteria.iter().filter(|criterion| criterion.class.is_none_or(|class| class == query.entity));
    let compared = own.filter(|criterion| matches!(criterion.comparator, Comparator::Equal | Comparator::In));
    let columns: Vec<(&Attribute, &Column)> = compared
        .filter_map(|criterion| model.columns().find(|(attribute, _)| attribute.name == criterion.attribute))
        .collect();
    if columns.iter().any(|(attribute, column)| indexes.begins_with(model, attribute, column)) {
        return None;
    }
    let telling = columns.iter().find(|(attribute, column)| tells_rows_apart(attribute, column));
    telling.or(columns.first()).map(|(attribute, _)| attribute.name.clone())
}

/// Whether few rows share a value, so that an index helps.
fn tells_rows_apart(attribute: &Attribute, column: &Column) -> bool {
    const FEW_VALUES: &[&str] = &[
        "active", "category", "deleted", "flag", "gender", "kind", "language", "level", "mode", "priority", "role",
        "source", "state", "status", "type",
    ];
    let is_keyed = matches!(column.family, TypeFamily::Integer | TypeFamily::String | TypeFamily::Uuid);
    let has_few = FEW_VALUES.iter().any(|word| words::has_word(&attribute.name, word));
    !column.foreign_keys.is_empty() || is_keyed && column.is_certain && !has_few && !attribute.name.starts_with("is_")
}

fn report(
    project: &Project,
    model: &Model,
    (attribute, column): (&Attribute, &Column),
    sites: &[Location],
    findings: &mut Findings,
) {
    let Some(file) = project.file(attribute.at.file) else { return };
    let table = model.table.as_deref().unwrap_or(&model.name);
    let name = &attribute.name;
    let queries = if sites.len() == 1 { "1 query".to_owned() } else { format!("{} queries", sites.len()) };
    let is_telling = tells_rows_apart(attribute, column);
    let advice = if is_telling { "" } else { " If few rows have the value, an index over those alone finds them." };
    let message = format!(
        "`{table}.{name}` is compared in {queries} and no index begins with it: each reads the whole table.{advice}"
    );
    let place = file.at(file.first_line(attribute.at.span));
    let mut report = findings.report(place, format!("{table}.{name}"), message);
    if !is_telling {
        report = report.audience(Audience::Auditor);
    }
    for &at in sites.iter().take(SHOWN) {
        report = report.also(at, "compared here");
    }
}
