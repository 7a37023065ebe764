//! What the bodies of a mapped class and of the classes above it define.

use backlint_semantic::{Binding, BindingKind, Call};
use backlint_syntax::ast::{ExprId, FunctionId, Stmt, StmtId};
use rustc_hash::FxHashSet;

use super::{Attribute, AttributeKind, columns, tables};
use crate::resolve::{ClassRef, ExprRef, Type};
use crate::{File, Project};

/// Makes columns of the plain annotations in the bodies of SQLModel's classes: `size: int = 1`.
pub(super) fn add_plain_fields(project: &Project, attributes: &mut [Attribute]) {
    for attribute in attributes.iter_mut().filter(|attribute| matches!(attribute.kind, AttributeKind::Other)) {
        let Some(file) = project.file(attribute.class.file) else { continue };
        let Some(name) = file.module().symbol(&attribute.name) else { continue };
        let scope = file.index().class_scope(attribute.class.id);
        let field = file.index().bindings_of(scope, name).iter().find_map(|binding| match binding.kind {
            BindingKind::Assign { value, annotation: Some(annotation) } => Some((value, annotation)),
            _ => None,
        });
        let Some((value, annotation)) = field.filter(|_| !attribute.name.starts_with("__")) else { continue };
        if !file.text_of(annotation).contains("ClassVar") {
            attribute.kind = AttributeKind::Column(Box::new(columns::plain_field(project, file, value, annotation)));
        }
    }
}

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
    let (value, annotation) = match binding.kind {
        BindingKind::Assign { value, annotation } => (value, annotation),
        BindingKind::Function(function) => match declared(file, function) {
            Some(value) => (Some(value), file.function(function).returns),
            None => return AttributeKind::Other,
        },
        _ => return AttributeKind::Other,
    };
    of_declaration(project, file, value, annotation)
}

/// What `name: annotation = value` on a mapped class makes of the name.
pub(super) fn of_declaration(
    project: &Project,
    file: File<'_>,
    value: Option<ExprId>,
    annotation: Option<ExprId>,
) -> AttributeKind {
    if let Some(column) = columns::read(project, file, value, annotation) {
        return AttributeKind::Column(Box::new(column));
    }
    match value.and_then(|value| relationship(file, value)) {
        Some(declaration) => AttributeKind::Relationship(Some(declaration)),
        None if value.is_some_and(|value| is_made_of_columns(file, value)) => AttributeKind::Other,
        None if annotation.is_some_and(|annotation| is_mapped(file, annotation)) => AttributeKind::Relationship(None),
        None => AttributeKind::Other,
    }
}

/// What a function below `@declared_attr` returns.
fn declared(file: File<'_>, function: FunctionId) -> Option<ExprId> {
    let module = file.module();
    let is_declared = module
        .list(file.function(function).decorators)
        .iter()
        .any(|decorator| file.text_of(decorator.expr).split('.').any(|part| part == "declared_attr"));
    let returned = |&stmt: &StmtId| match module.stmt(stmt) {
        Stmt::Return(value) => value,
        _ => None,
    };
    module.body(function).iter().find_map(returned).filter(|_| is_declared)
}

/// Values that are worked out of columns and are none themselves.
fn is_made_of_columns(file: File<'_>, value: ExprId) -> bool {
    let names = ["association_proxy", "column_property", "composite", "query_expression", "synonym"];
    Call::of(file.module(), value).is_some_and(|call| tables::is_call_of(call, &names))
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
