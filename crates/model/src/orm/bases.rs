//! Which classes are mapped, and which of them may have attributes that nobody sees.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, Expr, Stmt};
use serde::Deserialize;

use super::{Constructor, Model, attributes, columns, tables};
use crate::resolve::{ClassRef, Type};
use crate::{File, Project, Role};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bases {
    declarative: Vec<String>,
    instrumentation: Vec<String>,
    known: BTreeMap<String, Vec<String>>,
}

static BASES: LazyLock<Bases> = LazyLock::new(|| crate::words::load(include_str!("../../data/orm.toml")));

/// Whether SQLAlchemy or Python puts an attribute of this name on every mapped class.
pub(super) fn is_instrumentation(name: &str) -> bool {
    name.starts_with("__") || name.starts_with("_sa_") || BASES.instrumentation.iter().any(|known| known == name)
}

/// The mapped classes of files that are neither tests nor frozen, in source order.
pub(super) fn mapped_classes(project: &Project) -> Vec<Model> {
    let files = project.files().filter(|file| !matches!(file.role(), Role::Test | Role::Frozen));
    let classes = files.flat_map(|file| file.module().class_ids().map(move |id| ClassRef::new(file.id(), id)));
    classes.filter_map(|class| model(project, class)).collect()
}

fn model(project: &Project, class: ClassRef) -> Option<Model> {
    let file = project.file(class.file)?;
    let lineage = project.lineage(class);
    let is_below = lineage.len() > 1 && is_declarative(project, &lineage);
    if !is_below && !is_mapped_by_decorator(file, class) {
        return None;
    }
    let is_sqlmodel = lineage.iter().any(|t| matches!(t, Type::External(path) if path.starts_with("sqlmodel.")));
    if is_sqlmodel && !has_true_keyword(file, class, "table") {
        return None;
    }
    let mut body = attributes::of(project, &lineage);
    if is_sqlmodel {
        attributes::add_plain_fields(project, &mut body);
    }
    columns::settle_keys(&mut body, has_mapped_parent(project, &lineage));
    let has_columns = body.iter().any(|attribute| matches!(attribute.kind, super::AttributeKind::Column(_)));
    let table = tables::of(project, class, &lineage);
    if !has_columns && table.is_unnamed() || tables::is_abstract(project, class) {
        return None;
    }
    let is_open = table.is_reflected() || lineage.iter().any(|t| is_open(project, t));
    let mut attributes = body;
    attributes.extend(library_attributes(&lineage, file, class));
    Some(Model {
        class,
        name: file.class_name(class.id).to_owned(),
        table: table.name(),
        attributes,
        is_open,
        constructor: constructor(project, class, &lineage, is_sqlmodel),
    })
}

/// Flask-SQLAlchemy's base is mostly an attribute of an object that an extension module makes.
fn is_declarative(project: &Project, lineage: &[Type]) -> bool {
    lineage.iter().enumerate().any(|(above, t)| match t {
        Type::External(path) => BASES.declarative.contains(path) || path == "db.Model",
        Type::Project(class) => above > 0 && is_base_by_decorator(project, *class),
    })
}

/// `@as_declarative()`, `@mapper_registry.as_declarative_base()`.
fn is_base_by_decorator(project: &Project, class: ClassRef) -> bool {
    let Some(file) = project.file(class.file) else { return false };
    let decorators = file.module().list(file.class(class.id).decorators);
    decorators.iter().any(|decorator| {
        let call = Call::of(file.module(), decorator.expr).and_then(|call| call.name());
        matches!(call, Some("as_declarative" | "as_declarative_base"))
    })
}

/// Whether a class above has a table of its own, so that rows are in both.
fn has_mapped_parent(project: &Project, lineage: &[Type]) -> bool {
    lineage.iter().skip(1).any(|t| match t {
        Type::Project(class) => project.class_attribute(*class, "__tablename__").is_some(),
        Type::External(_) => false,
    })
}

/// `@mapper_registry.mapped`.
fn is_mapped_by_decorator(file: File<'_>, class: ClassRef) -> bool {
    let decorators = file.module().list(file.class(class.id).decorators);
    decorators.iter().any(|decorator| file.text_of(decorator.expr).ends_with(".mapped"))
}

pub(super) fn has_true_keyword(file: File<'_>, class: ClassRef, keyword: &str) -> bool {
    let module = file.module();
    let arguments = module.list(file.class(class.id).bases);
    arguments.iter().any(|argument| {
        matches!(argument.kind, ArgKind::Keyword(name) if module.text(name) == keyword)
            && module.expr(argument.value) == Expr::True
    })
}

