//! Names, imports and attributes.

use backlint_semantic::{Binding, BindingKind, Call, Import, Root, ScopeId};
use backlint_source::FileId;
use backlint_syntax::ast::{Expr, ExprId, FunctionId, ParamKind};

use super::{ClassRef, Entity, ExprRef, FunctionRef, MAX_STEPS, Type};
use crate::imports::ImportTarget;
use crate::modules::ModuleTarget;
use crate::{File, Project};

impl Project {
    /// What a name with attributes is.
    pub(super) fn dotted_entity(&self, file: FileId, expr: ExprId, steps: u32) -> Entity {
        let Some(view) = self.file(file) else { return Entity::Unknown };
        let module = view.module();
        let Some(dotted) = view.index().dotted(module, expr) else {
            return self.attribute_of_expression(file, expr, steps);
        };
        let mut current = match dotted.root {
            Root::Free(name) => self.free_name(file, module.text(name), steps),
            Root::Bound(bindings) => self.bound_name(file, bindings, steps),
        };
        for name in dotted.rest {
            current = self.member(&current, module.text(name), steps);
        }
        current
    }

    /// `call().name`, `items[0].name`: an attribute of something that is no name.
    fn attribute_of_expression(&self, file: FileId, expr: ExprId, steps: u32) -> Entity {
        let Some(view) = self.file(file) else { return Entity::Unknown };
        let Expr::Attribute { value, name } = view.module().expr(expr) else { return Entity::Unknown };
        let name = view.module().text(name);
        if let Some(method) = self.method_above(view, value, name) {
            return Entity::Function(method);
        }
        let object = self.entity(file, value, steps);
        self.member(&object, name, steps)
    }

    /// The method that `super().name` means in a class of the project.
    fn method_above(&self, view: File<'_>, object: ExprId, name: &str) -> Option<FunctionRef> {
        let call =
            Call::of(view.module(), object).filter(|call| call.name() == Some("super") && call.receiver().is_none())?;
        let function = view.index().function_of(call.expr)?;
        let class = self.class_of(FunctionRef::new(view.id(), function))?;
        self.lineage_of(class).iter().skip(1).find_map(|above| match above {
            Type::Project(above) => self.own_method(*above, name),
            Type::External(_) => None,
        })
    }

    /// A name that the file binds nowhere: from a star import, or a builtin.
    fn free_name(&self, file: FileId, name: &str, steps: u32) -> Entity {
        self.star_import(file, name, steps).unwrap_or_else(|| Entity::External(name.to_owned()))
    }

    fn star_import(&self, file: FileId, name: &str, steps: u32) -> Option<Entity> {
        let steps = steps.checked_sub(1)?;
        self.imports(file)?.stars().iter().find_map(|&star| self.module_member(star, name, steps))
    }

    /// The thing called `name` in the module's scope.
    pub(crate) fn module_member(&self, file: FileId, name: &str, steps: u32) -> Option<Entity> {
        let steps = steps.checked_sub(1)?;
        let view = self.file(file)?;
        let found = view.module().symbol(name).and_then(|symbol| {
            let bindings = view.index().bindings_of(ScopeId::MODULE, symbol);
            (!bindings.is_empty()).then(|| self.bound_name(file, bindings, steps))
        });
        found.or_else(|| self.star_import(file, name, steps)).or_else(|| self.submodule(file, name))
    }

    fn submodule(&self, file: FileId, name: &str) -> Option<Entity> {
        let local = self.file(file)?.local_path();
        let is_package = local.ends_with("/__init__.py") || local == "__init__.py";
        if !is_package {
            return None;
        }
        match self.modules.find(local, 1, name)? {
            ModuleTarget::File(target) => Some(Entity::Module(target)),
            ModuleTarget::Namespace => None,
        }
    }

    /// What a name with these bindings is.
    fn bound_name(&self, file: FileId, bindings: &[Binding], steps: u32) -> Entity {
        let Some(steps) = steps.checked_sub(1) else { return Entity::Unknown };
        let imports = bindings.iter().filter_map(|binding| match binding.kind {
            BindingKind::Import(import) => Some(import),
            _ => None,
        });
        let mut external = None;
        for import in imports {
            match self.imported(file, import, steps) {
                Entity::External(path) => external = external.or(Some(Entity::External(path))),
                Entity::Unknown => {}
                found => return found,
            }
        }
        if let Some(found) = external {
            return found;
        }
        let Some(binding) = self.deciding_binding(file, bindings) else { return Entity::Unknown };
        self.binding_entity(file, &binding, steps)
    }

