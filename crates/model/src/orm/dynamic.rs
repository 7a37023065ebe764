//! Attributes that mapped classes get from outside their bodies: back references, assignments, bases of bases.

use backlint_semantic::{Call, descendants};
use backlint_syntax::ast::{Expr, ExprId, Stmt};
use rustc_hash::FxHashMap;

use super::relationships::back_reference;
use super::{Attribute, AttributeKind, Model, attributes};
use crate::resolve::{ClassRef, Entity, ExprRef, Type};
use crate::{File, Project, Role};

/// Adds what can be placed; gives back the names that cannot.
pub(super) fn add(project: &Project, models: &mut [Model]) -> Vec<String> {
    let mut places = Places::of(models);
    let mut loose = Vec::new();
    for (owner, name, target, at) in back_references(project, models) {
        match places.find(project, owner, target) {
            Some(model) => insert(&mut models[model], name, AttributeKind::Relationship(Some(at))),
            None => loose.push(name),
        }
    }
    for file in project.files().filter(|file| !matches!(file.role(), Role::Test | Role::Frozen)) {
        for (class, name, at) in assignments(project, file) {
            if let Some(&model) = places.by_class.get(&class) {
                let kind = attributes::of_declaration(project, file, Some(at.expr), None);
                insert(&mut models[model], name, kind);
            }
        }
        for class in opened(project, file) {
            places.open(class, models);
        }
        loose.extend(base_names(project, file));
    }
    loose.sort_unstable();
    loose.dedup();
    loose
}

fn insert(model: &mut Model, name: String, kind: AttributeKind) {
    if model.attributes.iter().any(|attribute| attribute.name == name) {
        return;
    }
    let Some(first) = model.attributes.first() else { return };
    let place = first.at;
    let class = model.class;
    model.attributes.push(Attribute { name, kind, at: place, class });
}

/// Where the mapped classes are, by class and by name.
struct Places {
    by_class: FxHashMap<ClassRef, usize>,
    /// By name; none where several share one.
    by_name: FxHashMap<String, Option<usize>>,
}

impl Places {
    fn of(models: &[Model]) -> Self {
        let by_class = models.iter().enumerate().map(|(at, model)| (model.class, at)).collect();
        let mut by_name: FxHashMap<String, Option<usize>> = FxHashMap::default();
        for (at, model) in models.iter().enumerate() {
            by_name.entry(model.name.clone()).and_modify(|place| *place = None).or_insert(Some(at));
        }
        Self { by_class, by_name }
    }

    /// The mapped class that the target of a relationship means.
    fn find(&self, project: &Project, owner: ClassRef, target: Option<ExprId>) -> Option<usize> {
        let target = target?;
        let file = project.file(owner.file)?;
        if let Expr::Str(text) = file.module().expr(target) {
            let name = file.module().text(text).rsplit('.').next().unwrap_or_default();
            return self.by_name.get(name).copied().flatten();
        }
        match project.resolve(owner.file, target) {
            Entity::Class(class) => self.by_class.get(&class).copied(),
            _ => None,
        }
    }

    fn open(&mut self, class: ClassRef, models: &mut [Model]) {
        if let Some(&at) = self.by_class.get(&class) {
            models[at].is_open = true;
        }
    }
}

/// A class with a relationship, the name that the relationship gives the other side, that side, and the declaration.
type BackReference = (ClassRef, String, Option<ExprId>, ExprRef);

fn back_references(project: &Project, models: &[Model]) -> Vec<BackReference> {
    let mut found = Vec::new();
    for model in models {
        for attribute in &model.attributes {
            let AttributeKind::Relationship(Some(at)) = attribute.kind else { continue };
            let Some(file) = project.file(at.file) else { continue };
            let Some(call) = Call::of(file.module(), at.expr) else { continue };
            let Some(name) = back_reference(project, file, call) else { continue };
            let target = call.argument("argument", 0).or_else(|| annotated_target(file, at.expr));
            let target = target.filter(|_| attribute.class.file == at.file);
            found.push((attribute.class, name, target, at));
        }
    }
    found
}

/// `"Item"` of `items: List["Item"] = Relationship(…)`.
fn annotated_target(file: File<'_>, value: ExprId) -> Option<ExprId> {
    let module = file.module();
    let Stmt::AnnAssign { annotation, .. } = module.stmt(file.index().stmt_of(value)?) else { return None };
    let parts = descendants(module, annotation).into_iter();
    let named = parts.filter(|&part| matches!(module.expr(part), Expr::Name(_) | Expr::Str(_)));
    named.max_by_key(|&part| module.span(part).start)
}

/// `User.items = relationship(…)` behind the classes.
fn assignments(project: &Project, file: File<'_>) -> Vec<(ClassRef, String, ExprRef)> {
    let module = file.module();
    let mut found = Vec::new();
    for &stmt in module.top_level() {
        let Stmt::Assign { targets, value } = module.stmt(stmt) else { continue };
        let &[target] = module.list(targets) else { continue };
        let Expr::Attribute { value: object, name } = module.expr(target) else { continue };
        if let Entity::Class(class) = project.resolve(file.id(), object) {
            found.push((class, module.text(name).to_owned(), ExprRef { file: file.id(), expr: value }));
        }
    }
    found
}

/// Classes that `setattr` is called on.
fn opened(project: &Project, file: File<'_>) -> Vec<ClassRef> {
    file.calls_named(&["setattr", "add_property"])
        .filter_map(|call| {
            let object = if call.receiver().is_some() { return None } else { call.positional(0)? };
            match project.resolve(file.id(), object) {
                Entity::Class(class) => Some(class),
                _ => None,
            }
        })
        .collect()
}

/// The names of the classes that bases are made from: `declarative_base(cls=Base)`, `SQLAlchemy(model_class=Base)`, also
/// of the project's own subclass of `SQLAlchemy`, `db.make_declarative_base(Base)`.
fn base_names(project: &Project, file: File<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for given in bases_given(project, file) {
        let Entity::Class(class) = project.resolve(file.id(), given) else { continue };
        let lineage = project.lineage(class);
        names.extend(attributes::of(project, &lineage).into_iter().map(|attribute| attribute.name));
    }
    names
}

fn bases_given(project: &Project, file: File<'_>) -> Vec<ExprId> {
    let keyword = |call: Call<'_>, name: &str| call.keyword(name).map(|given| given.value);
    let made = file.calls_named(&["make_declarative_base"]).filter_map(|call| call.argument("model", 0));
    let declared = file.calls_named(&["declarative_base", "as_declarative", "SQLAlchemy", "generate_base"]);
    let declared = declared.filter_map(|call| keyword(call, "cls").or_else(|| keyword(call, "model_class")));
    // Few files have the word, and then few calls.
    let others = file.module().symbol("model_class").is_some().then(|| file.calls()).into_iter().flatten();
    let others = others.filter_map(|call| {
        let given = keyword(call, "model_class")?;
        makes_extension(project, file, call).then_some(given)
    });
    made.chain(declared).chain(others).collect()
}

/// Whether a call makes an object of the project's own subclass of Flask-SQLAlchemy's extension.
fn makes_extension(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    let Entity::Class(class) = project.resolve(file.id(), call.function) else { return false };
    project.lineage(class).iter().any(|of| matches!(of, Type::External(path) if path.ends_with(".SQLAlchemy")))
}
