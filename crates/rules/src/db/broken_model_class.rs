//! DB029: classes whose names or bases SQLAlchemy does not take.

use backlint_finding::Findings;
use backlint_model::{AttributeKind, ClassRef, File, Model, Project};
use backlint_syntax::ast::{ArgKind, ClassId};

use super::versions::{Sqlalchemy, sqlalchemy};

/// What looks like the standard library's `Enum` and is a column type.
const COLUMN_TYPES: &[&str] = &["sqlalchemy.Enum", "sqlalchemy.sql.sqltypes.Enum", "sqlalchemy.types.Enum"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if sqlalchemy(project) != Sqlalchemy::WarnsOfNames {
        for model in project.models() {
            reserved(project, model, findings);
        }
    }
    for file in project.reported_files().filter(|file| file.module().symbol("Enum").is_some()) {
        for class in file.module().class_ids() {
            enumeration(file, class, findings);
        }
    }
}

/// `metadata` as a column or relationship.
fn reserved(project: &Project, model: &Model, findings: &mut Findings) {
    let Some(attribute) = model.attribute("metadata") else { return };
    let is_mapped = matches!(attribute.kind, AttributeKind::Column(_) | AttributeKind::Relationship(_));
    let is_nearest = attribute.class == model.class || !is_model(project, attribute.class);
    let Some(file) = project.file(attribute.at.file).filter(|file| file.role().is_reported()) else { return };
    if !is_mapped || !is_nearest {
        return;
    }
    let message = format!(
        "`metadata` is reserved in mapped classes: SQLAlchemy refuses `{}` and importing this module raises.",
        model.name
    );
    findings.report(file.at(file.first_line(attribute.at.span)), format!("{}.metadata", model.name), message);
}

fn is_model(project: &Project, class: ClassRef) -> bool {
    project.model(class).is_some()
}

/// `class State(str, Enum)` with SQLAlchemy's `Enum`.
fn enumeration(file: File<'_>, class: ClassId, findings: &mut Findings) {
    let module = file.module();
    let bases = module.list(file.class(class).bases);
    let mut positional = bases.iter().filter(|base| base.kind == ArgKind::Positional).map(|base| base.value);
    let Some(first) = positional.next().filter(|&first| matches!(file.text_of(first), "str" | "int")) else { return };
    let is_column_type = |base| file.path_of(base).is_some_and(|path| COLUMN_TYPES.contains(&path.as_str()));
    let Some(base) = positional.find(|&base| is_column_type(base)) else { return };
    let name = file.class_name(class);
    let kind = file.text_of(first);
    let message = format!(
        "`Enum` is SQLAlchemy's column type here, not `enum.Enum`: `{name}` is no enumeration, its members are plain \
         `{kind}` values and `Enum({name})` raises."
    );
    findings.report(file.at_expr(base), name, message);
}
