//! Objects that reach an expression through parameters and loops.

use std::cell::RefCell;

use backlint_semantic::{BindingKind, Call};
use backlint_source::FileId;
use backlint_syntax::ast::{Expr, ExprId, Stmt, Symbol};
use rustc_hash::FxHashMap;

use super::containers::{ContainerId, Containers, Framework};
use super::frames::{Found, Frame, Framed};
use crate::resolve::{ClassRef, Entity, ExprRef, FunctionRef, Type};
use crate::{File, Project};

/// How many functions an object may be handed through.
const MAX_HANDOVERS: u32 = 4;

/// How many ways to run one piece of code are looked at.
const MAX_FRAMES: usize = 128;

/// The calls of the project that may hand a router to a function, and with them the ways in which code runs.
#[derive(Debug)]
pub(crate) struct Callers<'c> {
    containers: &'c Containers,
    /// By the last segment of the callee.
    by_name: FxHashMap<String, Vec<ExprRef>>,
    /// The frames of functions that were asked for.
    frames: RefCell<FxHashMap<(FunctionRef, u32), Vec<Frame>>>,
}

impl<'c> Callers<'c> {
    /// Indexes the calls that may hand a router to a function.
    pub(crate) fn new(project: &Project, containers: &'c Containers) -> Self {
        let mut by_name: FxHashMap<String, Vec<ExprRef>> = FxHashMap::default();
        for file in project.files().filter(|file| file.role().is_reported()) {
            let mut setup_names = FxHashMap::default();
            for call in file.calls().filter(|call| may_hand_over(file, *call, &mut setup_names)) {
                let Some(name) = file.defined_name(call) else { continue };
                by_name.entry(name.to_owned()).or_default().push(ExprRef { file: file.id(), expr: call.expr });
            }
        }
        Self { containers, by_name, frames: RefCell::default() }
    }

