//! Compares mapped classes, attribute by attribute.

use std::collections::{BTreeMap, BTreeSet};

use backlint_model::{AttributeKind, Column, Constructor, Model, Project};

use crate::libraries::{MappedClass, MappedColumn};

/// A name that no class has.
const ABSENT: &str = "surely_no_such_name";

/// What differs between a module's models and the classes that are mapped.
pub(crate) fn differences(project: &Project, mapped: &BTreeMap<String, MappedClass>) -> Vec<String> {
    let claimed: BTreeMap<&str, &Model> = project.models().iter().map(|model| (model.name.as_str(), model)).collect();
    let extra = claimed.keys().filter(|name| !mapped.contains_key(**name));
    let mut found: Vec<String> = extra.map(|name| format!("`{name}` is a model and not mapped")).collect();
    for (name, class) in mapped {
        match claimed.get(name.as_str()) {
            Some(model) => {
                let of_class = of_class(project, model, class).into_iter();
                found.extend(of_class.map(|difference| format!("`{name}`: {difference}")));
            }
            None => found.push(format!("`{name}` is mapped and no model")),
        }
    }
    found
}

fn of_class(project: &Project, model: &Model, mapped: &MappedClass) -> Vec<String> {
    let mut found = Vec::new();
    if model.table.as_deref().is_some_and(|table| table != mapped.table) {
        found.push(format!("its table is {:?} and not {:?}", mapped.table, model.table));
    }
    if model.is_open {
        return found;
    }
    found.extend(of_columns(project, model, mapped));
    let claimed = named(model, |kind| matches!(kind, AttributeKind::Relationship(_)));
    if claimed != mapped.relationships.iter().map(String::as_str).collect() {
        found.push(format!("its relationships are {:?} and not {claimed:?}", mapped.relationships));
    }
    let unknown = mapped.attributes.iter().filter(|name| !project.may_have_attribute(model, name));
    found.extend(unknown.map(|name| format!("the model knows no `{name}`")));
    if project.may_have_attribute(model, ABSENT) {
        found.push("the model takes any name for an attribute".to_owned());
    }
    if (model.constructor == Constructor::Declarative) != mapped.takes_any {
        found.push(format!("its constructor is {:?}", model.constructor));
    }
    found
}

fn named(model: &Model, is_one: impl Fn(&AttributeKind) -> bool) -> BTreeSet<&str> {
    model.attributes.iter().filter(|attribute| is_one(&attribute.kind)).map(|a| a.name.as_str()).collect()
}

fn of_columns(project: &Project, model: &Model, mapped: &MappedClass) -> Vec<String> {
    let claimed = named(model, |kind| matches!(kind, AttributeKind::Column(_)));
    let extra = claimed.iter().filter(|name| !mapped.columns.contains_key(**name));
    let mut found: Vec<String> = extra.map(|name| format!("`{name}` is no column")).collect();
    for (name, column) in &mapped.columns {
        match model.attribute(name).map(|attribute| &attribute.kind) {
            Some(AttributeKind::Column(claimed)) => found.extend(of_column(name, claimed, column)),
            Some(_) => found.push(format!("`{name}` is a column")),
            None if project.may_have_attribute(model, name) => {}
            None => found.push(format!("the model knows no column `{name}`")),
        }
    }
    found
}

/// What the model says of a column and does not hold. What it leaves open is no difference.
fn of_column(attribute: &str, claimed: &Column, mapped: &MappedColumn) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, is_same: bool| {
        if !is_same {
            found.push(format!("`{attribute}`: {what} differs; it is {mapped:?}, and the model says {claimed:?}"));
        }
    };
    compare("the name", claimed.name.as_deref().unwrap_or(attribute) == mapped.name);
    if claimed.is_certain {
        compare("being required", claimed.is_required() == mapped.required);
        compare("the nullability", claimed.is_nullable.is_none_or(|nullable| nullable == mapped.nullable));
        compare("the primary key", claimed.is_primary_key == mapped.primary_key);
        compare("uniqueness", claimed.is_unique == mapped.unique);
        compare("the index", claimed.is_indexed == mapped.index);
        let targets: Vec<&str> = claimed.foreign_keys.iter().map(|key| key.target.as_str()).collect();
        compare("the foreign key", targets == mapped.foreign_keys);
    }
    found
}
