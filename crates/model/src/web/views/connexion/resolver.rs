//! Which function an operation means.

use backlint_semantic::Call;

use super::operations::Operation;
use crate::Project;
use crate::resolve::{Entity, FunctionRef};
use crate::web::views::Site;

/// How names of functions are made.
pub(super) enum Resolver {
    /// The description names them all.
    Named,
    /// Names that are missing follow from the path, below this module.
    Rest(String),
    /// A resolver of the project's own.
    Unknown,
}

impl Resolver {
    /// The resolver that an `add_api` call is given.
    pub(super) fn of(site: Site<'_>, call: Call<'_>) -> Self {
        let Some(given) = call.keyword("resolver") else { return Self::Named };
        let Some(made) = Call::of(site.file.module(), given.value) else { return Self::Unknown };
        let module = || site.project.string(site.file.id(), made.argument("default_module_name", 0)?);
        match made.name() {
            Some("RestyResolver") => module().map_or(Self::Unknown, Self::Rest),
            _ => Self::Unknown,
        }
    }

    /// The function that answers an operation.
    pub(super) fn function(&self, site: Site<'_>, operation: &Operation<'_>) -> Option<FunctionRef> {
        let name = match (operation.id, operation.controller, self) {
            (_, _, Self::Unknown) | (None, _, Self::Named) => return None,
            (Some(id), Some(controller), _) => format!("{controller}.{id}"),
            (Some(id), None, _) => id.to_owned(),
            (None, _, Self::Rest(module)) => by_path(operation, module)?,
        };
        named(site.project, site.file.local_path(), &name)
    }
}

/// `GET /things` is `module.things.search`, `PUT /things/{id}` is `module.things.put`.
fn by_path(operation: &Operation<'_>, module: &str) -> Option<String> {
    let path = operation.path.trim_start_matches('/');
    let (resource, rest) = path.split_once('/').unwrap_or((path, ""));
    if resource.is_empty() || resource.contains('{') {
        return None;
    }
    let controller = match operation.controller {
        Some(controller) => controller.to_owned(),
        None => format!("{module}.{}", resource.replace('-', "_")),
    };
    let is_collection = operation.method == "get" && rest.is_empty();
    Some(format!("{controller}.{}", if is_collection { "search" } else { operation.method }))
}

/// The function with a dotted name, as the file that adds the description would import it.
fn named(project: &Project, from: &str, dotted: &str) -> Option<FunctionRef> {
    let (module, name) = dotted.rsplit_once('.')?;
    if let Some(found) = project.dotted_module(from, module) {
        return project.member_of_module(found, name)?.function();
    }
    // `module.Class.method`
    let (module, class) = module.rsplit_once('.')?;
    match project.member_of_module(project.dotted_module(from, module)?, class)? {
        Entity::Class(class) => project.method(class, name),
        _ => None,
    }
}
