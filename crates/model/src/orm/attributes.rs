//! What the bodies of a mapped class and of the classes above it define.

use backlint_semantic::{Binding, BindingKind, Call};
use backlint_syntax::ast::ExprId;
use rustc_hash::FxHashSet;

use super::{Attribute, AttributeKind, columns, tables};
use crate::resolve::{ClassRef, ExprRef, Type};
use crate::{File, Project};

/// The attributes of a class with this lineage; of several with one name the nearest.
pub(super) fn of(project: &Project, lineage: &[Type]) -> Vec<Attribute> {
    let mut found: Vec<Attribute> = Vec::new();
    let mut seen: FxHashSet<String> = FxHashSet::default();
    for of in lineage {
        let Type::Project(class) = of else { continue };
        let Some(file) = project.file(class.file) else { continue };
        for attribute in own(project, file, *class) {
            if seen.insert(attribute.name.clone()) {
                found.push(attribute);
            }
        }
    }
    found
}

fn own(project: &Project, file: File<'_>, class: ClassRef) -> Vec<Attribute> {
    let module = file.module();
    let scope = file.index().class_scope(class.id);
    let mut found: Vec<Attribute> = file
        .index()
        .bindings_in(scope)
        .iter()
        .map(|binding| Attribute {
            name: module.text(binding.name).to_owned(),
            kind: kind(project, file, binding),
            at: file.at(binding.span),
            class,
        })
        .collect();
    // The column decides where a name is bound twice.
    found.sort_by_key(|attribute| matches!(attribute.kind, AttributeKind::Other));
    found.extend(file.data.self_attributes.iter().filter(|attribute| attribute.class == class.id).map(|attribute| {
        let name = module.text(attribute.name).to_owned();
        Attribute { name, kind: AttributeKind::Other, at: file.at_expr(attribute.value), class }
    }));
    found
}

fn kind(project: &Project, file: File<'_>, binding: &Binding) -> AttributeKind {
    let BindingKind::Assign { value, annotation } = binding.kind else { return AttributeKind::Other };
    if let Some(column) = columns::read(project, file, value, annotation) {
        return AttributeKind::Column(Box::new(column));
    }
    match value.and_then(|value| relationship(file, value)) {
        Some(declaration) => AttributeKind::Relationship(Some(declaration)),
        None if annotation.is_some_and(|annotation| is_mapped(file, annotation)) => AttributeKind::Relationship(None),
        None => AttributeKind::Other,
    }
}

/// `relationship(…)`, `db.relationship(…)`, SQLModel's `Relationship(…)`.
fn relationship(file: File<'_>, value: ExprId) -> Option<ExprRef> {
    let call = Call::of(file.module(), value)?;
    let names = ["relationship", "Relationship", "relation", "dynamic_loader"];
    tables::is_call_of(call, &names).then_some(ExprRef { file: file.id(), expr: value })
}

/// `Mapped[…]` of something that is no column.
fn is_mapped(file: File<'_>, annotation: ExprId) -> bool {
    let text = file.text_of(annotation);
    ["Mapped[", "DynamicMapped[", "WriteOnlyMapped["].iter().any(|form| text.contains(form))
}
