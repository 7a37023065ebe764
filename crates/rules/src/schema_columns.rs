//! The columns that the fields of Pydantic models are written to, told by names.

use std::collections::BTreeMap;

use backlint_model::{Attribute, Column, DataSchema, Model, Project, SchemaField};

/// The mapped classes by name; those whose name several have are left out.
pub(crate) struct Columns<'p> {
    models: BTreeMap<&'p str, Option<&'p Model>>,
}

impl<'p> Columns<'p> {
    pub(crate) fn of(project: &'p Project) -> Self {
        let mut models: BTreeMap<&str, Option<&Model>> = BTreeMap::new();
        for model in project.models() {
            models.entry(model.name.as_str()).and_modify(|known| *known = None).or_insert(Some(model));
        }
        Self { models }
    }

    /// The mapped class that a Pydantic model describes: `Order` for `OrderCreate`.
    pub(crate) fn model(&self, schema: &DataSchema) -> Option<&'p Model> {
        let subject = schema.subject();
        let found = self.models.get(subject).or_else(|| self.models.get(format!("{subject}Model").as_str()));
        found.copied().flatten()
    }

    /// The column that has the name of a field, or of its alias, in that class.
    pub(crate) fn of_field(&self, schema: &DataSchema, field: &SchemaField) -> Option<(&'p Attribute, &'p Column)> {
        let model = self.model(schema)?;
        model.columns().find(|(attribute, _)| attribute.name == field.name || attribute.name == field.input_name())
    }
}

/// Whether a column holds JSON of any form.
pub(crate) fn is_json(project: &Project, column: &Column) -> bool {
    let written = column.type_at.and_then(|at| Some(project.file(at.file)?.text_of(at.expr)));
    written.is_some_and(|text| text.to_ascii_uppercase().contains("JSON"))
}
