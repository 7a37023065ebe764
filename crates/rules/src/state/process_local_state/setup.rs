//! Writes that give every process the same value: set-up and registration.

use backlint_model::words::{has_word, snake_case};
use backlint_model::{Access, File, FunctionRef, Project, SharedState};
use backlint_semantic::own_statements;
use backlint_syntax::ast::Stmt;

/// `if x is None: x = …`, in the writer or in whoever calls it, and functions that run at start and stop: the same value
/// in every process.
pub(super) fn is_lazy_setup(project: &Project, state: &SharedState, access: &Access) -> bool {
    let Some(file) = project.file(access.function.file) else { return false };
    let name = snake_case(file.function_name(access.function.id));
    let is_setup = [
        "init",
        "initialize",
        "setup",
        "configure",
        "startup",
        "shutdown",
        "close",
        "lifespan",
        "create",
        "reset",
        "stop",
    ]
    .iter()
    .any(|word| has_word(&name, word));
    is_setup
        || is_tested_for_presence(file, state, access.function, None)
        || state.accesses.iter().any(|caller| {
            let caller_file = project.file(caller.function.file);
            caller_file.is_some_and(|f| {
                is_tested_for_presence(f, state, caller.function, Some(file.function_name(access.function.id)))
            })
        })
}

/// Whether a function tests the variable for presence; with `calls`, only tests that lead to a call of that name count.
fn is_tested_for_presence(file: File<'_>, state: &SharedState, function: FunctionRef, calls: Option<&str>) -> bool {
    let module = file.module();
    let body = own_statements(module, module.body(function.id));
    body.into_iter().any(|stmt| match module.stmt(stmt) {
        Stmt::If { clauses, .. } => module.list(clauses).iter().any(|clause| {
            let text = file.text_of(clause.test);
            if calls.is_some_and(|name| !file.slice(clause.span).contains(&format!("{name}("))) {
                return false;
            }
            text.contains(&format!("{} is None", state.name))
                || text.contains(&format!("{} is not None", state.name))
                || text.contains(&format!("not {}", state.name))
                || text == state.name
        }),
        _ => false,
    })
}

/// A write that runs while modules are imported or apps are built: decorators, `register(…)`.
pub(super) fn is_registry_write(project: &Project, writer: &Access) -> bool {
    let Some(file) = project.file(writer.function.file) else { return false };
    let name = snake_case(file.function_name(writer.function.id));
    let registers = ["register", "registry", "decorator", "subscribe", "connect", "init", "setup", "configure"];
    registers.iter().any(|word| has_word(&name, word))
}
