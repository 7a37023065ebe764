//! Questions about mapped classes that several rules ask.

use backlint_model::{Attribute, Constructor, Entity, File, Model, Project};
use backlint_semantic::Call;
use backlint_syntax::ast::ExprId;

use crate::expressions::assigned_value;

/// A call that makes an object of a mapped class.
pub(super) struct Construction<'p> {
    pub(super) file: File<'p>,
    pub(super) call: Call<'p>,
    pub(super) model: &'p Model,
}

/// All calls of SQLAlchemy's own constructor, in source order.
pub(super) fn constructions(project: &Project) -> Vec<Construction<'_>> {
    if project.models().is_empty() {
        return Vec::new();
    }
    let calls = project.reported_files().flat_map(|file| file.calls().map(move |call| (file, call)));
    calls
        .filter_map(|(file, call)| {
            let model = constructed(project, file, call)?;
            (model.constructor == Constructor::Declarative).then_some(Construction { file, call, model })
        })
        .collect()
}

/// The mapped class whose object a call makes.
pub(super) fn constructed<'p>(project: &'p Project, file: File<'_>, call: Call<'_>) -> Option<&'p Model> {
    // Classes have capitals; resolving every call would be dear.
    if !call.name()?.starts_with(|c: char| c.is_uppercase()) {
        return None;
    }
    match project.resolve(file.id(), call.function) {
        Entity::Class(class) => project.model(class),
        _ => None,
    }
}

/// The attribute whose name is most like `name`, if one is alike enough to be what was meant.
pub(super) fn nearest<'m>(model: &'m Model, name: &str) -> Option<&'m Attribute> {
    const ALIKE: f64 = 0.6;
    let public = model.attributes.iter().filter(|attribute| !attribute.name.starts_with('_'));
    public
        .map(|attribute| (strsim::normalized_damerau_levenshtein(&attribute.name, name), attribute))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, attribute)| attribute)
}

/// ` (did you mean `x`?)`, or the columns there are.
pub(super) fn suggestion(model: &Model, name: &str) -> String {
    const MOST: usize = 6;
    if let Some(attribute) = nearest(model, name) {
        return format!(" (did you mean `{}`?)", attribute.name);
    }
    let columns: Vec<String> =
        model.columns().map(|(attribute, _)| format!("`{}`", attribute.name)).take(MOST).collect();
    if columns.is_empty() { String::new() } else { format!(" (columns: {})", columns.join(", ")) }
}

/// The call that makes an object: the expression itself, or the only thing that its name is bound to.
pub(super) fn made(file: File<'_>, expr: ExprId) -> Option<Call<'_>> {
    let made = assigned_value(file, expr).unwrap_or(expr);
    Call::of(file.module(), made)
}
