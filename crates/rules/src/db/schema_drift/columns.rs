//! Columns whose type or nullability differs between model and migrations.

use backlint_finding::{Audience, Findings};
use backlint_model::{Attribute, Column, MigratedColumn, Project, TypeFamily};

use super::Pair;

pub(super) fn report(project: &Project, pairs: &[Pair<'_>], findings: &mut Findings) {
    for pair in pairs {
        for (attribute, column) in pair.model.columns() {
            let name = column.name.as_deref().unwrap_or(&attribute.name);
            let Some(migrated) = pair.table.columns.get(name) else { continue };
            if pair.table.uncertain.contains(name) || !column.is_certain || !migrated.column.is_certain {
                continue;
            }
            report_column(project, pair, (attribute, column), migrated, findings);
        }
    }
}

fn report_column(
    project: &Project,
    pair: &Pair<'_>,
    (attribute, column): (&Attribute, &Column),
    migrated: &MigratedColumn,
    findings: &mut Findings,
) {
    let Some(file) = project.file(attribute.at.file) else { return };
    let label = format!("{}.{}", pair.name, migrated.name);
    let message = if let Some((own, theirs)) = differing_types(column, &migrated.column) {
        format!("`{label}` is {own} in the model and {theirs} in the migrations.")
    } else if is_differing_null(column, &migrated.column) {
        let (own, theirs) = match column.is_nullable {
            Some(true) => ("takes NULL", "is NOT NULL"),
            _ => ("is NOT NULL", "takes NULL"),
        };
        format!("`{label}` {own} in the model and {theirs} after the migrations.")
    } else {
        return;
    };
    let place = file.at(file.first_line(attribute.at.span));
    findings.report(place, label, message).also(migrated.at, "migrated like this").audience(Audience::Pedantic);
}

fn is_differing_null(own: &Column, migrated: &Column) -> bool {
    let is_key = own.is_primary_key || migrated.is_primary_key;
    !is_key && matches!((own.is_nullable, migrated.is_nullable), (Some(own), Some(other)) if own != other)
}

/// The names of two families that no database stores alike.
fn differing_types(own: &Column, migrated: &Column) -> Option<(&'static str, &'static str)> {
    let (own, migrated) = (plain(own.family)?, plain(migrated.family)?);
    (own != migrated).then_some((own, migrated))
}

/// The name of a family; none for those that are stored as another one.
fn plain(family: TypeFamily) -> Option<&'static str> {
    match family {
        TypeFamily::String => Some("text"),
        TypeFamily::Integer => Some("an integer"),
        TypeFamily::Number => Some("a number with decimals"),
        TypeFamily::Time => Some("a time"),
        _ => None,
    }
}
