//! Where a request hands a function to its own process and does not wait for it.

use backlint_model::{Entity, File, Project, Reach, Type};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt};

use crate::expressions::label;
use crate::reached::reach_of;

/// A function that the process runs beside or after the request.
pub(super) struct HandOver<'p> {
    pub(super) call: Call<'p>,
    /// The function that is handed over.
    pub(super) target: ExprId,
    /// Who runs it, as a reader would say.
    pub(super) by: &'static str,
    arguments: Vec<ExprId>,
}

impl HandOver<'_> {
    /// What the function is given.
    pub(super) fn passed(&self) -> impl Iterator<Item = ExprId> + '_ {
        self.arguments.iter().copied()
    }
}

const CALLEES: &[&str] = &["BackgroundTask", "Thread", "Timer", "add_task", "create_task", "ensure_future", "submit"];

/// The work that requests hand over, in source order.
pub(super) fn hand_overs<'p>(project: &Project, file: File<'p>) -> Vec<HandOver<'p>> {
    let is_of_request = |call: &Call<'_>| {
        file.index().function_of(call.expr).is_some_and(|function| {
            reach_of(project, file, function) == Some(Reach::Request) && !serves_connection(project, file, function)
        })
    };
    let calls = file.calls_named(CALLEES).filter(|call| !file.is_dev_only(call.expr)).filter(is_of_request);
    calls.filter_map(|call| hand_over(project, file, call)).collect()
}

fn hand_over<'p>(project: &Project, file: File<'p>, call: Call<'p>) -> Option<HandOver<'p>> {
    let module = file.module();
    let (target, by, arguments) = match call.name()? {
        "add_task" if is_background(project, file, call.receiver()?) => {
            (call.argument("func", 0)?, "the process that answered", values(call))
        }
        "BackgroundTask" => (call.argument("func", 0)?, "the process that answered", values(call)),
        "Thread" if is_path(file, call, "threading.Thread") && !waits(file, call) => {
            (call.argument("target", 1)?, "a thread of this process", values(call))
        }
        "Timer" if is_path(file, call, "threading.Timer") => {
            (call.argument("function", 1)?, "a thread of this process", values(call))
        }
        "create_task" | "ensure_future" if is_loop(file, call) && !waits(file, call) => {
            let inner = Call::of(module, call.positional(0)?)?;
            (inner.function, "the event loop of this process", values(inner))
        }
        "submit" if is_executor(project, file, call.receiver()?) && is_dropped(file, call) => {
            (call.positional(0)?, "a thread of this process", values(call))
        }
        _ => return None,
    };
    Some(HandOver { call, target, by, arguments })
}

fn values(call: Call<'_>) -> Vec<ExprId> {
    call.args.iter().map(|arg| arg.value).collect()
}

fn is_background(project: &Project, file: File<'_>, receiver: ExprId) -> bool {
    let is_one = |path: &str| path.ends_with(".BackgroundTasks");
    match project.resolve(file.id(), receiver) {
        Entity::Instance { of: Type::External(path), .. } => is_one(&path),
        Entity::Param(..) | Entity::Unknown => label(file, receiver).is_some_and(|name| name.starts_with("background")),
        _ => false,
    }
}

fn is_path(file: File<'_>, call: Call<'_>, path: &str) -> bool {
    file.path_of(call.function).as_deref() == Some(path)
}

fn is_loop(file: File<'_>, call: Call<'_>) -> bool {
    let path = file.path_of(call.function);
    matches!(path.as_deref(), Some("asyncio.create_task" | "asyncio.ensure_future"))
        || call.receiver().is_some_and(|receiver| file.text_of(receiver).trim_end_matches("()").ends_with("loop"))
}

fn is_executor(project: &Project, file: File<'_>, receiver: ExprId) -> bool {
    match project.resolve(file.id(), receiver) {
        Entity::Instance { of: Type::External(path), .. } => path.ends_with("PoolExecutor"),
        _ => label(file, receiver).is_some_and(|name| name.to_ascii_lowercase().ends_with("executor")),
    }
}

fn is_dropped(file: File<'_>, call: Call<'_>) -> bool {
    let stmt = file.index().stmt_of(call.expr);
    stmt.is_some_and(|stmt| matches!(file.module().stmt(stmt), Stmt::Expr(whole) if whole == call.expr))
}

/// Whether the function waits for what it started, or keeps it to stop it: then the request is not over.
fn waits(file: File<'_>, call: Call<'_>) -> bool {
    const WAITING: &[&str] =
        &["as_completed", "cancel", "gather", "is_alive", "join", "result", "shield", "wait", "wait_for"];
    let module = file.module();
    let Some(function) = file.index().function_of(call.expr) else { return true };
    let body = module.stmt_span(file.function(function).stmt);
    let in_body = |expr: ExprId| body.contains(module.span(expr));
    let is_awaited =
        file.index().ancestors(call.expr).any(|outer| matches!(module.expr(outer), Expr::Await(_) | Expr::Lambda(_)));
    let bound = file.index().stmt_of(call.expr).and_then(|stmt| match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => module.list(targets).first().copied(),
        _ => None,
    });
    let awaits_name = bound.is_some_and(|target| {
        module.expr_ids().any(|expr| match module.expr(expr) {
            Expr::Await(inner) => in_body(expr) && file.text_of(inner) == file.text_of(target),
            _ => false,
        })
    });
    is_awaited
        || awaits_name
        || file.calls_named(WAITING).any(|other| in_body(other.expr) && other.receiver().is_some())
}

/// Whether the request goes on while the function works: sockets, streams and generators feed their own client.
fn serves_connection(project: &Project, file: File<'_>, function: FunctionId) -> bool {
    let module = file.module();
    let outer = |&id: &FunctionId| file.index().outer_function(module, id);
    let mut around = std::iter::successors(Some(function), outer);
    around.any(|id| {
        let text = file.slice(module.stmt_span(file.function(id).stmt));
        let routes = project.routes_of(backlint_model::FunctionRef { file: file.id(), id });
        let is_socket = routes.iter().any(|&route| project.route(route).methods.contains("WEBSOCKET"));
        is_socket
            || ["StreamingResponse(", "EventSourceResponse(", "stream_with_context", "yield ", "WebSocket"]
                .iter()
                .any(|word| text.contains(word))
    })
}
