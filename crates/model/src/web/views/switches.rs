//! Class attributes that switch inherited endpoints on and off.

use backlint_syntax::ast::Expr;

use crate::Project;
use crate::resolve::{ClassRef, ExprRef};

/// A class attribute, and what holds when no class of the project sets it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Switch {
    attribute: &'static str,
    is_on: bool,
}

impl Switch {
    /// On unless the project switches it off.
    pub(super) const fn on(attribute: &'static str) -> Self {
        Self { attribute, is_on: true }
    }

    /// Off unless the project switches it on.
    pub(super) const fn off(attribute: &'static str) -> Self {
        Self { attribute, is_on: false }
    }
}

/// Whether a switch is surely on: a property or a computed value may say no.
pub(super) fn is_on(project: &Project, class: Option<ClassRef>, switch: Switch) -> bool {
    let Some(class) = class else { return switch.is_on };
    if project.method(class, switch.attribute).is_some() {
        return false;
    }
    let set = [project.class_attribute(class, switch.attribute), project.instance_attribute(class, switch.attribute)];
    let mut values = set.into_iter().flatten().peekable();
    if values.peek().is_none() { switch.is_on } else { values.all(|at| is_truthy(project, at)) }
}

fn is_truthy(project: &Project, at: ExprRef) -> bool {
    let Some(file) = project.file(at.file) else { return false };
    match file.module().expr(at.expr) {
        Expr::True => true,
        Expr::List(items) | Expr::Tuple(items) => !file.module().list(items).is_empty(),
        _ => false,
    }
}