    /// The containers that `expr` may be: one for a plain object, several for a loop variable or a parameter.
    pub(crate) fn containers_of(&self, project: &Project, file: FileId, expr: ExprId) -> Vec<ContainerId> {
        let at = ExprRef { file, expr };
        let frames = self.frames_at(project, at).into_iter();
        let mut found: Vec<ContainerId> =
            frames.filter_map(|frame| self.container(project, &Framed { at, frame }).map(|(id, _)| id)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The container that an expression is in its frame, and the frame in which it is made.
    pub(crate) fn container(&self, project: &Project, at: &Framed) -> Option<(ContainerId, Frame)> {
        let Found { entity, frame } = project.found(at);
        if let Some(id) = self.containers.of(&entity) {
            return Some((id, frame));
        }
        let id = match &entity {
            Entity::Param(function, place) if is_app_name(project, *function, *place) => {
                let only = |framework| self.containers.only_app(framework);
                only(Framework::Flask).xor(only(Framework::FastApi))
            }
            // An app from somewhere is the only one there is.
            Entity::Instance { of, origin: None } if project.derives_from(of, &["flask.Flask"]) => {
                self.containers.only_app(Framework::Flask)
            }
            Entity::Instance { of, origin: None } if project.derives_from(of, &["fastapi.FastAPI"]) => {
                self.containers.only_app(Framework::FastApi)
            }
            _ => return wrapped(project, at, &entity).and_then(|inner| self.container(project, &inner)),
        };
        Some((id?, Frame::default()))
    }

    /// The ways in which the code at `at` runs: every caller of its function, every turn of the loops around it.
    pub(crate) fn frames_at(&self, project: &Project, at: ExprRef) -> Vec<Frame> {
        self.frames_within(project, at, MAX_HANDOVERS)
    }

    fn frames_within(&self, project: &Project, at: ExprRef, handovers: u32) -> Vec<Frame> {
        let Some(file) = project.file(at.file) else { return Vec::new() };
        let mut frames = match file.index().function_of(at.expr) {
            Some(function) => self.frames_of(project, FunctionRef::new(at.file, function), handovers),
            None => vec![Frame::default()],
        };
        for (target, iter) in loops_around(file, at.expr) {
            let turns = |frame: Frame| project.turns(file, target, iter, &frame).unwrap_or_else(|| vec![frame]);
            frames = frames.into_iter().flat_map(turns).take(MAX_FRAMES).collect();
        }
        frames
    }

    /// The frames of a function, one for each call of it.
    fn frames_of(&self, project: &Project, function: FunctionRef, handovers: u32) -> Vec<Frame> {
        let Some(above) = handovers.checked_sub(1) else { return vec![Frame::default()] };
        if let Some(known) = self.frames.borrow().get(&(function, handovers)) {
            return known.clone();
        }
        let mut found = Vec::new();
        for at in self.calls_of(project, function) {
            let Some(caller) = project.file(at.file) else { continue };
            let Some(call) = Call::of(caller.module(), at.expr) else { continue };
            let frames = self.frames_within(project, at, above).into_iter();
            found.extend(frames.map(|frame| frame.entering(project, at.file, call, function)));
            found.truncate(MAX_FRAMES);
        }
        if found.is_empty() {
            let outer = project.file(function.file).and_then(|f| f.index().outer_function(f.module(), function.id));
            found = match outer {
                Some(outer) => self.frames_of(project, FunctionRef::new(function.file, outer), above),
                None => vec![Frame::default()],
            };
        }
        self.frames.borrow_mut().insert((function, handovers), found.clone());
        found
    }

    /// The calls of a function that may register something.
    pub(crate) fn calls_of(&self, project: &Project, function: FunctionRef) -> Vec<ExprRef> {
        let Some(view) = project.file(function.file) else { return Vec::new() };
        let name = view.function_name(function.id);
        let class = view.index().class_of(view.module(), function.id).filter(|_| name == "__init__");
        let name = class.map_or(name, |class| view.class_name(class));
        let class = class.map(|id| Entity::Class(ClassRef::new(function.file, id)));
        let calls = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        let is_it = |at: &&ExprRef| {
            let call = project.file(at.file).and_then(|caller| Call::of(caller.module(), at.expr));
            let callee = call.map(|call| project.resolve(at.file, call.function));
            callee.is_some_and(|callee| callee.function() == Some(function) || class.as_ref() == Some(&callee))
        };
        calls.iter().filter(is_it).copied().collect()
    }
}

/// The targets of the loops and comprehensions around an expression and what they run over, outermost first.
fn loops_around(file: File<'_>, expr: ExprId) -> Vec<(ExprId, ExprId)> {
    let (module, index) = (file.module(), file.index());
    let mut found: Vec<(ExprId, ExprId)> = index
        .ancestors(expr)
        .filter_map(|around| match module.expr(around) {
            Expr::Comprehension(id) => Some(module.list(module.comprehension(id).generators).iter().rev()),
            _ => None,
        })
        .flatten()
        .map(|generator| (generator.target, generator.iter))
        .collect();
    let function = index.function_of(expr);
    let around = index.stmt_of(expr).into_iter().flat_map(|stmt| index.stmt_ancestors(stmt));
    found.extend(around.take_while(|parent| index.function_of_stmt(parent.stmt) == function).filter_map(|parent| {
        match module.stmt(parent.stmt) {
            Stmt::For { target, iter, .. } => Some((target, iter)),
            _ => None,
        }
    }));
    found.reverse();
    found
}

/// Whether a call may pass an app, a router or something about one to a function of the project.
fn may_hand_over<'p>(file: File<'p>, call: Call<'p>, setup_names: &mut FxHashMap<&'p str, bool>) -> bool {
    let Some(name) = call.name().filter(|_| !call.args.is_empty()) else { return false };
    if name.starts_with(|c: char| c.is_ascii_uppercase()) {
        // A class that routes are added by gets what it adds them to.
        return call.args.iter().any(|arg| {
            let text = file.text_of(arg.value);
            ["app", "api", "router", "blueprint", "bp"].iter().any(|word| text.ends_with(word))
        });
    }
    let is_object =
        |expr| matches!(file.module().expr(expr), Expr::Name(_) | Expr::Attribute { .. } | Expr::Call { .. });
    // The same few names are called over and over.
    *setup_names.entry(name).or_insert_with(|| is_setup_name(name)) && call.args.iter().any(|arg| is_object(arg.value))
}

/// Functions that take an app or router are called in one of these ways; this keeps the index small.
fn is_setup_name(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "init",
        "register",
        "setup",
        "set_up",
        "create",
        "add",
        "include",
        "configure",
        "mount",
        "make",
        "build",
        "install",
        "route",
        "attach",
        "apply",
        "wire",
        "load",
        "bind",
        "get",
        "router",
        "app",
        "blueprint",
        "api",
        "start",
        "enable",
        "define",
        "use",
    ];
    WORDS.iter().any(|word| name.contains(word))
}

