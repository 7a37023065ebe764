//! What limits how often a route can be called.

use backlint_semantic::{BindingKind, Call};
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, Expr};
use rustc_hash::FxHashMap;

use super::Web;
use super::guards::{Classifier, Rejection, rejections};
use super::guards::{GuardClass, all_calls};
use super::hooks::{Hook, HookCode};
use super::routes::Route;
use crate::link::Options;
use crate::resolve::{Entity, ExprRef, FunctionRef};
use crate::{File, Project};

/// Where a throttle keeps its counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageKind {
    /// In one process.
    Memory,
    /// In a store that all processes share.
    Shared,
    /// Could not be told.
    Unknown,
}

/// Something that limits how often a route can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Its name in the code.
    pub name: String,
    /// Where it is applied or defined.
    pub at: Location,
    /// Where it keeps its counts.
    pub storage: StorageKind,
}

/// How many calls deep a handler may hide its throttle.
const MAX_DEPTH: u32 = 3;

/// Fills in the throttles of all routes.
pub(crate) fn decide(project: &Project, web: &Web, hooks: &[Hook], options: &Options, routes: &mut [Route]) {
    let defaults = default_limits(project);
    let mut finder =
        Finder { project, web, classifier: Classifier::new(project, options), denies: FxHashMap::default() };
    for route in routes {
        let mut found = Vec::new();
        finder.callables(route, &mut found);
        finder.hooks(route, hooks, &mut found);
        finder.body(route, &mut found);
        if found.is_empty() {
            found.extend(defaults.clone());
        }
        route.throttles = found;
    }
}

struct Finder<'a> {
    project: &'a Project,
    web: &'a Web,
    classifier: Classifier<'a>,
    denies: FxHashMap<FunctionRef, bool>,
}

impl Finder<'_> {
    fn callables(&mut self, route: &Route, found: &mut Vec<Throttle>) {
        let mut callables: Vec<ExprRef> = route.decorators.iter().copied().chain(route.wrapper).collect();
        let own =
            route.handler.function().map(|handler| self.project.signature_dependencies(handler)).unwrap_or_default();
        callables.extend(own.iter().map(|dependency| dependency.target));
        let lists = route.dependencies.into_iter().chain(self.lists(route));
        for list in lists.collect::<Vec<_>>() {
            let listed = self.project.listed_dependencies(list).unwrap_or_default();
            callables.extend(listed.iter().map(|dependency| dependency.target));
        }
        for at in callables {
            if let Some(throttle) = self.callable(at) {
                found.push(throttle);
            }
        }
    }

    /// The `dependencies=` of the routers, registrations and the app above a route.
    fn lists(&self, route: &Route) -> Vec<ExprRef> {
        let containers = route.container.into_iter().chain(route.chain.iter().map(|&edge| self.web.edges[edge].parent));
        let of_containers = containers.filter_map(|id| {
            let made = self.web.containers[id.index()].made;
            let file = self.project.file(made.file)?;
            let arg = Call::of(file.module(), made.expr)?.keyword("dependencies")?;
            Some(ExprRef { file: made.file, expr: arg.value })
        });
        let of_edges = route.chain.iter().filter_map(|&edge| self.web.edges[edge].dependencies);
        of_containers.chain(of_edges).collect()
    }

    fn callable(&mut self, at: ExprRef) -> Option<Throttle> {
        let classified = self.classifier.callable(at);
        let is_throttle =
            classified.class == GuardClass::Rate || self.callable_denies(at) || is_limit_name(&classified.name);
        is_throttle.then(|| Throttle { name: classified.name, at: self.project.at(at), storage: StorageKind::Unknown })
    }

    /// A project decorator or dependency that can answer 429, whatever else it does.
    fn callable_denies(&mut self, at: ExprRef) -> bool {
        let Some(file) = self.project.file(at.file) else { return false };
        let callee = Call::of(file.module(), at.expr).map_or(at.expr, |call| call.function);
        match self.project.resolve(at.file, callee) {
            Entity::Function(function) => self.denies(function, MAX_DEPTH),
            Entity::Class(class) | Entity::Instance { of: crate::resolve::Type::Project(class), .. } => {
                self.project.method(class, "__call__").is_some_and(|method| self.denies(method, MAX_DEPTH))
            }
            _ => false,
        }
    }

    fn hooks(&mut self, route: &Route, hooks: &[Hook], found: &mut Vec<Throttle>) {
        let above: Vec<_> =
            route.container.into_iter().chain(route.chain.iter().map(|&edge| self.web.edges[edge].parent)).collect();
        for hook in hooks.iter().filter(|hook| hook.is_app_wide || above.contains(&hook.container)) {
            let name = match &hook.code {
                HookCode::Function(function) if self.denies(*function, MAX_DEPTH) => {
                    self.project.file(function.file).map(|file| file.function_name(function.id).to_owned())
                }
                HookCode::External(path) if is_limit_name(path) && !path.contains("SlowAPI") => {
                    path.rsplit('.').next().map(str::to_owned)
                }
                _ => None,
            };
            if let Some(name) = name {
                found.push(Throttle { name, at: self.project.at(hook.at), storage: StorageKind::Unknown });
            }
        }
    }

    fn body(&mut self, route: &Route, found: &mut Vec<Throttle>) {
        let Some(function) = route.handler.function() else { return };
        if self.denies(function, MAX_DEPTH) {
            let Some(file) = self.project.file(function.file) else { return };
            let name = file.function_name(function.id).to_owned();
            let at = file.at(file.function(function.id).name_span);
            found.push(Throttle { name, at, storage: StorageKind::Unknown });
        }
    }

    /// Whether a function, or one it calls, can answer 429 or count a caller out.
    fn denies(&mut self, function: FunctionRef, depth: u32) -> bool {
        if let Some(&known) = self.denies.get(&function) {
            return known;
        }
        let Some(depth) = depth.checked_sub(1) else { return false };
        // Recursion ends here; the real answer replaces this one.
        self.denies.insert(function, false);
        let found = self.denies_itself(function) || self.callees(function).into_iter().any(|f| self.denies(f, depth));
        if found || depth + 1 == MAX_DEPTH {
            self.denies.insert(function, found);
        } else {
            self.denies.remove(&function);
        }
        found
    }

    fn denies_itself(&self, function: FunctionRef) -> bool {
        if rejections(self.project, function).contains(&Rejection::TooMany) {
            return true;
        }
        let Some(file) = self.project.file(function.file) else { return false };
        all_calls(file, function).into_iter().any(|call| is_limiter_call(self.project, file, call))
    }

    fn callees(&self, function: FunctionRef) -> Vec<FunctionRef> {
        let Some(file) = self.project.file(function.file) else { return Vec::new() };
        all_calls(file, function)
            .into_iter()
            .filter_map(|call| Call::of(file.module(), call))
            .filter_map(|call| self.project.resolve(file.id(), call.function).function())
            .collect()
    }
}

