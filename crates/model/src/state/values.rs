//! What a module variable starts with.

use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use super::StateKind;
use crate::resolve::{ClassRef, Entity, ExprRef, Type};
use crate::{File, Project};

/// The kind of state that a value starts.
pub(super) fn kind(project: &Project, file: File<'_>, value: ExprId) -> StateKind {
    if is_container(file, value) {
        return StateKind::Container;
    }
    if Call::of(file.module(), value).is_none() {
        return StateKind::Scalar;
    }
    match project.resolve(file.id(), value) {
        Entity::Instance { of: Type::External(path), .. } if is_queue(&path) => StateKind::Queue,
        Entity::Instance { of: Type::Project(class), .. } if keeps_container(project, class) => {
            StateKind::Holder(class)
        }
        _ => StateKind::Scalar,
    }
}

/// A display, or a call of a container type.
pub(super) fn is_container(file: File<'_>, value: ExprId) -> bool {
    let module = file.module();
    match module.expr(value) {
        Expr::Dict(_) | Expr::List(_) | Expr::Set(_) => true,
        Expr::Call { .. } => Call::of(module, value).and_then(|call| call.name()).is_some_and(|name| {
            matches!(
                name,
                "dict" | "list" | "set" | "defaultdict" | "deque" | "OrderedDict" | "Counter" | "TTLCache" | "LRUCache"
            )
        }),
        _ => false,
    }
}

fn is_queue(path: &str) -> bool {
    matches!(
        path,
        "queue.Queue"
            | "queue.PriorityQueue"
            | "queue.LifoQueue"
            | "queue.SimpleQueue"
            | "asyncio.Queue"
            | "asyncio.PriorityQueue"
            | "multiprocessing.Queue"
    )
}

fn keeps_container(project: &Project, class: ClassRef) -> bool {
    project.container_attributes(class).next().is_some()
}

impl Project {
    /// The names of `self` attributes and class attributes of a class that start as containers.
    pub fn container_attributes(&self, class: ClassRef) -> impl Iterator<Item = (String, ExprRef)> + '_ {
        let data = self.files.get(class.file.index()).and_then(Option::as_ref);
        let file = self.file(class.file);
        data.into_iter().flat_map(move |data| {
            data.self_attributes.iter().filter_map(move |attribute| {
                let is_one = attribute.class == class.id && is_container(file?, attribute.value);
                let name = data.module.text(attribute.name).to_owned();
                is_one.then_some((name, ExprRef { file: class.file, expr: attribute.value }))
            })
        })
    }
}
