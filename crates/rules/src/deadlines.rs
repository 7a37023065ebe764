//! What ends a wait from outside: deadlines around it, and limits of whole tasks.

use backlint_model::{File, Project, Reach};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt};

use crate::expressions::label;
use crate::reached::reach_of;

/// `with timeout(…):` around it, `@timeout(…)` above it, `wait_for(…)` of it, or an alarm in the same function.
pub(crate) fn is_within_deadline(file: File<'_>, at: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(at) else { return false };
    let in_with = file.index().stmt_ancestors(stmt).any(|parent| match module.stmt(parent.stmt) {
        Stmt::With { items, .. } => module.list(items).iter().any(|item| is_deadline(file, item.context)),
        _ => false,
    });
    let in_wait = || file.index().ancestors(at).any(|outer| is_waited_for(file, outer));
    let function = file.index().function_of(at);
    let is_decorated =
        |id: FunctionId| module.list(file.function(id).decorators).iter().any(|d| is_deadline(file, d.expr));
    let sets_alarm =
        |id| file.calls_named(&["alarm", "setitimer"]).any(|call| file.index().function_of(call.expr) == Some(id));
    in_with || in_wait() || function.is_some_and(|id| is_decorated(id) || sets_alarm(id))
}

/// Whether some task of the project is cut off after a time.
pub(crate) fn has_task_time_limit(project: &Project) -> bool {
    const NAMES: &[&str] = &["task_time_limit", "TASK_TIME_LIMIT", "task_soft_time_limit", "TASK_SOFT_TIME_LIMIT"];
    project.app_files().any(|file| NAMES.iter().any(|name| file.source().text().contains(name)))
}

/// Whether every task of the project is cut off after a time, unless it says otherwise.
pub(crate) fn limits_tasks(project: &Project) -> bool {
    // RQ ends jobs after three minutes where nothing else is said.
    has_task_time_limit(project) || project.app_files().any(|file| file.imports_package("rq"))
}

/// Whether a place only runs in tasks, of which those that say so are cut off after a time.
pub(crate) fn is_in_limited_task(project: &Project, file: File<'_>, at: ExprId, are_tasks_limited: bool) -> bool {
    let Some(function) = file.index().function_of(at) else { return false };
    let outer = |&id: &FunctionId| file.index().outer_function(file.module(), id);
    let limits_itself = || std::iter::successors(Some(function), outer).any(|id| has_limit(file, id));
    reach_of(project, file, function) == Some(Reach::Task) && are_tasks_limited || limits_itself()
}

fn is_deadline(file: File<'_>, expr: ExprId) -> bool {
    let callee = Call::of(file.module(), expr).map_or(expr, |call| call.function);
    let name = label(file, callee).unwrap_or_default().to_ascii_lowercase();
    ["timeout", "time_limit", "timelimit", "fail_after", "move_on_after", "deadline"]
        .iter()
        .any(|word| name.contains(word))
}

/// `asyncio.wait_for(…, 30)`; without a time it only waits.
fn is_waited_for(file: File<'_>, expr: ExprId) -> bool {
    let Some(call) = Call::of(file.module(), expr) else { return false };
    let limit = call.argument("timeout", 1);
    call.name() == Some("wait_for") && limit.is_some_and(|limit| file.module().expr(limit) != Expr::None)
}

/// `@app.task(time_limit=60)`, `@job("mail", timeout=60)`.
fn has_limit(file: File<'_>, id: FunctionId) -> bool {
    let module = file.module();
    module.list(file.function(id).decorators).iter().any(|decorator| {
        let Some(call) = Call::of(module, decorator.expr) else { return false };
        matches!(call.name(), Some("actor" | "job" | "shared_task" | "task"))
            && ["job_timeout", "soft_time_limit", "time_limit", "timeout"].iter().any(|key| call.keyword(key).is_some())
    })
}
