//! Where relationships lead.

use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use super::{Attribute, AttributeKind, Model};
use crate::resolve::{ClassRef, Entity};
use crate::{File, Project};

impl Project {
    /// The mapped class that a relationship leads to, if its declaration names one: the class, or a text with the name of
    /// one and only one class. A back reference leads to the class that declares it.
    pub fn related_model(&self, attribute: &Attribute) -> Option<&Model> {
        let AttributeKind::Relationship(Some(at)) = attribute.kind else { return None };
        let file = self.file(at.file)?;
        let call = Call::of(file.module(), at.expr)?;
        if is_back_reference(self, file, call, &attribute.name) {
            return self.model(class_around(file, call)?);
        }
        let target = call.argument("argument", 0)?;
        if let Entity::Class(class) = self.resolve(at.file, target) {
            return self.model(class);
        }
        let name = self.string(at.file, target)?;
        self.model_named(name.rsplit('.').next()?)
    }

    /// The mapped class with a name, if there is only one.
    pub(crate) fn model_named(&self, name: &str) -> Option<&Model> {
        let mut named = self.models().iter().filter(|model| model.name == name);
        let only = named.next()?;
        named.next().is_none().then_some(only)
    }
}

fn is_back_reference(project: &Project, file: File<'_>, call: Call<'_>, name: &str) -> bool {
    back_reference(project, file, call).is_some_and(|given| given == name)
}

/// The name of `backref="name"`, `backref=backref("name")`, also inside `sa_relationship_kwargs`.
pub(super) fn back_reference(project: &Project, file: File<'_>, call: Call<'_>) -> Option<String> {
    let module = file.module();
    let inside = || {
        let options = call.keyword("sa_relationship_kwargs")?.value;
        match module.expr(options) {
            Expr::Dict(items) => {
                let is_named =
                    |key: ExprId| matches!(module.expr(key), Expr::Str(text) if module.text(text) == "backref");
                module.list(items).iter().find(|item| item.key.is_some_and(is_named)).map(|item| item.value)
            }
            _ => Some(Call::of(module, options)?.keyword("backref")?.value),
        }
    };
    let given = call.keyword("backref").map(|given| given.value).or_else(inside)?;
    let name = Call::of(module, given).and_then(|call| call.positional(0)).unwrap_or(given);
    project.string(file.id(), name)
}

/// The class in whose body a call stands.
fn class_around(file: File<'_>, call: Call<'_>) -> Option<ClassRef> {
    let span = call.span();
    let around = file.module().class_ids().rfind(|&id| file.module().stmt_span(file.class(id).stmt).contains(span))?;
    Some(ClassRef { file: file.id(), id: around })
}
