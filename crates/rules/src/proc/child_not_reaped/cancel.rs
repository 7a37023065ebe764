//! Handlers that only say that work was cancelled.

use backlint_finding::{Audience, Findings};
use backlint_model::{File, FunctionRef, Project, Reach};
use backlint_semantic::{Call, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use crate::expressions::literal;
use crate::served::is_served;

/// What the names of handlers begin with that are to stop something.
const STOPPING: &[&str] = &["abort", "cancel", "kill", "stop", "terminate"];

/// Words of code that reaches the worker: it revokes, signals, or drops a flag that somebody reads.
const REACHES: &[&str] = &[
    "revoke",
    "kill(",
    "terminate(",
    ".abort(",
    ".cancel(",
    ".stop(",
    ".set(",
    "signal",
    "publish",
    "asyncresult",
    "send_command",
    "delay(",
    "apply_async",
];

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let mut handlers: Vec<FunctionRef> = project
        .routes()
        .iter()
        .filter(|route| is_served(project, route))
        .filter_map(|route| route.handler.function())
        .filter(|&handler| is_stopping(project, handler))
        .collect();
    handlers.sort_unstable();
    handlers.dedup();
    if handlers.is_empty() || worker_looks(project) {
        return;
    }
    for handler in handlers {
        let Some(file) = project.file(handler.file) else { continue };
        if let Some(at) = status_set(file, handler)
            && starts_tasks(project, file)
            && !reaches_worker(project, handler)
        {
            report(file, handler, at, findings);
        }
    }
}

fn report(file: File<'_>, handler: FunctionRef, at: Location, findings: &mut Findings) {
    let name = file.qualified_name(handler.id);
    let message = format!(
        "`{name}` only writes that the work was stopped: the task is not revoked and never looks at the status, so it runs \
         to its end."
    );
    let report = findings.report(file.at_function(handler.id), name, message);
    report.also(at, "the status is set here").audience(Audience::Pedantic);
}

fn is_stopping(project: &Project, handler: FunctionRef) -> bool {
    project.file(handler.file).is_some_and(|file| {
        let name = file.function_name(handler.id).to_ascii_lowercase();
        STOPPING.iter().any(|word| name.starts_with(word))
    })
}

/// Where the function sets `….status` to a fixed word that says that something ended.
fn status_set(file: File<'_>, handler: FunctionRef) -> Option<Location> {
    let module = file.module();
    own_statements(module, module.body(handler.id)).into_iter().find_map(|stmt| {
        let Stmt::Assign { targets, value } = module.stmt(stmt) else { return None };
        let &[target] = module.list(targets) else { return None };
        let is_status = matches!(module.expr(target), Expr::Attribute { name, .. }
            if matches!(module.text(name), "status" | "state"));
        (is_status && says_ended(file, value)).then(|| file.at_stmt(stmt))
    })
}

fn says_ended(file: File<'_>, value: ExprId) -> bool {
    let text = literal(file, value).unwrap_or_else(|| file.text_of(value)).to_ascii_lowercase();
    ["cancel", "abort", "stopped", "killed"].iter().any(|word| text.contains(word))
}

/// Whether the file of the handler also hands work to tasks.
fn starts_tasks(project: &Project, file: File<'_>) -> bool {
    let is_task = |call: Call<'_>| {
        let task = call.receiver().and_then(|task| project.resolve(file.id(), task).function());
        task.is_some_and(|task| project.reach(task) == Some(Reach::Task))
    };
    file.calls_named(&["delay", "apply_async"]).any(|call| is_task(call) || call.receiver().is_some())
}

/// Whether the handler or something it calls does more than that.
fn reaches_worker(project: &Project, handler: FunctionRef) -> bool {
    project.called_within(handler, 2).into_iter().any(|(_, function)| {
        project.file(function.file).is_some_and(|file| {
            let code = code_of(file, function);
            REACHES.iter().any(|word| code.contains(word))
        })
    })
}

/// Whether some task looks at whether it was cancelled.
fn worker_looks(project: &Project) -> bool {
    project.app_files().any(|file| {
        file.module().function_ids().any(|id| {
            let function = FunctionRef { file: file.id(), id };
            project.reach(function) == Some(Reach::Task) && {
                let code = code_of(file, function);
                ["cancel", "abort", "stopped"].iter().any(|word| code.contains(word))
            }
        })
    })
}

/// The text of a function in lower case, comments left out.
fn code_of(file: File<'_>, function: FunctionRef) -> String {
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt)).to_ascii_lowercase();
    text.lines().filter_map(|line| line.split(" #").next()).collect::<Vec<_>>().join("\n")
}
