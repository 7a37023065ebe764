//! What is lost when a function does not come to its end.

use std::collections::{BTreeMap, BTreeSet};

use backlint_model::words::{has_word, snake_case};
use backlint_model::{CostKind, Costs, EffectKind, File, FunctionRef, Project, Reach};
use backlint_semantic::{Call, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use crate::expressions::{label, literal};

/// What is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LossKind {
    /// A row says for ever that the work goes on, with these words.
    Status(String),
    /// Rows are missing.
    Rows,
    /// Requests to others, or processes.
    Calls,
    /// A message.
    Mail,
}

/// What is lost, and where it would have been done.
#[derive(Clone, Debug)]
pub(super) struct Loss {
    pub(super) kind: LossKind,
    pub(super) at: Location,
}

/// What functions leave behind, each looked at once.
pub(super) struct Works<'p> {
    project: &'p Project,
    costs: Costs<'p>,
    /// Functions that look rows up by their status and are no request: they may take unfinished work up again.
    sweepers: Option<BTreeSet<FunctionRef>>,
    known: BTreeMap<FunctionRef, Option<Loss>>,
}

/// How many calls deep work is looked for.
const MAX_DEPTH: u32 = 2;

/// Work that takes up whatever is left each time it runs.
const TAKING_UP: &[&str] = &["drain", "reconcile", "recover", "resume_all", "retry", "sweep"];

/// Work that is done as well as can be.
const BEST_EFFORT: &[&str] = &[
    "analytics",
    "audit",
    "cache",
    "cleanup",
    "invalidate",
    "log",
    "metric",
    "ping",
    "prefetch",
    "refresh",
    "stats",
    "telemetry",
    "touch",
    "track",
    "usage",
    "warm",
    "warmup",
];

impl<'p> Works<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        Self { project, costs: Costs::of(project), sweepers: None, known: BTreeMap::new() }
    }

    /// What is lost if the process ends while the function works; none if that does not matter.
    pub(super) fn loss(&mut self, function: FunctionRef) -> Option<Loss> {
        if let Some(known) = self.known.get(&function) {
            return known.clone();
        }
        let found = self.find(function);
        self.known.insert(function, found.clone());
        found
    }

    fn find(&mut self, function: FunctionRef) -> Option<Loss> {
        let project = self.project;
        let file = project.file(function.file)?;
        let name = snake_case(file.function_name(function.id));
        if BEST_EFFORT.iter().chain(TAKING_UP).any(|word| has_word(&name, word)) || is_queued(file, function) {
            return None;
        }
        let reached: Vec<FunctionRef> =
            project.called_within(function, MAX_DEPTH).into_iter().map(|(_, function)| function).collect();
        let loss = reached
            .iter()
            .find_map(|&inner| running_status(project, inner))
            .or_else(|| written_rows(project, &reached))
            .or_else(|| self.calls(function, &name))
            .or_else(|| is_mail(&name).then(|| Loss { kind: LossKind::Mail, at: file.at_function(function.id) }))?;
        (!self.is_swept(&loss, &reached)).then_some(loss)
    }

    fn calls(&mut self, function: FunctionRef, name: &str) -> Option<Loss> {
        let costs = self.costs.reached(function);
        let mut near = costs.into_iter().filter(|cost| cost.depth <= MAX_DEPTH && cost.kind != CostKind::Enqueue);
        let first = near.next()?;
        let is_mail = is_mail(name) || first.kind == CostKind::Mail;
        Some(Loss { kind: if is_mail { LossKind::Mail } else { LossKind::Calls }, at: first.at })
    }

    /// Whether something else looks for rows with an unfinished status.
    fn is_swept(&mut self, loss: &Loss, reached: &[FunctionRef]) -> bool {
        if !matches!(loss.kind, LossKind::Status(_)) {
            return false;
        }
        let project = self.project;
        let sweepers = self.sweepers.get_or_insert_with(|| sweepers(project));
        sweepers.iter().any(|sweeper| !reached.contains(sweeper))
    }
}

fn sweepers(project: &Project) -> BTreeSet<FunctionRef> {
    let queries = project.queries().iter();
    let of_status = queries.filter(|query| {
        let criteria = project.criteria(query);
        criteria.iter().any(|criterion| matches!(criterion.attribute, "status" | "state"))
    });
    let functions = of_status.filter_map(|query| query.function);
    functions.filter(|&function| project.reach(function) != Some(Reach::Request)).collect()
}

/// Whether a task queue runs the function.
fn is_queued(file: File<'_>, function: FunctionRef) -> bool {
    let decorators = file.module().list(file.function(function.id).decorators);
    decorators.iter().any(|decorator| {
        let callee = Call::of(file.module(), decorator.expr).map_or(decorator.expr, |call| call.function);
        matches!(label(file, callee), Some("actor" | "job" | "shared_task" | "task"))
    })
}

/// `job.status = JobStatus.RUNNING`.
fn running_status(project: &Project, function: FunctionRef) -> Option<Loss> {
    let file = project.file(function.file)?;
    let module = file.module();
    own_statements(module, module.body(function.id)).into_iter().find_map(|stmt| {
        let Stmt::Assign { targets, value } = module.stmt(stmt) else { return None };
        let &[target] = module.list(targets) else { return None };
        let Expr::Attribute { name, .. } = module.expr(target) else { return None };
        let is_status = matches!(module.text(name), "processing_status" | "stage" | "state" | "status");
        let status = is_status.then(|| status_word(file, value))??;
        Some(Loss { kind: LossKind::Status(format!("`{status}`")), at: file.at_stmt(stmt) })
    })
}

/// A word that says that work has begun: `"running"`, `JobStatus.IN_PROGRESS`, `Status.CLONING.value`.
fn status_word(file: File<'_>, value: ExprId) -> Option<&str> {
    let module = file.module();
    let word = match module.expr(value) {
        Expr::Attribute { value, name } if module.text(name) == "value" => label(file, value)?,
        Expr::Attribute { name, .. } => module.text(name),
        _ => literal(file, value)?,
    };
    let lower = snake_case(word);
    let has_begun = lower.ends_with("ing") && !matches!(lower.as_str(), "pending" | "missing")
        || matches!(lower.as_str(), "in_progress" | "started" | "active" | "busy");
    has_begun.then_some(word)
}

fn written_rows(project: &Project, reached: &[FunctionRef]) -> Option<Loss> {
    let effects = reached.iter().flat_map(|&function| project.own_effects(function));
    let mut writes = effects.filter(|effect| matches!(effect.kind, EffectKind::RowWrite | EffectKind::RowDelete));
    writes.next().map(|effect| Loss { kind: LossKind::Rows, at: effect.at })
}

fn is_mail(name: &str) -> bool {
    ["email", "mail", "sms"].iter().any(|word| has_word(name, word))
}