/// `WSGIMiddleware(app)` is the app inside, `connexion_app.app` the object that holds it.
fn wrapped(project: &Project, at: &Framed, entity: &Entity) -> Option<Framed> {
    let at = std::iter::successors(Some(at.clone()), |at| project.behind_name(at)).take(MAX_NAMES).last()?;
    let module = project.file(at.at.file)?.module();
    match (entity, module.expr(at.at.expr)) {
        (Entity::Instance { of: Type::External(class), .. } | Entity::Result { of: class, .. }, Expr::Call { .. }) => {
            let is_adapter = class.ends_with("WSGIMiddleware");
            Call::of(module, at.at.expr).filter(|_| is_adapter)?.positional(0).map(|inner| at.sibling(inner))
        }
        (Entity::External(path), Expr::Attribute { value, name }) => {
            let is_inside = path.starts_with("connexion.") && module.text(name) == "app";
            is_inside.then(|| at.sibling(value))
        }
        _ => None,
    }
}

/// How many names an app may be behind.
const MAX_NAMES: usize = 8;

fn is_app_name(project: &Project, function: FunctionRef, place: u32) -> bool {
    let Some(view) = project.file(function.file) else { return false };
    let params = view.module().list(view.function(function.id).params);
    params.get(place as usize).is_some_and(|param| matches!(view.module().text(param.name), "app" | "application"))
}

/// The values that a loop variable takes when the loop runs over a literal list.
pub(crate) fn loop_values(project: &Project, file: FileId, expr: ExprId) -> Vec<ExprRef> {
    let Some(view) = project.file(file) else { return Vec::new() };
    let module = view.module();
    let Expr::Name(name) = module.expr(expr) else { return Vec::new() };
    let bindings = view.index().lookup(view.index().scope_of_name(expr), name);
    let Some((iter, stmt)) = bindings.iter().find_map(|binding| match binding.kind {
        BindingKind::Loop { iter } => Some((iter, binding.stmt)),
        _ => None,
    }) else {
        return Vec::new();
    };
    let place = stmt.and_then(|stmt| target_place(view, stmt, name));
    elements(project, file, iter)
        .into_iter()
        .filter_map(|at| match place {
            Some(place) => element_part(project, at, place),
            None => Some(at),
        })
        .collect()
}

/// The place of a name in the tuple target of a loop.
fn target_place(view: File<'_>, stmt: backlint_syntax::ast::StmtId, name: Symbol) -> Option<usize> {
    let module = view.module();
    let Stmt::For { target, .. } = module.stmt(stmt) else { return None };
    let (Expr::Tuple(items) | Expr::List(items)) = module.expr(target) else { return None };
    module.list(items).iter().position(|&item| module.expr(item) == Expr::Name(name))
}

/// The elements of a literal list, tuple, set or dict, also through a name.
fn elements(project: &Project, file: FileId, expr: ExprId) -> Vec<ExprRef> {
    let Entity::Literal(at) = project.resolve(file, expr) else { return Vec::new() };
    let Some(view) = project.file(at.file) else { return Vec::new() };
    let module = view.module();
    match module.expr(at.expr) {
        Expr::List(items) | Expr::Tuple(items) | Expr::Set(items) => {
            module.list(items).iter().map(|&expr| ExprRef { file: at.file, expr }).collect()
        }
        _ => Vec::new(),
    }
}

fn element_part(project: &Project, at: ExprRef, place: usize) -> Option<ExprRef> {
    let view = project.file(at.file)?;
    let module = view.module();
    let (Expr::Tuple(items) | Expr::List(items)) = module.expr(at.expr) else { return None };
    module.list(items).get(place).map(|&expr| ExprRef { file: at.file, expr })
}
