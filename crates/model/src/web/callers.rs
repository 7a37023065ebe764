//! Objects that reach an expression through parameters and loops.

use backlint_semantic::{BindingKind, Call};
use backlint_source::FileId;
use backlint_syntax::ast::{Expr, ExprId, Stmt, Symbol};
use rustc_hash::FxHashMap;

use super::containers::{ContainerId, Containers, Framework};
use crate::resolve::{Entity, ExprRef, FunctionRef, Type};
use crate::{File, Project};

/// How many parameters an object may be handed through.
const MAX_HANDOVERS: u32 = 4;

/// All calls of the project by the last segment of their callee, for functions that take routers as arguments.
#[derive(Debug)]
pub(crate) struct Callers<'c> {
    containers: &'c Containers,
    by_name: FxHashMap<String, Vec<ExprRef>>,
}

impl<'c> Callers<'c> {
    /// Indexes the calls that may hand a router to a function.
    pub(crate) fn new(project: &Project, containers: &'c Containers) -> Self {
        let mut by_name: FxHashMap<String, Vec<ExprRef>> = FxHashMap::default();
        for file in project.files().filter(|file| file.role().is_reported()) {
            for call in file.calls() {
                let Some(name) = call.name() else { continue };
                if call.args.is_empty() || name.starts_with(|c: char| c.is_ascii_uppercase()) {
                    continue;
                }
                // Only plain names and attributes can be containers.
                let has_object = call
                    .args
                    .iter()
                    .any(|arg| matches!(file.module().expr(arg.value), Expr::Name(_) | Expr::Attribute { .. }));
                if has_object && is_setup_name(name) {
                    by_name.entry(name.to_owned()).or_default().push(ExprRef { file: file.id(), expr: call.expr });
                }
            }
        }
        Self { containers, by_name }
    }

    /// The containers that `expr` may be: one for a plain object, several for a loop variable or a parameter.
    pub(crate) fn containers_of(&self, project: &Project, file: FileId, expr: ExprId) -> Vec<ContainerId> {
        let mut found = self.search(project, file, expr, MAX_HANDOVERS);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn search(&self, project: &Project, file: FileId, expr: ExprId, handovers: u32) -> Vec<ContainerId> {
        let entity = project.resolve(file, expr);
        if let Some(found) = self.containers.of(&entity) {
            return vec![found];
        }
        let Some(handovers) = handovers.checked_sub(1) else { return Vec::new() };
        if let Some(outer) = wrapping_object(project, file, expr) {
            return self.search(project, outer.file, outer.expr, handovers);
        }
        if let Entity::Param(function, place) = entity {
            return self.handed_in(project, function, place, handovers);
        }
        if let Entity::Instance { of, origin: None } = &entity
            && let Some(found) = self.annotated(project, file, expr, of, handovers)
        {
            return found;
        }
        let values = loop_values(project, file, expr);
        values.into_iter().flat_map(|at| self.search(project, at.file, at.expr, handovers)).collect()
    }

    /// A parameter annotated as an app or router: what callers hand in, else the only app there is.
    fn annotated(
        &self,
        project: &Project,
        file: FileId,
        expr: ExprId,
        of: &Type,
        handovers: u32,
    ) -> Option<Vec<ContainerId>> {
        let framework = if project.derives_from(of, &["flask.Flask"]) {
            Framework::Flask
        } else if project.derives_from(of, &["fastapi.FastAPI"]) {
            Framework::FastApi
        } else {
            return project
                .derives_from(of, &["fastapi.APIRouter", "flask.Blueprint"])
                .then(|| self.by_parameter(project, file, expr, handovers));
        };
        let found = self.by_parameter(project, file, expr, handovers);
        if found.is_empty() { Some(self.containers.only_app(framework).into_iter().collect()) } else { Some(found) }
    }

    fn by_parameter(&self, project: &Project, file: FileId, expr: ExprId, handovers: u32) -> Vec<ContainerId> {
        match parameter_of(project, file, expr) {
            Some((function, place)) => self.handed_in(project, function, place, handovers),
            None => Vec::new(),
        }
    }

    /// What the callers of a function pass for one of its parameters.
    fn handed_in(&self, project: &Project, function: FunctionRef, place: u32, handovers: u32) -> Vec<ContainerId> {
        let mut found = Vec::new();
        for at in self.arguments(project, function, place as usize) {
            found.extend(self.search(project, at.file, at.expr, handovers));
        }
        if found.is_empty() && is_app_name(project, function, place) {
            let only = |framework| self.containers.only_app(framework);
            found.extend(only(Framework::Flask).xor(only(Framework::FastApi)));
        }
        found
    }

    /// The arguments that all callers pass for one parameter.
    pub(crate) fn arguments(&self, project: &Project, function: FunctionRef, place: usize) -> Vec<ExprRef> {
        let calls = self.calls_of(project, function).into_iter();
        calls
            .filter_map(|at| {
                let call = Call::of(project.file(at.file)?.module(), at.expr)?;
                project.argument_for(at.file, call, function, place)
            })
            .collect()
    }

    /// The calls of a function that may register something.
    pub(crate) fn calls_of(&self, project: &Project, function: FunctionRef) -> Vec<ExprRef> {
        let Some(view) = project.file(function.file) else { return Vec::new() };
        let calls = self.by_name.get(view.function_name(function.id)).map_or(&[][..], Vec::as_slice);
        let is_it = |at: &&ExprRef| {
            let call = project.file(at.file).and_then(|caller| Call::of(caller.module(), at.expr));
            call.is_some_and(|call| project.resolve(at.file, call.function).function() == Some(function))
        };
        calls.iter().filter(is_it).copied().collect()
    }
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

/// `connexion_app.app` is the Flask app inside, also by another name.
fn wrapping_object(project: &Project, file: FileId, expr: ExprId) -> Option<ExprRef> {
    let view = project.file(file)?;
    let module = view.module();
    match module.expr(expr) {
        Expr::Attribute { value, name } if module.text(name) == "app" => match project.resolve(file, value) {
            Entity::Instance { of: Type::External(path), .. } if path.starts_with("connexion.") => {
                Some(ExprRef { file, expr: value })
            }
            _ => None,
        },
        Expr::Name(name) => {
            let bindings = view.index().lookup(view.index().scope_of_name(expr), name);
            let [only] = bindings else { return None };
            let BindingKind::Assign { value: Some(value), .. } = only.kind else { return None };
            matches!(module.expr(value), Expr::Attribute { .. }).then(|| wrapping_object(project, file, value))?
        }
        _ => None,
    }
}

/// The parameter that a plain name is.
fn parameter_of(project: &Project, file: FileId, expr: ExprId) -> Option<(FunctionRef, u32)> {
    let view = project.file(file)?;
    let module = view.module();
    let Expr::Name(name) = module.expr(expr) else { return None };
    let bindings = view.index().lookup(view.index().scope_of_name(expr), name);
    bindings.iter().find_map(|binding| match binding.kind {
        BindingKind::Param(function, place) => Some((FunctionRef::new(file, function), place)),
        _ => None,
    })
}

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
