//! What runs on behalf of requests, tasks and worker loops: the call graph from those entries on.

use std::collections::BTreeSet;

use backlint_semantic::Call;
use backlint_source::FileId;
use backlint_syntax::ast::{Expr, ExprId};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::effects::{Effect, effect_of_call, global_writes};
use crate::resolve::{Entity, ExprRef, FunctionRef, Type};
use crate::web::{ContainerKind, Web, module_path};
use crate::{File, Project};

/// How many calls an entry is followed.
const MAX_DEPTH: u32 = 6;

/// Where a function is reached from; of several the first in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// A route handler, one of its dependencies or a hook.
    Request,
    /// A task of a task queue or scheduler.
    Task,
    /// A thread or loop that the process starts itself.
    Worker,
}

/// A resolved call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Callee {
    /// The call.
    pub call: ExprId,
    /// What it calls.
    pub function: FunctionRef,
}

/// What the body of a function does itself, functions nested in it included.
#[derive(Debug, Default)]
pub(crate) struct Deeds {
    /// What it calls of the project, in source order.
    pub(crate) callees: Box<[Callee]>,
    /// What it changes, in source order.
    pub(crate) effects: Box<[Effect]>,
}

/// A call of a function from code that runs in production.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// The function that calls.
    pub function: FunctionRef,
    /// The call.
    pub call: ExprId,
}

/// The functions that run in production.
#[derive(Debug, Default)]
pub(crate) struct CallGraph {
    reached: FxHashMap<FunctionRef, Reach>,
    callers: FxHashMap<FunctionRef, Vec<Caller>>,
}

impl Project {
    /// A function and what it calls, itself or through others, each once and with how many resolved calls away it is,
    /// nearest first.
    pub fn called_within(&self, function: FunctionRef, max_depth: u32) -> Vec<(u32, FunctionRef)> {
        let mut found = Vec::new();
        let mut seen = FxHashSet::default();
        let mut level = vec![function];
        for depth in 0..=max_depth {
            level.retain(|function| seen.insert(*function));
            found.extend(level.iter().map(|&function| (depth, function)));
            if depth < max_depth {
                level = level.iter().flat_map(|&f| self.callees(f)).map(|callee| callee.function).collect();
            }
        }
        found
    }
}

/// Follows all entries of the project.
pub(crate) fn follow(project: &Project, web: &Web) -> CallGraph {
    let mut graph = CallGraph::default();
    for (reach, mut frontier) in entries(project, web) {
        for _ in 0..=MAX_DEPTH {
            frontier.retain(|function| !graph.reached.contains_key(function));
            frontier.sort_unstable();
            frontier.dedup();
            if frontier.is_empty() {
                break;
            }
            graph.reached.extend(frontier.iter().map(|&function| (function, reach)));
            let callees = |&function| project.callees(function).iter().map(|callee| callee.function);
            frontier = frontier.par_iter().flat_map_iter(callees).collect();
        }
    }
    graph.callers = callers(project, &graph.reached);
    graph
}

/// The calls of each function from functions that are reached, in source order.
fn callers(project: &Project, reached: &FxHashMap<FunctionRef, Reach>) -> FxHashMap<FunctionRef, Vec<Caller>> {
    let mut sorted: Vec<FunctionRef> = reached.keys().copied().collect();
    sorted.sort_unstable();
    let mut found: FxHashMap<FunctionRef, Vec<Caller>> = FxHashMap::default();
    for function in sorted {
        for callee in project.callees(function) {
            found.entry(callee.function).or_default().push(Caller { function, call: callee.call });
        }
    }
    found
}

/// Calls that run a function beside the one that makes them.
const STARTING: &[&str] =
    &["Thread", "Process", "Timer", "add_job", "run_in_executor", "submit", "create_task", "ensure_future"];

