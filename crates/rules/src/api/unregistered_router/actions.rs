//! Methods of admin views that are written as actions and not marked as such.

use backlint_finding::Findings;
use backlint_model::{ClassRef, File, Project, Type};
use backlint_syntax::ast::Stmt;

/// The views of admin libraries whose marked methods become actions on rows.
const VIEWS: &[&str] = &[
    "flask_admin.contrib.sqla.ModelView",
    "flask_admin.contrib.mongoengine.ModelView",
    "flask_admin.contrib.peewee.ModelView",
    "sqladmin.ModelView",
];

pub(super) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        for class in file.module().class_ids() {
            let own = ClassRef { file: file.id(), id: class };
            let of = Type::Project(own);
            let finds_otherwise =
                || ["init_actions", "handle_action"].iter().any(|name| project.method(own, name).is_some());
            if project.derives_from(&of, VIEWS) && !finds_otherwise() {
                check_class(project, file, own, findings);
            }
        }
    }
}

fn check_class(project: &Project, file: File<'_>, class: ClassRef, findings: &mut Findings) {
    let module = file.module();
    for &stmt in module.list(file.class(class.id).body) {
        let Stmt::Function(id) = module.stmt(stmt) else { continue };
        let function = file.function(id);
        let name = file.function_name(id);
        let params = module.list(function.params);
        let takes_rows = params.get(1).is_some_and(|param| matches!(module.text(param.name), "ids" | "pks"));
        if !name.starts_with("action_") || !takes_rows || params.len() != 2 || !function.decorators.is_empty() {
            continue;
        }
        if project.mentions(&[name].into()).contains_key(name) || overrides(project, class, name) {
            continue;
        }
        let message = format!(
            "`{}.{name}` is written as an action on rows but `@action` is missing, so the admin pages never run it.",
            file.class_name(class.id),
        );
        findings.report(file.at_function(id), file.qualified_name(id), message);
    }
}

/// Whether a class above defines the method too, where it may be marked.
fn overrides(project: &Project, class: ClassRef, name: &str) -> bool {
    project.lineage(class).into_iter().skip(1).any(|above| match above {
        Type::Project(class) => project.own_method(class, name).is_some(),
        Type::External(_) => false,
    })
}
