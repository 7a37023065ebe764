//! CFG005: settings that any module can change.

use backlint_finding::{Findings, Severity};
use backlint_model::{ClassRef, Entity, File, Project, Type, words};
use backlint_semantic::{BindingKind, Call, ScopeId, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{ClassId, Expr, ExprId, FunctionId, Stmt};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.reported_files().filter(|file| file.module().symbol("dataclass").is_some()) {
        for class in file.module().class_ids().filter(|&class| is_open_data_class(file, class)) {
            let Some(instance) = instance(file, class) else { continue };
            if !is_changed_by_itself(file, class) {
                report(project, file, class, instance, findings);
            }
        }
    }
}

fn report(project: &Project, file: File<'_>, class: ClassId, instance: &str, findings: &mut Findings) {
    let name = file.class_name(class);
    let at = file.at(file.first_line(file.class(class).header));
    let message = format!(
        "`{instance}` is shared by the whole program, and any module can change its fields: `{name}` is a data class \
         without `frozen=True`."
    );
    let report = findings.report(at, name, message);
    let class = ClassRef { file: file.id(), id: class };
    if let Some(change) = first_change(project, class, instance) {
        report.severity(Severity::Low).also(change, "a field is changed here");
    }
}

/// A data class that is named for settings and not frozen.
fn is_open_data_class(file: File<'_>, class: ClassId) -> bool {
    let snake = words::snake_case(file.class_name(class));
    let is_named = ["settings", "setting", "config", "configuration"].iter().any(|end| snake.ends_with(end));
    let module = file.module();
    is_named
        && module.list(file.class(class).decorators).iter().any(|decorator| {
            let call = Call::of(module, decorator.expr);
            let callee = call.map_or(decorator.expr, |call| call.function);
            let is_frozen = call.and_then(|call| call.keyword("frozen")).is_some();
            file.path_of(callee).as_deref() == Some("dataclasses.dataclass") && !is_frozen
        })
}

/// The name at module level that an instance of the class is bound to.
fn instance(file: File<'_>, class: ClassId) -> Option<&str> {
    let module = file.module();
    let name = file.class_name(class);
    let binding = file.index().bindings_in(ScopeId::MODULE).iter().find(|binding| {
        let BindingKind::Assign { value: Some(value), .. } = binding.kind else { return false };
        Call::of(module, value).is_some_and(|call| is_name(file, call.function, name) || makes(file, call, name))
    })?;
    let is_only = file.index().bindings_of(ScopeId::MODULE, binding.name).len() == 1;
    is_only.then(|| module.text(binding.name))
}

/// `Settings.from_env()`.
fn makes(file: File<'_>, call: Call<'_>, class: &str) -> bool {
    let is_maker = call.name().is_some_and(|name| name.starts_with("from_") || matches!(name, "load" | "create"));
    is_maker && call.receiver().is_some_and(|receiver| is_name(file, receiver, class))
}

fn is_name(file: File<'_>, expr: ExprId, name: &str) -> bool {
    matches!(file.module().expr(expr), Expr::Name(symbol) if file.module().text(symbol) == name)
}

/// Whether methods change its fields: settings that are meant to change while the program runs.
fn is_changed_by_itself(file: File<'_>, class: ClassId) -> bool {
    let module = file.module();
    let methods = module.list(file.class(class).body).iter().filter_map(|&stmt| match module.stmt(stmt) {
        Stmt::Function(id) => Some(id),
        _ => None,
    });
    let is_change = |id: FunctionId| {
        own_statements(module, module.body(id)).into_iter().any(|stmt| match module.stmt(stmt) {
            Stmt::Assign { targets, .. } => module.list(targets).iter().any(|&target| is_own_field(file, target)),
            Stmt::AugAssign { target, .. } => is_own_field(file, target),
            _ => false,
        })
    };
    methods.filter(|&id| !matches!(file.function_name(id), "__init__" | "__post_init__")).any(is_change)
}

fn is_own_field(file: File<'_>, target: ExprId) -> bool {
    matches!(file.module().expr(target), Expr::Attribute { value, .. } if is_name(file, value, "self"))
}

/// The first place outside tests that assigns a field of the shared instance.
fn first_change(project: &Project, class: ClassRef, instance: &str) -> Option<Location> {
    project.reported_files().filter(|file| file.module().symbol(instance).is_some()).find_map(|file| {
        let module = file.module();
        module.stmt_ids().find_map(|stmt| {
            let Stmt::Assign { targets, .. } = module.stmt(stmt) else { return None };
            let is_change = module.list(targets).iter().any(|&target| {
                let Expr::Attribute { value, .. } = module.expr(target) else { return false };
                let of = project.resolve(file.id(), value);
                !is_name(file, value, "self")
                    && matches!(of, Entity::Instance { of: Type::Project(of), .. } if of == class)
            });
            is_change.then(|| file.at_stmt(stmt))
        })
    })
}