    /// The binding that decides what a name is: the last definition, or the one assignment of something but `None`.
    fn deciding_binding(&self, file: FileId, bindings: &[Binding]) -> Option<Binding> {
        let view = self.file(file)?;
        let is_definition = |b: &&Binding| matches!(b.kind, BindingKind::Function(_) | BindingKind::Class(_));
        if let Some(found) = bindings.iter().rev().find(is_definition) {
            return Some(*found);
        }
        let is_none = |b: &Binding| match b.kind {
            BindingKind::Assign { value: Some(value), .. } => view.module().expr(value) == Expr::None,
            BindingKind::Assign { value: None, annotation } => annotation.is_none(),
            BindingKind::Deleted => true,
            _ => false,
        };
        let values: Vec<&Binding> = bindings.iter().filter(|b| !is_none(b)).collect();
        match values.as_slice() {
            [] => bindings.first().copied(),
            [only] => Some(**only),
            // `x: Client` followed by `x = Client()`, or assignments in both branches of a condition.
            [first, ..] => {
                let has_annotation = |b: &&&Binding| {
                    matches!(b.kind, BindingKind::Assign { annotation: Some(_), .. } | BindingKind::Param(..))
                };
                values.iter().find(has_annotation).or(Some(first)).map(|b| **b)
            }
        }
    }

    fn binding_entity(&self, file: FileId, binding: &Binding, steps: u32) -> Entity {
        match binding.kind {
            BindingKind::Function(id) => Entity::Function(FunctionRef::new(file, id)),
            BindingKind::Class(id) => Entity::Class(ClassRef::new(file, id)),
            BindingKind::Param(function, place) => self.param_entity(file, function, place, steps),
            BindingKind::Assign { value: Some(value), annotation } => {
                let found = self.entity(file, value, steps);
                match (found.is_known(), annotation) {
                    (false, Some(annotation)) => self.annotated(file, annotation, steps),
                    _ => found,
                }
            }
            BindingKind::Assign { value: None, annotation: Some(annotation) } => {
                self.annotated(file, annotation, steps)
            }
            BindingKind::Named { value } | BindingKind::TypeAlias { value } => self.entity(file, value, steps),
            BindingKind::With { context } => self.entered(file, context, steps),
            _ => Entity::Unknown,
        }
    }

    /// A parameter: `self`, `cls`, what its annotation says, or itself.
    fn param_entity(&self, file: FileId, function: FunctionId, place: u32, steps: u32) -> Entity {
        let Some(view) = self.file(file) else { return Entity::Unknown };
        let module = view.module();
        let Some(param) = module.list(view.function(function).params).get(place as usize) else {
            return Entity::Unknown;
        };
        if let (0, Some(class)) = (place, view.index().class_of(module, function)) {
            let of = Type::Project(ClassRef::new(file, class));
            match module.text(param.name) {
                "self" => return Entity::Instance { of, origin: None },
                "cls" => return Entity::Class(ClassRef::new(file, class)),
                _ => {}
            }
        }
        let is_single = !matches!(param.kind, ParamKind::VarArgs | ParamKind::VarKeywords);
        let annotated = match param.annotation.filter(|_| is_single) {
            Some(annotation) => self.annotated(file, annotation, steps),
            None => Entity::Unknown,
        };
        match annotated {
            Entity::Unknown => self
                .provided(file, param.default, steps)
                .unwrap_or(Entity::Param(FunctionRef::new(file, function), place)),
            found => found,
        }
    }

    /// What `Depends(provider)` as a default hands in.
    fn provided(&self, file: FileId, default: Option<ExprId>, steps: u32) -> Option<Entity> {
        let view = self.file(file)?;
        let call = backlint_semantic::Call::of(view.module(), default?)?;
        if !matches!(call.name(), Some("Depends" | "Security")) {
            return None;
        }
        match self.entity(file, call.positional(0)?, steps) {
            Entity::Function(provider) => Some(self.returned(provider, steps)),
            Entity::Class(class) => Some(Entity::Instance { of: Type::Project(class), origin: None }),
            _ => None,
        }
        .filter(Entity::is_known)
    }

    fn imported(&self, file: FileId, import: Import, steps: u32) -> Entity {
        let (Some(view), Some(imports)) = (self.file(file), self.imports(file)) else { return Entity::Unknown };
        let module = view.module();
        let from = import.module.map_or("", |name| module.text(name));
        let ImportTarget { module: target, item } = imports.target(import);
        let Some(name) = import.name.map(|name| module.text(name)) else {
            return imported_module(target, from, import.is_aliased);
        };
        if let Some(ModuleTarget::File(target)) = target
            && target != file
            && let Some(found) = self.module_member(target, name, steps)
        {
            return found;
        }
        if let Some(ModuleTarget::File(found)) = item {
            return Entity::Module(found);
        }
        match target {
            // The module is the project's own, but the name is not seen in it.
            Some(_) => Entity::Unknown,
            None if import.level > 0 => Entity::Unknown,
            None => Entity::External(joined(from, ".", name)),
        }
    }

