//! What functions do with a parameter before they use it.

use backlint_model::{File, FunctionRef, Project};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{CompareOp, Expr, ExprId, FunctionId, Symbol};

/// How many further functions a parameter is followed into.
const MAX_CALLS: u32 = 2;

/// All expressions in the body of a function, nested functions left out.
pub(crate) fn body_expressions(file: File<'_>, function: FunctionId) -> Vec<ExprId> {
    let module = file.module();
    own_statements(module, module.body(function))
        .into_iter()
        .flat_map(|stmt| expressions_of(module, stmt))
        .flat_map(|expr| descendants(module, expr))
        .collect()
}

/// Whether a function reads a name at all.
pub(crate) fn reads(file: File<'_>, function: FunctionId, name: Symbol) -> bool {
    body_expressions(file, function).into_iter().any(|expr| file.module().expr(expr) == Expr::Name(name))
}

/// Whether a function, or one that it hands the name to, asks whether it is one of some values.
pub(crate) fn is_tested_for_membership(project: &Project, function: FunctionRef, name: Symbol) -> bool {
    is_tested_within(project, function, name, MAX_CALLS)
}

fn is_tested_within(project: &Project, function: FunctionRef, name: Symbol, calls: u32) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    if body_expressions(file, function.id).into_iter().any(|expr| is_membership_test(file, expr, name)) {
        return true;
    }
    let Some(calls) = calls.checked_sub(1) else { return false };
    project.callees(function).iter().any(|callee| {
        let Some(call) = Call::of(file.module(), callee.call) else { return false };
        handed_on(project, file, call, callee.function, name)
            .is_some_and(|inner| is_tested_within(project, callee.function, inner, calls))
    })
}

/// `name in ALLOWED`, `ALLOWED.get(name)`, `ALLOWED[name]`, `Direction(name)`, `Filters(direction=name)`.
fn is_membership_test(file: File<'_>, expr: ExprId, name: Symbol) -> bool {
    let module = file.module();
    let is_it = |expr: ExprId| descendants(module, expr).into_iter().any(|part| module.expr(part) == Expr::Name(name));
    match module.expr(expr) {
        Expr::Compare { left, rest } => {
            let mut rest = module.list(rest).iter();
            is_it(left) && rest.any(|part| matches!(part.op, CompareOp::In | CompareOp::NotIn))
        }
        Expr::Subscript { value, index } => is_it(index) && !is_it(value),
        Expr::Call { .. } => {
            let Some(call) = Call::of(module, expr) else { return false };
            let is_first = call.positional(0).is_some_and(|first| module.expr(first) == Expr::Name(name));
            let is_given = call.args.iter().any(|arg| module.expr(arg.value) == Expr::Name(name));
            let called = call.name().unwrap_or_default();
            is_first && (called == "get" || is_check(called))
                || is_given && called.starts_with(|c: char| c.is_uppercase()) && !called.ends_with("Service")
        }
        _ => false,
    }
}

fn is_check(name: &str) -> bool {
    ["valid", "check", "allow", "sanit", "fullmatch", "match"].iter().any(|word| name.contains(word))
}

/// The parameter of a callee that gets a name.
fn handed_on(project: &Project, file: File<'_>, call: Call<'_>, callee: FunctionRef, name: Symbol) -> Option<Symbol> {
    let target = project.file(callee.file)?;
    let params = target.module().list(target.function(callee.id).params);
    let is_it = |expr: ExprId| file.module().expr(expr) == Expr::Name(name);
    params.iter().enumerate().find_map(|(place, param)| {
        let given = project.argument_for(file.id(), call, callee, place)?;
        is_it(given.expr).then_some(param.name)
    })
}
