//! From where code runs: on import, at start-up, or as a script.

use backlint_model::{File, FunctionRef, Project};
use backlint_semantic::{Call, expressions_of, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt};

use crate::expressions::{label, literal};

/// How many calls may lie between start-up and the code.
const MAX_CALLS: u32 = 2;

/// What runs the code, and where.
pub(super) enum Reached {
    AtImport(Location),
    AtStart(Location),
    InScript(Location),
}

/// How `expr` is reached without anybody asking for it; none for commands and for code that nothing calls.
pub(super) fn reached(project: &Project, file: File<'_>, expr: ExprId) -> Option<Reached> {
    search(project, file, expr, MAX_CALLS)
}

fn search(project: &Project, file: File<'_>, expr: ExprId, calls: u32) -> Option<Reached> {
    let at = file.at(file.first_line(file.module().span(expr)));
    let Some(function) = file.index().function_of(expr) else {
        return Some(if is_run_directly(file, expr) { Reached::InScript(at) } else { Reached::AtImport(at) });
    };
    if is_command(file, function) {
        return None;
    }
    if is_start(file, function) {
        let is_direct = calls == MAX_CALLS;
        return Some(Reached::AtStart(if is_direct { file.at_function(function) } else { at }));
    }
    let calls = calls.checked_sub(1)?;
    let target = FunctionRef { file: file.id(), id: function };
    let name = file.function_name(function);
    project.reported_files().find_map(|caller| {
        caller.module().symbol(name)?;
        uses_of(project, caller, target, name).into_iter().find_map(|site| match site {
            Site::Call(call) if caller.is_dev_only(call) => None,
            Site::Call(call) => search(project, caller, call, calls),
            Site::Handler(expr) => Some(Reached::AtStart(caller.at_expr(expr))),
        })
    })
}

/// A place that runs a function.
enum Site {
    /// Calls it, or hands it to something that runs it at once.
    Call(ExprId),
    /// Registers it to be run at start-up.
    Handler(ExprId),
}

fn uses_of(project: &Project, file: File<'_>, target: FunctionRef, name: &str) -> Vec<Site> {
    let module = file.module();
    let mut sites = Vec::new();
    for call in file.calls() {
        if call.name() == Some(name) && project.resolve(file.id(), call.function).function() == Some(target) {
            sites.push(Site::Call(call.expr));
        }
        let registers = matches!(call.name(), Some("add_event_handler" | "FastAPI" | "Starlette" | "before_serving"));
        if !registers && !matches!(call.name(), Some("run_sync" | "run")) {
            continue;
        }
        let values = call.args.iter().flat_map(|arg| match module.expr(arg.value) {
            Expr::List(items) => module.list(items).to_vec(),
            _ => vec![arg.value],
        });
        for value in values {
            let is_target =
                label(file, value) == Some(name) && project.resolve(file.id(), value).function() == Some(target);
            if is_target {
                sites.push(if registers { Site::Handler(call.expr) } else { Site::Call(call.expr) });
            }
        }
    }
    sites
}

/// Below `if __name__ == "__main__"`, or in a file that only scripts have.
fn is_run_directly(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let is_main = |stmt| match module.stmt(stmt) {
        Stmt::If { clauses, .. } => {
            module.list(clauses).iter().any(|clause| file.text_of(clause.test).contains("__main__"))
        }
        _ => false,
    };
    let is_script = file.role() == backlint_model::Role::Script;
    is_script
        || file
            .index()
            .stmt_of(expr)
            .is_some_and(|stmt| file.index().stmt_ancestors(stmt).any(|parent| is_main(parent.stmt)))
}

/// A command that a person runs by name.
fn is_command(file: File<'_>, function: FunctionId) -> bool {
    let module = file.module();
    module.list(file.function(function).decorators).iter().any(|decorator| {
        let callee = Call::of(module, decorator.expr).map_or(decorator.expr, |call| call.function);
        matches!(label(file, callee), Some("command" | "group" | "option" | "argument"))
    })
}

/// Whether the function is an application factory, a lifespan or a start-up hook.
fn is_start(file: File<'_>, function: FunctionId) -> bool {
    const NAMES: &[&str] = &[
        "app_factory",
        "build_app",
        "create_app",
        "create_application",
        "create_flask_app",
        "get_app",
        "get_application",
        "lifespan",
        "make_app",
        "on_startup",
        "startup",
        "startup_event",
    ];
    NAMES.contains(&file.function_name(function)) || is_hook(file, function) || makes_app(file, function)
}

fn is_hook(file: File<'_>, function: FunctionId) -> bool {
    let module = file.module();
    module.list(file.function(function).decorators).iter().any(|decorator| {
        let call = Call::of(module, decorator.expr);
        match label(file, call.map_or(decorator.expr, |call| call.function)) {
            Some("on_event") => call.and_then(|call| literal(file, call.positional(0)?)) == Some("startup"),
            Some("before_first_request" | "before_serving" | "before_app_first_request") => true,
            _ => false,
        }
    })
}

fn makes_app(file: File<'_>, function: FunctionId) -> bool {
    let module = file.module();
    own_statements(module, module.body(function)).into_iter().any(|stmt| {
        expressions_of(module, stmt).into_iter().any(|expr| {
            let call = Call::of(module, expr);
            call.is_some_and(|call| matches!(call.name(), Some("Flask" | "FastAPI" | "Starlette" | "Quart")))
        })
    })
}