    /// The attribute `name` of something.
    pub(crate) fn member(&self, of: &Entity, name: &str, steps: u32) -> Entity {
        let Some(steps) = steps.checked_sub(1) else { return Entity::Unknown };
        match of {
            Entity::Module(file) => self.module_member(*file, name, steps).unwrap_or(Entity::Unknown),
            Entity::Class(class) => self.class_member(*class, name, steps),
            Entity::Instance { of: Type::Project(class), .. } => self.instance_member(*class, name, steps),
            Entity::Instance { of: Type::External(path), .. } => Entity::External(joined(path, ".", name)),
            Entity::Result { of: path, .. } => Entity::External(joined(path, "().", name)),
            Entity::External(path) => match path.strip_prefix(NAMESPACE) {
                Some(namespace) => self.namespace_member(namespace, name),
                None => Entity::External(joined(path, ".", name)),
            },
            Entity::Function(_) | Entity::Param(..) | Entity::Literal(_) | Entity::Unknown => Entity::Unknown,
        }
    }

    /// The file that a dotted module means in the file with this local path.
    pub(crate) fn dotted_module(&self, from: &str, dotted: &str) -> Option<FileId> {
        match self.modules.find(from, 0, dotted)? {
            ModuleTarget::File(found) => Some(found),
            ModuleTarget::Namespace => None,
        }
    }

    /// What a module calls `name`.
    pub(crate) fn member_of_module(&self, module: FileId, name: &str) -> Option<Entity> {
        self.module_member(module, name, MAX_STEPS)
    }

    /// The file that an import of a module in `file` means.
    pub(crate) fn module_file(&self, file: File<'_>, level: u32, module: &str) -> Option<FileId> {
        match self.modules.find(file.local_path(), level, module)? {
            ModuleTarget::File(found) => Some(found),
            ModuleTarget::Namespace => None,
        }
    }

    /// `a.b` where `a` is a folder without `__init__`.
    fn namespace_member(&self, namespace: &str, name: &str) -> Entity {
        let dotted = joined(namespace, ".", name);
        match self.modules.find("", 0, &dotted) {
            Some(ModuleTarget::File(file)) => Entity::Module(file),
            Some(ModuleTarget::Namespace) => Entity::External(joined(NAMESPACE, "", &dotted)),
            None => Entity::Unknown,
        }
    }

    fn class_member(&self, class: ClassRef, name: &str, steps: u32) -> Entity {
        if let Some(method) = self.method(class, name) {
            return Entity::Function(method);
        }
        match self.class_attribute(class, name) {
            Some(ExprRef { file, expr }) => self.entity(file, expr, steps),
            None => Entity::Unknown,
        }
    }

    fn instance_member(&self, class: ClassRef, name: &str, steps: u32) -> Entity {
        let assigned = self.instance_attribute(class, name).map(|at| self.entity(at.file, at.expr, steps));
        match assigned {
            Some(found) if found.is_known() => found,
            _ => match self.class_member(class, name, steps) {
                Entity::Unknown => self.annotated_member(class, name, steps),
                found => found,
            },
        }
    }

    /// `name: Type` in the class body, without value.
    fn annotated_member(&self, class: ClassRef, name: &str, steps: u32) -> Entity {
        let found = self.lineage(class).into_iter().find_map(|t| {
            let Type::Project(class) = t else { return None };
            let view = self.file(class.file)?;
            let symbol = view.module().symbol(name)?;
            let scope = view.index().class_scope(class.id);
            view.index().bindings_of(scope, symbol).iter().find_map(|binding| match binding.kind {
                BindingKind::Assign { annotation: Some(annotation), .. } => Some((class.file, annotation)),
                _ => None,
            })
        });
        found.map_or(Entity::Unknown, |(file, annotation)| self.annotated(file, annotation, steps))
    }
}

/// A path of a path and a name; asked for too often to be formatted.
fn joined(path: &str, joint: &str, name: &str) -> String {
    [path, joint, name].concat()
}

/// `import a.b.c` binds `a`, `import a.b.c as d` the last module.
fn imported_module(target: Option<ModuleTarget>, dotted: &str, is_aliased: bool) -> Entity {
    let bound = if is_aliased { dotted } else { dotted.split('.').next().unwrap_or(dotted) };
    match target {
        Some(ModuleTarget::File(file)) => Entity::Module(file),
        Some(ModuleTarget::Namespace) if !is_aliased => Entity::External(joined(NAMESPACE, "", bound)),
        Some(ModuleTarget::Namespace) => Entity::Unknown,
        None => Entity::External(bound.to_owned()),
    }
}

/// Marks the path of a namespace package of the project among external paths. No import path starts with a colon.
const NAMESPACE: &str = ":";
