//! Permission classes that are handed to a checker: `PermissionDependency([IsAdmin])`.

use backlint_semantic::Call;
use backlint_syntax::ast::Expr;

use super::classify::{Classifier, GuardClass};
use super::stranger::Role;
use crate::File;
use crate::resolve::{ClassRef, Entity, ExprRef, FunctionRef, Type};

impl Classifier<'_> {
    pub(super) fn given_permissions(&mut self, entity: &Entity, call: Option<Call<'_>>, file: File<'_>) -> GuardClass {
        let permissions = self.permission_classes(entity, call, file);
        self.permissions(permissions)
    }

    pub(super) fn permissions(&mut self, permissions: Vec<ClassRef>) -> GuardClass {
        permissions.into_iter().fold(GuardClass::Neutral, |found, permission| found.and(self.permission(permission)))
    }

    /// Project classes among the arguments of the call that makes the object: `PermissionDependency([IsAdmin])`.
    pub(super) fn permission_classes(&self, entity: &Entity, call: Option<Call<'_>>, file: File<'_>) -> Vec<ClassRef> {
        let made = match (entity.origin(), call) {
            (Some(made), _) => Some(made),
            (None, Some(call)) => Some(ExprRef { file: file.id(), expr: call.expr }),
            (None, None) => None,
        };
        let Some((view, call)) = made.and_then(|made| {
            let view = self.project.file(made.file)?;
            Some((view, Call::of(view.module(), made.expr)?))
        }) else {
            return Vec::new();
        };
        let module = view.module();
        let names = call.args.iter().flat_map(|arg| match module.expr(arg.value) {
            Expr::List(items) | Expr::Tuple(items) => module.list(items).to_vec(),
            _ => vec![arg.value],
        });
        names
            .filter(|&expr| matches!(module.expr(expr), Expr::Name(_) | Expr::Attribute { .. }))
            .filter_map(|expr| match self.project.resolve(view.id(), expr) {
                Entity::Class(class) => Some(class),
                _ => None,
            })
            .collect()
    }

    /// A permission class: a guard if a method of it turns strangers away or answers no to them.
    fn permission(&mut self, class: ClassRef) -> GuardClass {
        let methods: Vec<FunctionRef> = self
            .project
            .lineage(class)
            .into_iter()
            .filter_map(|t| match t {
                Type::Project(class) => Some(class),
                Type::External(_) => None,
            })
            .flat_map(|above| {
                let own = self.project.methods(above).map(move |id| FunctionRef::new(above.file, id));
                own.collect::<Vec<_>>()
            })
            .filter(|&method| self.is_nearest(class, method))
            .collect();
        let mut found = GuardClass::Neutral;
        for method in methods {
            let class = self.function(method);
            let answer = self.outcome(method, Role::Call);
            let class = if class == GuardClass::Unknown { GuardClass::Neutral } else { class };
            found = found.and(if answer.denies() { GuardClass::Auth } else { class });
        }
        found
    }

    /// Whether no class below overrides the method.
    fn is_nearest(&self, class: ClassRef, method: FunctionRef) -> bool {
        let Some(file) = self.project.file(method.file) else { return false };
        self.project.method(class, file.function_name(method.id)) == Some(method)
    }
}