/// Whether a class of a hierarchy may bring names that are not in sight.
fn is_open(project: &Project, of: &Type) -> bool {
    let class = match of {
        Type::External(path) => {
            return path != "db.Model" && !BASES.known.contains_key(path.as_str());
        }
        Type::Project(class) => *class,
    };
    let Some(file) = project.file(class.file) else { return true };
    let dynamic = ["__getattr__", "__getattribute__"];
    dynamic.iter().any(|name| project.own_method(class, name).is_some())
        || has_metaclass(file, class)
        || has_unknown_decorator(file, class)
        || computes_names(file, class)
}

fn has_metaclass(file: File<'_>, class: ClassRef) -> bool {
    let module = file.module();
    let arguments = module.list(file.class(class.id).bases);
    arguments.iter().any(|argument| match argument.kind {
        ArgKind::Keyword(name) => module.text(name) == "metaclass" && !file.text_of(argument.value).contains("ABCMeta"),
        ArgKind::Star | ArgKind::DoubleStar => true,
        ArgKind::Positional => false,
    })
}

/// Decorators may add attributes; those known here add none that code asks for.
fn has_unknown_decorator(file: File<'_>, class: ClassRef) -> bool {
    const HARMLESS: &[&str] = &[
        "mapped",
        "dataclass",
        "mapped_as_dataclass",
        "total_ordering",
        "as_declarative",
        "as_declarative_base",
        "final",
    ];
    let module = file.module();
    module.list(file.class(class.id).decorators).iter().any(|decorator| {
        let callee = Call::of(module, decorator.expr).map_or(decorator.expr, |call| call.function);
        let last = file.text_of(callee).rsplit('.').next().unwrap_or_default();
        !HARMLESS.contains(&last)
    })
}

/// Loops and calls in a class body, as in `locals()[name] = Column(…)`, and values of several columns.
fn computes_names(file: File<'_>, class: ClassRef) -> bool {
    let module = file.module();
    module.list(file.class(class.id).body).iter().any(|&stmt| match module.stmt(stmt) {
        Stmt::For { .. } | Stmt::While { .. } | Stmt::Unknown => true,
        Stmt::Expr(value) => Call::of(module, value).is_some(),
        Stmt::Assign { value, .. } | Stmt::AnnAssign { value: Some(value), .. } => {
            Call::of(module, value).is_some_and(|call| tables::is_call_of(call, &["composite"]))
        }
        _ => false,
    })
}

/// The names that libraries add: to all classes below a base, and by `@dataclass`.
fn library_attributes(lineage: &[Type], file: File<'_>, class: ClassRef) -> Vec<super::Attribute> {
    let at = file.at(file.class(class.id).name_span);
    let names = lineage.iter().filter_map(|t| match t {
        Type::External(path) => BASES.known.get(path.as_str()),
        Type::Project(_) => None,
    });
    names
        .flatten()
        .map(|name| super::Attribute { name: name.clone(), kind: super::AttributeKind::Other, at, class })
        .collect()
}

fn constructor(project: &Project, class: ClassRef, lineage: &[Type], is_sqlmodel: bool) -> Constructor {
    let has_own = project.method(class, "__init__").is_some() || project.method(class, "__new__").is_some();
    let is_dataclass = lineage.iter().any(|t| match t {
        Type::External(path) => path.ends_with(".MappedAsDataclass"),
        Type::Project(class) => project.file(class.file).is_some_and(|file| is_dataclass(file, *class)),
    });
    match (has_own, is_sqlmodel || is_dataclass) {
        (true, _) => Constructor::Own,
        (false, true) => Constructor::Library,
        (false, false) => Constructor::Declarative,
    }
}

fn is_dataclass(file: File<'_>, class: ClassRef) -> bool {
    let decorators = file.module().list(file.class(class.id).decorators);
    decorators.iter().any(|decorator| file.text_of(decorator.expr).contains("dataclass"))
}

impl Project {
    /// Whether a class derives from another class of the project.
    pub(crate) fn is_below(&self, class: ClassRef, above: ClassRef) -> bool {
        self.lineage_of(class).contains(&Type::Project(above))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_without_doubles() {
        for list in BASES.known.values().chain([&BASES.declarative, &BASES.instrumentation]) {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
        }
    }

    #[test]
    fn every_declarative_base_is_known() {
        let unknown = BASES.declarative.iter().filter(|path| !BASES.known.contains_key(*path));
        assert_eq!(unknown.collect::<Vec<_>>(), [&"sqlmodel.main.SQLModel".to_owned()]);
    }
}
