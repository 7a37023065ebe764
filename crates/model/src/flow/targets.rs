//! What each call of a function runs.

use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};
use rustc_hash::FxHashMap;

use crate::resolve::{ClassRef, Entity, FunctionRef, Type};
use crate::web::module_path;
use crate::{File, Project};

/// What a call runs.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// A function of the project.
    Function(FunctionRef, Binding),
    /// A function of the project that is handed over to be run elsewhere, by this argument; what follows is passed on.
    Handed(FunctionRef, Binding, Handing),
    /// A class of the project, and its constructor if it has one.
    Class(ClassRef, Option<FunctionRef>),
    /// Something from outside, by its dotted path.
    External(Box<str>),
    /// Could not be told.
    Unknown,
}

/// What a function gets as its first parameter without an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binding {
    /// Nothing.
    None,
    /// What stands before the dot.
    Receiver,
    /// Something that is not seen here.
    Unseen,
}

/// How the arguments of a function are passed that somebody else is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handing {
    /// As the arguments from this place on.
    From(usize),
    /// As lists and dicts: `apply_async(args=[…], kwargs={…})`, `Thread(target=…, args=(…))`.
    Packed,
}

impl Target {
    /// The function of the project that runs.
    pub(super) fn function(&self) -> Option<FunctionRef> {
        match self {
            Self::Function(function, _) | Self::Handed(function, ..) => Some(*function),
            Self::Class(_, constructor) => *constructor,
            Self::External(_) | Self::Unknown => None,
        }
    }
}

/// The calls of a function by their place.
#[derive(Debug, Default)]
pub(super) struct Targets(FxHashMap<ExprId, Target>);

impl Targets {
    pub(super) fn of(project: &Project, function: FunctionRef) -> Self {
        let Some(file) = project.file(function.file) else { return Self::default() };
        let calls = project.calls_in(function).into_iter();
        Self(calls.map(|call| (call.expr, target(project, file, call))).collect())
    }

    pub(super) fn get(&self, call: ExprId) -> &Target {
        self.0.get(&call).unwrap_or(&Target::Unknown)
    }

    /// The functions that are called, in a fixed order.
    pub(super) fn functions(&self) -> Vec<FunctionRef> {
        let mut called: Vec<FunctionRef> = self.0.values().filter_map(Target::function).collect();
        called.sort_unstable();
        called.dedup();
        called
    }
}

fn target(project: &Project, file: File<'_>, call: Call<'_>) -> Target {
    if let Some(handed) = handed(project, file, call) {
        return handed;
    }
    match project.resolve(file.id(), call.function) {
        Entity::Function(function) => match own_path(project, function) {
            Some(path) => Target::External(path.into()),
            None => Target::Function(function, binding(project, file, call.receiver(), function)),
        },
        Entity::Class(class) => Target::Class(class, project.method(class, "__init__")),
        Entity::Instance { of: Type::Project(class), .. } => project
            .method(class, "__call__")
            .map_or(Target::Unknown, |function| Target::Function(function, Binding::Unseen)),
        Entity::External(path) => Target::External(path.into()),
        _ => Target::Unknown,
    }
}

/// The path of a function of the project in the tables of users, who know what it does.
fn own_path(project: &Project, function: FunctionRef) -> Option<&str> {
    let home = project.file(function.file)?;
    let path = || format!("{}.{}", module_path(home.local_path()), home.qualified_name(function.id));
    project.flow_tables().own_path(home.function_name(function.id), path)
}

/// Whether a function that is called this way gets its first parameter from what stands before the dot.
fn binding(project: &Project, file: File<'_>, receiver: Option<ExprId>, function: FunctionRef) -> Binding {
    let Some(home) = project.file(function.file) else { return Binding::None };
    if home.index().class_of(home.module(), function.id).is_none() || has_decorator(home, function, "staticmethod") {
        return Binding::None;
    }
    let Some(receiver) = receiver else { return Binding::Unseen };
    let is_class = matches!(project.resolve(file.id(), receiver), Entity::Class(_));
    match (is_class, has_decorator(home, function, "classmethod")) {
        (_, true) => Binding::Unseen,
        (true, false) => Binding::None,
        (false, false) => Binding::Receiver,
    }
}

fn has_decorator(file: File<'_>, function: FunctionRef, name: &str) -> bool {
    let decorators = file.module().list(file.function(function.id).decorators);
    decorators.iter().any(|decorator| file.text_of(decorator.expr) == name)
}

/// A call that hands a function over: to a task queue, a thread, an executor or a background task.
fn handed(project: &Project, file: File<'_>, call: Call<'_>) -> Option<Target> {
    let name = call.name()?;
    let (function, handing) = match name {
        "delay" | "send" | "s" | "si" | "enqueue_task" => (call.receiver()?, Handing::From(0)),
        "apply_async" => (call.receiver()?, Handing::Packed),
        "Thread" | "Process" | "Timer" => (call.argument("target", 1)?, Handing::Packed),
        "add_task" | "to_thread" | "submit" | "run_in_threadpool" | "run_sync" | "partial" | "enqueue" => {
            (call.positional(0)?, Handing::From(1))
        }
        "run_in_executor" => (call.positional(1)?, Handing::From(2)),
        _ => return None,
    };
    let is_name = matches!(file.module().expr(function), Expr::Name(_) | Expr::Attribute { .. });
    let found = is_name.then(|| project.resolve(file.id(), function).function()).flatten()?;
    let home = project.file(found.file)?;
    let is_method = home.index().class_of(home.module(), found.id).is_some();
    let first = home.module().list(home.function(found.id).params).first();
    let gets_itself = first.is_some_and(|param| home.module().text(param.name) == "self");
    let is_static = has_decorator(home, found, "staticmethod");
    let binding = if gets_itself || (is_method && !is_static) { Binding::Unseen } else { Binding::None };
    Some(Target::Handed(found, binding, handing))
}
