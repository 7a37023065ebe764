//! DB005: a foreign key whose type differs from that of the column it refers to.

use backlint_finding::{Findings, Severity};
use backlint_model::{Attribute, Column, ForeignKey, Model, Project, TypeFamily};
use rustc_hash::FxHashMap;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let tables = Tables::of(project);
    for model in project.models() {
        // Columns of a mixin are reported where they are mapped first.
        for (attribute, column) in model.columns().filter(|(attribute, _)| attribute.class == model.class) {
            for key in &column.foreign_keys {
                let Some((target, target_column)) = tables.column(&key.target) else { continue };
                check_key(project, (attribute, column, key), (target, target_column), findings);
            }
        }
    }
}

fn check_key(
    project: &Project,
    (attribute, column, key): (&Attribute, &Column, &ForeignKey),
    (target, target_column): (&Attribute, &Column),
    findings: &mut Findings,
) {
    let Some(mismatch) = Mismatch::of(column, target_column) else { return };
    let Some(file) = project.file(attribute.at.file) else { return };
    let name = &attribute.name;
    let referred = &key.target;
    let message = match mismatch {
        Mismatch::Family => format!(
            "`{name}` is {} but `{referred}` is {}: the database refuses the constraint, or compares values that are never equal.",
            shown(project, column),
            shown(project, target_column)
        ),
        Mismatch::Length { own, target } => format!(
            "`{name}` holds {own} characters but `{referred}` may have {target}: longer keys cannot be stored here."
        ),
    };
    let span = file.module().span(key.at.expr);
    let place = if key.at.file == attribute.at.file { attribute.at.span.cover(span) } else { attribute.at.span };
    let report = findings.report(file.at(file.first_line(place)), format!("{name} -> {referred}"), message);
    let report = report.also(target.at, "the column it refers to");
    if let Mismatch::Length { .. } = mismatch {
        report.severity(Severity::Low);
    }
}

enum Mismatch {
    Family,
    Length { own: i64, target: i64 },
}

impl Mismatch {
    fn of(own: &Column, target: &Column) -> Option<Self> {
        let is_comparable =
            |column: &Column| matches!(column.family, TypeFamily::String | TypeFamily::Integer | TypeFamily::Uuid);
        if !is_comparable(own) || !is_comparable(target) {
            return None;
        }
        if own.family != target.family {
            return Some(Self::Family);
        }
        match (own.length, target.length) {
            (Some(own), Some(target)) if own < target => Some(Self::Length { own, target }),
            _ => None,
        }
    }
}

/// The type as it is written, or the family that the annotation implies.
fn shown(project: &Project, column: &Column) -> String {
    let written = column.type_at.and_then(|at| project.file(at.file).map(|file| file.text_of(at.expr)));
    match (written, column.family) {
        (Some(text), _) => format!("`{}`", text.split_whitespace().collect::<String>()),
        (None, TypeFamily::Integer) => "an integer".to_owned(),
        (None, TypeFamily::Uuid) => "a UUID".to_owned(),
        (None, _) => "a string".to_owned(),
    }
}

/// The mapped classes by their tables.
struct Tables<'p> {
    /// None where several classes are mapped to tables of one name.
    by_name: FxHashMap<&'p str, Option<&'p Model>>,
}

impl<'p> Tables<'p> {
    fn of(project: &'p Project) -> Self {
        let mut by_name: FxHashMap<&str, Option<&Model>> = FxHashMap::default();
        for model in project.models() {
            let Some(table) = model.table.as_deref() else { continue };
            by_name.entry(table).and_modify(|known| *known = None).or_insert(Some(model));
        }
        Self { by_name }
    }

    /// The column that `users.id` or `schema.users.id` means.
    fn column(&self, target: &str) -> Option<(&'p Attribute, &'p Column)> {
        let (table, column) = target.rsplit_once('.')?;
        let table = table.rsplit('.').next()?;
        self.by_name.get(table).copied().flatten()?.column_in_table(column)
    }
}