/// The files of command lines that people use, which nothing that runs for long imports.
fn files_by_hand(project: &Project, web: &Web) -> BTreeSet<FileId> {
    let reads_arguments = |file: &File<'_>| COMMAND_LINES.iter().any(|name| file.module().symbol(name).is_some());
    let command_lines = project.files().filter(|file| file.role().is_reported()).filter(reads_arguments);
    let mut found = project.with_imports(command_lines.map(File::id));
    if !found.is_empty() {
        let mut running = deployed_among(project, &found);
        running.extend(served_files(project, web));
        let running = project.with_imports(running);
        found.retain(|file| !running.contains(file));
    }
    found
}

/// The files with applications, and with functions that task queues find.
pub(crate) fn served_files(project: &Project, web: &Web) -> Vec<FileId> {
    let apps = web.containers.iter().filter(|container| container.kind == ContainerKind::App);
    let with_tasks = project.files().filter(|file| !decorated_tasks(*file).is_empty());
    apps.map(|app| app.made.file).chain(with_tasks.map(File::id)).collect()
}

/// Libraries that read command lines.
const COMMAND_LINES: &[&str] = &["argparse", "click", "typer"];

/// The files among these that deployment files start.
fn deployed_among(project: &Project, files: &BTreeSet<FileId>) -> Vec<FileId> {
    let words =
        || project.deployment().commands.iter().flat_map(|command| &command.words).map(|word| word.text.as_str());
    let named: FxHashSet<&str> = words().flat_map(|word| word.split(['/', '.', ':'])).collect();
    let is_started = |file: &File<'_>| {
        let path = file.local_path();
        let module = module_path(path);
        let last = module.rsplit('.').next().unwrap_or_default();
        let is_meant = |word: &str| word.ends_with(path) || word.split(':').next() == Some(module.as_str());
        named.contains(last) && words().any(is_meant)
    };
    files.iter().filter_map(|&id| project.file(id)).filter(is_started).map(File::id).collect()
}

fn entries(project: &Project, web: &Web) -> Vec<(Reach, Vec<FunctionRef>)> {
    let mut requests: Vec<FunctionRef> = web.routes.iter().filter_map(|route| route.handler.function()).collect();
    let lists = web.routes.iter().filter_map(|route| route.dependencies);
    let listed = lists.flat_map(|list| project.listed_dependencies(list).unwrap_or_default());
    let dependencies = requests.iter().flat_map(|&handler| project.signature_dependencies(handler)).chain(listed);
    let providers: Vec<FunctionRef> = dependencies.filter_map(|d| provider(project, d.target)).collect();
    requests.extend(providers);
    let mut tasks = Vec::new();
    let mut workers = Vec::new();
    let by_hand = files_by_hand(project, web);
    for file in project.files().filter(|file| file.role().is_reported()) {
        tasks.extend(decorated_tasks(file));
        if !by_hand.contains(&file.id()) {
            workers.extend(file.calls_named(STARTING).filter_map(|call| started(project, file, call)));
        }
    }
    vec![(Reach::Request, requests), (Reach::Task, tasks), (Reach::Worker, workers)]
}

/// What runs for a dependency: a function, or the `__call__` of an object.
fn provider(project: &Project, target: ExprRef) -> Option<FunctionRef> {
    match project.resolve(target.file, target.expr) {
        Entity::Function(function) => Some(function),
        Entity::Instance { of: Type::Project(class), .. } => project.method(class, "__call__"),
        _ => None,
    }
}

/// Libraries whose tasks people run by hand, or tests of load.
const TASKS_BY_HAND: &[&str] = &["doit", "fabric", "fabric2", "invoke", "locust", "pybuilder"];

