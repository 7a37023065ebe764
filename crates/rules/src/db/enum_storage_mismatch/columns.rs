//! Columns that store the names of an enumeration's members where these differ from the values.

use std::collections::BTreeMap;

use backlint_model::{Attribute, ClassRef, Column, Entity, Enumeration, File, Model, Project};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::ExprId;

/// A column that stores names.
pub(super) struct Named<'p> {
    pub(super) model: &'p Model,
    pub(super) attribute: &'p Attribute,
    pub(super) column: &'p Column,
    pub(super) enumeration: Enumeration,
    /// Where the enumeration is defined.
    pub(super) defined_at: Location,
}

/// All such columns, by class and attribute.
pub(super) fn named_columns(project: &Project) -> BTreeMap<(ClassRef, &str), Named<'_>> {
    let mut found = BTreeMap::new();
    let with_enumeration = project.models().iter().flat_map(|model| model.columns().map(move |column| (model, column)));
    let maps_annotations = maps_annotations(project);
    for (model, (attribute, column)) in with_enumeration {
        let Some(class) = column.enumeration.filter(|_| stores_names(project, column, maps_annotations)) else {
            continue;
        };
        let Some(enumeration) = project.enumeration(class) else { continue };
        let differ = enumeration.members.iter().any(|member| member.name != member.value);
        let defined = project.file(class.file).map(|file| file.at(file.first_line(class_span(file, class))));
        if let (true, Some(defined_at)) = (differ, defined) {
            let named = Named { model, attribute, column, enumeration, defined_at };
            found.insert((model.class, attribute.name.as_str()), named);
        }
    }
    found
}

fn class_span(file: File<'_>, class: ClassRef) -> backlint_source::Span {
    file.module().stmt_span(file.class(class.id).stmt)
}

/// Whether the type is SQLAlchemy's own, and nobody tells it what to store.
fn stores_names(project: &Project, column: &Column, maps_annotations: bool) -> bool {
    let Some(at) = column.type_at else { return !maps_annotations };
    let Some(file) = project.file(at.file) else { return false };
    Call::of(file.module(), at.expr).is_some_and(|call| {
        call.keyword("values_callable").is_none()
            && !call.has_unpacking()
            && is_library_type(project, file, call.function)
    })
}

fn is_library_type(project: &Project, file: File<'_>, callee: ExprId) -> bool {
    let path = match project.resolve(file.id(), callee) {
        Entity::External(path) => path,
        // `db.Enum` of an extension.
        _ => file.text_of(callee).to_owned(),
    };
    let is_known = path.starts_with("sqlalchemy") || path.starts_with("db.") || path.starts_with("flask_sqlalchemy");
    is_known && matches!(path.rsplit('.').next(), Some("Enum" | "ENUM"))
}

/// Whether a base says which types annotations stand for.
fn maps_annotations(project: &Project) -> bool {
    project.app_files().any(|file| file.module().symbol("type_annotation_map").is_some())
}