/// A call like `limiter.check(…)`, `rate_limit(…)`, `limiter.hit(…)`, also of something that could not be resolved.
fn is_limiter_call(project: &Project, file: File<'_>, expr: backlint_syntax::ast::ExprId) -> bool {
    let Some(call) = Call::of(file.module(), expr) else { return false };
    let name = crate::words::snake_case(call.name().unwrap_or_default());
    let receiver = call.receiver().map(|r| crate::words::snake_case(file.text_of(r))).unwrap_or_default();
    let is_about_limits = is_limit_name(&name) || is_limit_name(&receiver);
    let is_resolved = matches!(project.resolve(file.id(), call.function), Entity::Function(_));
    let is_check = [
        "check",
        "hit",
        "allow",
        "is_allowed",
        "acquire",
        "test",
        "limit",
        "consume",
        "enforce",
        "is_locked",
        "locked",
    ]
    .iter()
    .any(|word| name.contains(word));
    is_about_limits && is_check && !is_resolved
}

fn is_limit_name(name: &str) -> bool {
    let snake = crate::words::snake_case(name);
    ["rate_limit", "ratelimit", "throttle", "limiter", "lockout", "too_many"].iter().any(|word| snake.contains(word))
}

/// Limits that a limiter object applies to every route: `Limiter(default_limits=[…])` that are not empty.
fn default_limits(project: &Project) -> Option<Throttle> {
    for file in project.files().filter(|file| file.role().is_reported()) {
        for call in file.calls_named(&["Limiter"]) {
            let Entity::Instance { of: crate::resolve::Type::External(path), .. } =
                project.resolve(file.id(), call.expr)
            else {
                continue;
            };
            let is_flask = path.starts_with("flask_limiter");
            let is_slowapi = path.starts_with("slowapi");
            if !is_flask && !is_slowapi || is_slowapi && !has_slowapi_middleware(project) {
                continue;
            }
            let names = ["default_limits", "application_limits"];
            let limits = call
                .args
                .iter()
                .find(|arg| matches!(arg.kind, ArgKind::Keyword(k) if names.contains(&file.module().text(k))));
            let Some(limits) = limits else { continue };
            if is_empty(file, limits.value) {
                continue;
            }
            return Some(Throttle {
                name: "default limits".to_owned(),
                at: file.at(limits.span),
                storage: StorageKind::Unknown,
            });
        }
    }
    None
}

fn is_empty(file: File<'_>, expr: backlint_syntax::ast::ExprId) -> bool {
    match file.module().expr(expr) {
        Expr::List(items) | Expr::Tuple(items) => items.is_empty(),
        Expr::None => true,
        _ => false,
    }
}

fn has_slowapi_middleware(project: &Project) -> bool {
    project.files().any(|file| {
        file.index().imports().iter().any(|binding| match binding.kind {
            BindingKind::Import(import) => {
                import.name.is_some_and(|name| file.module().text(name).starts_with("SlowAPI"))
            }
            _ => false,
        })
    })
}
