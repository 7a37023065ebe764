//! Methods that an `@expose` decorator makes endpoints of an admin view.

use std::collections::BTreeSet;

use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::FunctionId;

use super::{class_place, is_own};
use crate::resolve::{ClassRef, FunctionRef, Type};
use crate::web::routes::methods_of;
use crate::{File, Project};

/// The endpoints that the project's own code gives a class.
#[derive(Default)]
pub(super) struct Exposed {
    /// One per decorator.
    pub(super) endpoints: Vec<Endpoint>,
    /// All methods that the project defines: one of a library by the same name is gone.
    defined: BTreeSet<String>,
}

/// A method under one path.
pub(super) struct Endpoint {
    pub(super) name: String,
    pub(super) function: FunctionRef,
    pub(super) path: Option<String>,
    pub(super) methods: BTreeSet<String>,
    pub(super) at: Location,
}

impl Exposed {
    /// The endpoints of a class and of the project's classes above it.
    pub(super) fn of(project: &Project, class: ClassRef) -> Self {
        let mut found = Self::default();
        for t in project.lineage(class) {
            let Type::Project(above) = t else { continue };
            let Some(file) = project.file(above.file) else { continue };
            for id in project.methods(above) {
                if found.defined.insert(file.function_name(id).to_owned()) {
                    found.read(project, file, id, class);
                }
            }
        }
        found
    }

    /// Whether the project defines a method of this name.
    pub(super) fn defines(&self, name: &str) -> bool {
        self.defined.contains(name)
    }

    fn read(&mut self, project: &Project, file: File<'_>, id: FunctionId, class: ClassRef) {
        let module = file.module();
        let function = FunctionRef::new(file.id(), id);
        for decorator in module.list(file.function(id).decorators) {
            let Some(call) = Call::of(module, decorator.expr).filter(|call| call.name() == Some("expose")) else {
                continue;
            };
            let path = match call.argument("url", 0) {
                Some(path) => project.string(file.id(), path),
                None => Some("/".to_owned()),
            };
            let methods = call.argument("methods", 1).and_then(|methods| methods_of(project, file.id(), methods));
            let own = file.at(file.first_line(decorator.span));
            self.endpoints.push(Endpoint {
                name: file.function_name(id).to_owned(),
                function,
                path,
                methods: methods.unwrap_or_else(|| BTreeSet::from(["GET".to_owned()])),
                at: if is_own(project, class, function) { own } else { class_place(project, class) },
            });
        }
    }
}
