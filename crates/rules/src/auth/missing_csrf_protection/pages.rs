//! Who shows a template: handlers that name it, and classes of admin views that have it as one of theirs.

use std::collections::{BTreeMap, BTreeSet};

use backlint_model::{ClassRef, FunctionRef, Project, Route};
use backlint_syntax::ast::Expr;

/// The attributes by which admin views name their templates.
const ATTRIBUTES: &[&str] = &["list_template", "create_template", "edit_template", "details_template"];

/// Who shows which template.
pub(super) struct Pages<'p> {
    handlers: BTreeMap<&'p str, BTreeSet<FunctionRef>>,
    classes: BTreeMap<String, BTreeSet<ClassRef>>,
}

impl<'p> Pages<'p> {
    /// The pages that the handlers and classes of these routes show.
    pub(super) fn of(project: &'p Project, routes: &[&Route]) -> Self {
        let handlers: BTreeSet<FunctionRef> = routes.iter().filter_map(|route| route.handler.function()).collect();
        let classes: BTreeSet<ClassRef> = routes.iter().filter_map(|route| route.handler.class).collect();
        Self { handlers: named_by(project, &handlers), classes: held_by(project, &classes) }
    }

    /// Whether a handler shows a template.
    pub(super) fn is_shown_by(&self, template: &str, handler: FunctionRef) -> bool {
        self.handlers.get(template).is_some_and(|by| by.contains(&handler))
    }

    /// Whether a template is one of this class, or of no class that is known.
    pub(super) fn may_belong_to(&self, template: &str, class: ClassRef) -> bool {
        self.classes.get(template).is_none_or(|by| by.contains(&class))
    }
}

fn named_by<'p>(project: &'p Project, handlers: &BTreeSet<FunctionRef>) -> BTreeMap<&'p str, BTreeSet<FunctionRef>> {
    let mut found: BTreeMap<&'p str, BTreeSet<FunctionRef>> = BTreeMap::new();
    let files: BTreeSet<_> = handlers.iter().map(|handler| handler.file).collect();
    for file in files.into_iter().filter_map(|id| project.file(id)) {
        let module = file.module();
        for expr in module.expr_ids() {
            let Expr::Str(text) = module.expr(expr) else { continue };
            let text = module.text(text);
            if !text.contains(".htm") && !text.contains(".jinja") {
                continue;
            }
            let function = file.index().function_of(expr).map(|id| FunctionRef { file: file.id(), id });
            if let Some(function) = function.filter(|function| handlers.contains(function)) {
                found.entry(text).or_default().insert(function);
            }
        }
    }
    found
}

fn held_by(project: &Project, classes: &BTreeSet<ClassRef>) -> BTreeMap<String, BTreeSet<ClassRef>> {
    let mut found: BTreeMap<String, BTreeSet<ClassRef>> = BTreeMap::new();
    for &class in classes {
        for attribute in ATTRIBUTES {
            let value = project.class_attribute(class, attribute);
            if let Some(template) = value.and_then(|value| project.string(value.file, value.expr)) {
                found.entry(template).or_default().insert(class);
            }
        }
    }
    found
}