/// `@app.task`, `@shared_task`, `@job(…)`, `@dramatiq.actor`, `@scheduler.scheduled_job`.
fn decorated_tasks(file: File<'_>) -> Vec<FunctionRef> {
    let module = file.module();
    let is_by_hand = |callee: ExprId| {
        file.path_of(callee).is_some_and(|path| TASKS_BY_HAND.contains(&path.split('.').next().unwrap_or_default()))
    };
    let is_task = |decorator: ExprId| {
        let callee = Call::of(module, decorator).map_or(decorator, |call| call.function);
        let is_named = match module.expr(callee) {
            Expr::Name(name) | Expr::Attribute { name, .. } => matches!(
                module.text(name),
                "task"
                    | "shared_task"
                    | "periodic_task"
                    | "actor"
                    | "job"
                    | "scheduled_job"
                    | "db_task"
                    | "on_after_configure"
            ),
            _ => false,
        };
        is_named && !is_by_hand(callee)
    };
    module
        .function_ids()
        .filter(|&id| module.list(file.function(id).decorators).iter().any(|d| is_task(d.expr)))
        .map(|id| FunctionRef::new(file.id(), id))
        .collect()
}

/// The function that a thread, job or asyncio task runs.
fn started(project: &Project, file: File<'_>, call: Call<'_>) -> Option<FunctionRef> {
    let target = match call.name()? {
        "Thread" | "Process" => call.keyword("target")?.value,
        "run_in_executor" | "Timer" => call.positional(1)?,
        _ => call.positional(0)?,
    };
    let target = Call::of(file.module(), target).map_or(target, |inner| inner.function);
    project.resolve(file.id(), target).function()
}

impl Project {
    /// Where a function is reached from, if from anywhere that runs in production.
    pub fn reach(&self, function: FunctionRef) -> Option<Reach> {
        self.graph.reached.get(&function).copied()
    }

    /// All functions that run in production as far as they are followed, sorted.
    pub(crate) fn reached_functions(&self) -> impl Iterator<Item = FunctionRef> {
        let mut all: Vec<FunctionRef> = self.graph.reached.keys().copied().collect();
        all.sort_unstable();
        all.into_iter()
    }

    /// The calls of a function from code that runs in production, in source order.
    pub fn callers(&self, function: FunctionRef) -> &[Caller] {
        self.graph.callers.get(&function).map_or(&[], Vec::as_slice)
    }

    /// What a function calls and changes itself.
    pub(crate) fn find_deeds(&self, function: FunctionRef) -> Deeds {
        let Some(file) = self.file(function.file) else { return Deeds::default() };
        let mut callees = Vec::new();
        let mut effects = global_writes(file, function);
        for call in self.calls_in(function) {
            let callee = self.resolve(file.id(), call.function);
            effects.extend(effect_of_call(self, file, call, &callee));
            if let Some(called) = self.run_by(&callee).filter(|&called| called != function) {
                callees.push(Callee { call: call.expr, function: called });
            }
        }
        effects.sort_by_key(|effect| effect.at);
        Deeds { callees: callees.into(), effects: effects.into() }
    }

    /// The calls in the body of a function, nested functions included, as they run with it or are started by it.
    pub fn calls_in(&self, function: FunctionRef) -> Vec<Call<'_>> {
        let Some(file) = self.file(function.file) else { return Vec::new() };
        let module = file.module();
        let span = module.stmt_span(file.function(function.id).stmt);
        let header = file.function(function.id).header.end;
        // Whole statements stand in source order in the list, so the calls of the body are one run.
        let calls = file.index().calls();
        let start = calls.partition_point(|&call| module.span(call).end <= header);
        let end = calls.partition_point(|&call| module.span(call).end <= span.end);
        let mut found: Vec<Call<'_>> = calls[start..end].iter().filter_map(|&call| Call::of(module, call)).collect();
        found.sort_by_key(|call| (call.span().start, call.span().end));
        found
    }

    /// The function that runs when something is called.
    fn run_by(&self, callee: &Entity) -> Option<FunctionRef> {
        match *callee {
            Entity::Function(function) => Some(function),
            Entity::Class(class) => self.method(class, "__init__"),
            Entity::Instance { of: Type::Project(class), .. } => self.method(class, "__call__"),
            _ => None,
        }
    }
}
