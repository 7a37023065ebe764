//! The mapped classes of the project: which attributes they have, and what their columns say.

mod attributes;
mod bases;
mod columns;
mod deletion;
mod dynamic;
mod elements;
mod relationships;
mod rows;
mod tables;
mod visibility;

use backlint_source::Location;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Project;
use crate::resolve::{ClassRef, ExprRef};

pub(crate) use columns::declared_column;
pub use columns::{Column, ForeignKey, TypeFamily};

/// A mapped class.
#[derive(Clone, Debug)]
pub struct Model {
    /// The class.
    pub class: ClassRef,
    /// Its name in the source.
    pub name: String,
    /// The table it is mapped to; none if that is not known.
    pub table: Option<String>,
    /// All names that the class and the project's classes above it define, sorted by name.
    pub attributes: Vec<Attribute>,
    /// Whether there can be attributes that are not listed: a base from an unknown library, `__getattr__`, reflection.
    pub is_open: bool,
    /// How its objects are made.
    pub constructor: Constructor,
}

/// How the objects of a mapped class are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constructor {
    /// By SQLAlchemy's own constructor: it takes the name of any attribute, and raises for all others.
    Declarative,
    /// By a constructor of a library that takes what it likes.
    Library,
    /// By a constructor of the project.
    Own,
}

/// An attribute of a mapped class.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name in Python.
    pub name: String,
    /// What it is.
    pub kind: AttributeKind,
    /// Where it is defined.
    pub at: Location,
    /// The class that defines it.
    pub class: ClassRef,
}

/// What an attribute of a mapped class is.
#[derive(Clone, Debug)]
pub enum AttributeKind {
    /// A column.
    Column(Box<Column>),
    /// A relationship, from its declaration if that is known.
    Relationship(Option<ExprRef>),
    /// A method, property, constant or anything else.
    Other,
}

/// The mapped classes by class.
#[derive(Debug, Default)]
pub(crate) struct Orm {
    models: Vec<Model>,
    by_class: FxHashMap<ClassRef, usize>,
    /// Names that some mapped class has although its body does not say so, and which class that is cannot be told.
    loose: Vec<String>,
    /// The names of all columns.
    column_names: FxHashSet<String>,
}

impl Model {
    /// The attribute with this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        let at = self.attributes.binary_search_by(|attribute| attribute.name.as_str().cmp(name)).ok()?;
        self.attributes.get(at)
    }

    /// Its columns, sorted by the name of their attribute.
    pub fn columns(&self) -> impl Iterator<Item = (&Attribute, &Column)> {
        self.attributes.iter().filter_map(|attribute| match &attribute.kind {
            AttributeKind::Column(column) => Some((attribute, &**column)),
            _ => None,
        })
    }

    /// The column with this name in the database.
    pub fn column_in_table(&self, name: &str) -> Option<(&Attribute, &Column)> {
        self.columns().find(|(attribute, column)| column.name.as_deref().unwrap_or(&attribute.name) == name)
    }
}

impl Project {
    /// All mapped classes, in source order.
    pub fn models(&self) -> &[Model] {
        &self.orm.models
    }

    /// The mapped class that this class is.
    pub fn model(&self, class: ClassRef) -> Option<&Model> {
        self.orm.by_class.get(&class).map(|&at| &self.orm.models[at])
    }

    /// Whether some mapped class has a column of this name: telling what an expression is an object of is dear.
    pub(crate) fn has_column(&self, name: &str) -> bool {
        self.orm.column_names.contains(name)
    }

    /// Whether a mapped class may have an attribute of this name. Objects may be of a subclass, and names that could not
    /// be placed may be anybody's.
    pub fn may_have_attribute(&self, model: &Model, name: &str) -> bool {
        let is_listed = |model: &Model| model.is_open || model.attribute(name).is_some();
        is_listed(model)
            || bases::is_instrumentation(name)
            || self.orm.loose.iter().any(|loose| loose == name)
            || self.subclasses(model).any(is_listed)
    }

    /// The mapped classes below a mapped class.
    pub fn subclasses<'p>(&'p self, model: &'p Model) -> impl Iterator<Item = &'p Model> {
        self.orm
            .models
            .iter()
            .filter(move |other| other.class != model.class && self.is_below(other.class, model.class))
    }

    pub(crate) fn find_orm(&self) -> Orm {
        let mut models: Vec<Model> = bases::mapped_classes(self);
        let loose = dynamic::add(self, &mut models);
        for model in &mut models {
            model.attributes.sort_by(|a, b| a.name.cmp(&b.name));
        }
        let by_class = models.iter().enumerate().map(|(at, model)| (model.class, at)).collect();
        let columns = models.iter().flat_map(Model::columns);
        let column_names = columns.map(|(attribute, _)| attribute.name.clone()).collect();
        Orm { models, by_class, loose, column_names }
    }
}
