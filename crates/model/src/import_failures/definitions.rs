//! What imported names stand for, where nothing else can be meant.

use backlint_semantic::{BindingKind, Import, ScopeId};
use backlint_source::FileId;

use super::{ImportCheck, Wanted};
use crate::File;
use crate::modules::ModuleTarget;
use crate::resolve::{ClassRef, Entity, FunctionRef};

/// Through how many modules an imported name is followed.
const MAX_MODULES: u32 = 8;

impl<'p> ImportCheck<'p> {
    /// The function or class that an imported name stands for, where that is beyond doubt: see [`Self::definition_in`].
    pub fn definition_behind(&self, file: File<'p>, import: Import) -> Option<Entity> {
        self.definition(file, import, MAX_MODULES)
    }

    /// The function or class that a name of a module stands for, if nothing but its definition, or a chain of imports to
    /// it, binds the name.
    pub fn definition_in(&self, module: FileId, name: &str) -> Option<Entity> {
        self.defined(module, name, MAX_MODULES)
    }

    fn definition(&self, file: File<'p>, import: Import, modules: u32) -> Option<Entity> {
        let modules = modules.checked_sub(1)?;
        let name = import.name.map(|name| file.module().text(name))?;
        let Some(ModuleTarget::File(module)) = self.project.imports(file.id())?.target(import).module else {
            return None;
        };
        let wanted = Wanted::of(self.project, file, import);
        let is_only = import.level > 0 || self.modules().everywhere(&wanted.dotted(None)).len() == 1;
        if is_only && self.is_of_project(&wanted) { self.defined(module, name, modules) } else { None }
    }

    fn defined(&self, module: FileId, name: &str, modules: u32) -> Option<Entity> {
        let view = self.project.file(module)?;
        let [binding] = view.index().bindings_of(ScopeId::MODULE, view.module().symbol(name)?) else { return None };
        match binding.kind {
            BindingKind::Function(id) => Some(Entity::Function(FunctionRef::new(module, id))),
            BindingKind::Class(id) => Some(Entity::Class(ClassRef::new(module, id))),
            BindingKind::Import(import) => self.definition(view, import, modules),
            _ => None,
        }
    }
}
