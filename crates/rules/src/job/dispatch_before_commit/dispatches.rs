//! Where functions send tasks to workers, and what they send.

use backlint_model::{Entity, File, FunctionRef, Project};
use backlint_semantic::{Call, descendants};
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Symbol};

use crate::expressions::{assigned_value, label};

/// A task that is sent.
pub(super) struct Dispatch<'p> {
    pub(super) call: Call<'p>,
    pub(super) function: FunctionId,
    /// What a reader calls the task.
    pub(super) name: String,
    /// The task, if it is a function of the project.
    task: Option<FunctionRef>,
}

/// How many calls deep a task is asked for what it reads.
const MAX_DEPTH: u32 = 3;

/// Names of calls that hand something to a broker.
const SENDING: &[&str] = &[
    "apply_async",
    "basic_publish",
    "delay",
    "enqueue",
    "enqueue_job",
    "lpush",
    "publish",
    "rpush",
    "send",
    "send_message",
    "send_task",
    "xadd",
    "zadd",
];

/// How many calls deep a function of the project that sends tasks is followed.
const MAX_SENDING_DEPTH: u32 = 2;

/// The tasks that the functions of a file send at once, in source order.
pub(super) fn dispatches<'p>(project: &Project, file: File<'p>) -> Vec<Dispatch<'p>> {
    let calls = file.calls_named(&["apply_async", "delay", "enqueue", "enqueue_job", "send_task"]);
    calls.filter_map(|call| dispatch(project, file, call)).collect()
}

fn dispatch<'p>(project: &Project, file: File<'p>, call: Call<'p>) -> Option<Dispatch<'p>> {
    let module = file.module();
    let is_later = ["countdown", "eta", "_defer_by", "_defer_until"].iter().any(|name| call.keyword(name).is_some());
    let is_deferred = file.index().ancestors(call.expr).any(|outer| matches!(module.expr(outer), Expr::Lambda(_)));
    if is_later || is_deferred || file.is_dev_only(call.expr) || is_only_noted(project, file, call) {
        return None;
    }
    let function = file.index().function_of(call.expr)?;
    let target = match call.name()? {
        "apply_async" | "delay" => call.receiver()?,
        _ => call.positional(0)?,
    };
    let entity = project.resolve(file.id(), target);
    let name = match module.expr(target) {
        Expr::Str(text) => module.text(text).to_owned(),
        _ => label(file, target)?.to_owned(),
    };
    let task = match entity {
        Entity::Function(task) => Some(task),
        _ => None,
    };
    Some(Dispatch { call, function, name, task })
}

/// Whether a function of the project only writes down which task is wanted, for somebody who sends it later.
fn is_only_noted(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    let Entity::Function(function) = project.resolve(file.id(), call.function) else { return false };
    let sends = |function: FunctionRef| {
        let is_own = |call: &Call<'_>| project.resolve(function.file, call.function).function().is_some();
        let calls = project.calls_in(function).into_iter();
        calls.filter(|call| call.name().is_some_and(|name| SENDING.contains(&name))).any(|call| !is_own(&call))
    };
    !project.called_within(function, MAX_SENDING_DEPTH).into_iter().any(|(_, function)| sends(function))
}

impl Dispatch<'_> {
    /// Whether a name is among what is sent, or what a sent name was made from.
    pub(super) fn mentions(&self, file: File<'_>, row: Symbol) -> bool {
        let module = file.module();
        let is_in =
            |expr: ExprId| descendants(module, expr).into_iter().any(|part| module.expr(part) == Expr::Name(row));
        self.call.args.iter().map(|arg| arg.value).any(|value| {
            let parts = descendants(module, value).into_iter();
            is_in(value)
                || parts.filter_map(|part| assigned_value(file, part)).any(|from| is_key(file, from) && is_in(from))
        })
    }

    /// Whether the task may look at the row: at this attribute, or at any row at all.
    pub(super) fn may_read(&self, project: &Project, attribute: Option<&str>) -> bool {
        let Some(task) = self.task else { return attribute.is_none() };
        let reached = project.called_within(task, MAX_DEPTH);
        reached.into_iter().any(|(_, function)| match attribute {
            Some(attribute) => mentions_attribute(project, function, attribute),
            None => !project.session_events(function).is_empty() || project.queries_in(function).next().is_some(),
        })
    }
}

/// `job.id`, `str(job.id)`.
fn is_key(file: File<'_>, value: ExprId) -> bool {
    let module = file.module();
    let is_text = || Call::of(module, value).is_some_and(|call| call.name() == Some("str"));
    matches!(module.expr(value), Expr::Attribute { .. }) || is_text()
}

fn mentions_attribute(project: &Project, function: FunctionRef, attribute: &str) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
    let dotted = format!(".{attribute}");
    text.match_indices(&dotted).any(|(at, _)| {
        let next = text[at + dotted.len()..].chars().next();
        !next.is_some_and(|c| c == '_' || c.is_alphanumeric())
    })
}
