//! JOB001: a task of the event loop that nothing keeps.

use backlint_finding::Findings;
use backlint_model::{File, Role};
use backlint_semantic::{Binding, BindingKind, Call, ScopeKind, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt, StmtId};

use crate::exc::clause::broad_clauses;
use crate::expressions::{assigned_value, label};
use crate::logging::is_log_call;

/// How a task gets lost.
enum Loss<'p> {
    /// Its result is not even bound.
    Discarded,
    /// It is bound to a name that nothing reads.
    Unread(&'p str),
}

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if file.role() != Role::App {
        return;
    }
    for call in file.calls_named(&["create_task", "ensure_future"]) {
        if !starts_on_loop(file, call) {
            continue;
        }
        let Some(loss) = loss(file, call) else { continue };
        let started = started(file, call);
        let and_error = if tells_its_errors(file, call) { "" } else { ", and its error is never seen" };
        let message = match loss {
            Loss::Discarded => format!(
                "Nothing keeps the task of {started}: it may be collected while it runs{and_error}. Keep it in a set until it is done, await it, or start it in a task group."
            ),
            Loss::Unread(name) => format!(
                "`{name}` is never read: the task of {started} may be collected once this function returns{and_error}. Await it, or keep it where it outlives the call."
            ),
        };
        let anchor = format!("{}: {started}", file.context_name(call.expr));
        findings.report(file.at_expr(call.expr), anchor, message);
    }
}

/// Whether the call puts a coroutine on an event loop. Task groups have a `create_task` too, and keep what they start.
fn starts_on_loop(file: File<'_>, call: Call<'_>) -> bool {
    let path = file.path_of(call.function);
    if matches!(path.as_deref(), Some("asyncio.create_task" | "asyncio.ensure_future")) {
        return true;
    }
    call.name() == Some("create_task") && call.receiver().is_some_and(|receiver| is_event_loop(file, receiver))
}

fn is_event_loop(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let is_getter = |expr| {
        let name = Call::of(module, expr).and_then(|call| call.name());
        matches!(name, Some("get_event_loop" | "get_running_loop" | "new_event_loop"))
    };
    match module.expr(expr) {
        Expr::Call { .. } => is_getter(expr),
        Expr::Name(_) | Expr::Attribute { .. } => {
            let is_named =
                label(file, expr).is_some_and(|name| matches!(name.trim_start_matches('_'), "loop" | "event_loop"));
            is_named || assigned_value(file, expr).is_some_and(is_getter)
        }
        _ => false,
    }
}

fn loss<'p>(file: File<'p>, call: Call<'p>) -> Option<Loss<'p>> {
    let module = file.module();
    let value = collected_in(file, call.expr);
    match module.stmt(file.index().stmt_of(value)?) {
        Stmt::Expr(whole) if whole == value => Some(Loss::Discarded),
        Stmt::Assign { targets, value: whole } if whole == value => {
            let &[target] = module.list(targets) else { return None };
            let Expr::Name(name) = module.expr(target) else { return None };
            let scope = file.index().scope_of(target);
            let binding = file.index().lookup(scope, name).iter().find(|b| b.span == module.span(target))?;
            is_lost(file, binding).then(|| Loss::Unread(module.text(name)))
        }
        _ => None,
    }
}

/// The list that a comprehension makes of its elements, or the expression itself.
fn collected_in(file: File<'_>, expr: ExprId) -> ExprId {
    match file.index().parent(expr) {
        Some(outer) if matches!(file.module().expr(outer), Expr::Comprehension(_)) => outer,
        _ => expr,
    }
}

/// Whether a bound task ends with the call that binds it. Names of modules and classes keep what they are bound to, and
/// so do the frames of context managers and generators, which live on while others work.
fn is_lost(file: File<'_>, binding: &Binding) -> bool {
    let index = file.index();
    let ScopeKind::Function(function) = index.scope(binding.scope).kind else { return false };
    if !matches!(binding.kind, BindingKind::Assign { .. }) || is_generator(file, function) {
        return false;
    }
    let is_read = |u: &backlint_semantic::NameUse| {
        u.name == binding.name && index.lookup(u.scope, u.name).first().is_some_and(|b| b.scope == binding.scope)
    };
    !index.uses().iter().any(is_read)
}

fn is_generator(file: File<'_>, function: FunctionId) -> bool {
    let module = file.module();
    module.expr_ids().any(|expr| {
        matches!(module.expr(expr), Expr::Yield(_) | Expr::YieldFrom(_))
            && file.index().function_of(expr) == Some(function)
    })
}

/// Whether the coroutine is a function of this file that logs whatever goes wrong in it.
fn tells_its_errors(file: File<'_>, call: Call<'_>) -> bool {
    let module = file.module();
    let coroutine = call.positional(0).and_then(|coroutine| Call::of(module, coroutine));
    let Some(name) = coroutine.and_then(|inner| label(file, inner.function)) else { return false };
    let mut named = module.function_ids().filter(|&id| file.function_name(id) == name);
    let (Some(function), None) = (named.next(), named.next()) else { return false };
    broad_clauses(file).into_iter().any(|clause| {
        let logs = || clause.handling_calls().into_iter().any(|call| is_log_call(file, call));
        clause.function() == Some(function) && ends_with(file, module.body(function), clause.stmt) && logs()
    })
}

/// Whether a statement ends a body, perhaps in the loop or `with` at its end, and nothing that may well fail is awaited
/// before it.
fn ends_with(file: File<'_>, body: &[StmtId], stmt: StmtId) -> bool {
    let module = file.module();
    let mut body = body;
    while let [before @ .., last] = body {
        if before.iter().any(|&stmt| awaits_work(file, stmt)) {
            return false;
        }
        body = match module.stmt(*last) {
            _ if *last == stmt => return true,
            Stmt::For { body, .. } | Stmt::While { body, .. } | Stmt::With { body, .. } => module.list(body),
            _ => return false,
        };
    }
    false
}

/// Whether a statement awaits more than that time passes.
fn awaits_work(file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    let statements = own_statements(module, &[stmt]).into_iter();
    let mut parts = statements.flat_map(|stmt| expressions_of(module, stmt)).flat_map(|expr| descendants(module, expr));
    parts.any(|part| match module.expr(part) {
        Expr::Await(inner) => Call::of(module, inner).and_then(|call| call.name()) != Some("sleep"),
        _ => false,
    })
}

/// What the task runs, as a reader would call it.
fn started(file: File<'_>, call: Call<'_>) -> String {
    let coroutine = call.positional(0).or_else(|| call.keyword("coro").map(|arg| arg.value));
    let Some(coroutine) = coroutine else { return "an unknown coroutine".to_owned() };
    let callee = Call::of(file.module(), coroutine).map(|inner| inner.function);
    match callee.and_then(|callee| label(file, callee)) {
        Some(name) => format!("`{name}`"),
        None => "this coroutine".to_owned(),
    }
}
