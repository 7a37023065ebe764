//! Methods that answer whether a caller may go on, such as `is_accessible` of an admin view.

use backlint_semantic::{Call, own_statements};
use backlint_syntax::ast::{Expr, Stmt};

use super::classify::GuardClass;
use super::exits::all_calls;
use super::identity::{has_bypass, reads_identity};
use crate::Project;
use crate::resolve::FunctionRef;

/// What a predicate does with an anonymous caller. One that always says yes is no guard; one that asks something the
/// model cannot see may be.
pub(super) fn predicate(project: &Project, function: FunctionRef) -> GuardClass {
    if always_agrees(project, function) {
        return GuardClass::Neutral;
    }
    let asks_caller = reads_identity(project, function) || calls_identity(project, function);
    match (asks_caller, has_bypass(project, function)) {
        (true, false) => GuardClass::Auth,
        (true, true) => GuardClass::Conditional,
        (false, _) => GuardClass::Unknown,
    }
}

fn always_agrees(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let module = file.module();
    let stmts = own_statements(module, module.body(function.id));
    let mut answers = stmts.into_iter().filter_map(|stmt| match module.stmt(stmt) {
        Stmt::Return(value) => Some(value),
        _ => None,
    });
    answers.all(|value| value.is_some_and(|value| module.expr(value) == Expr::True))
}

/// Whether a function that it calls reads who is calling.
fn calls_identity(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    all_calls(file, function).into_iter().filter_map(|call| Call::of(file.module(), call)).any(|call| {
        let callee = project.resolve(file.id(), call.function).function();
        callee.is_some_and(|callee| callee != function && reads_identity(project, callee))
    })
}
