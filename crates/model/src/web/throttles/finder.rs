//! The throttles of a route: decorators, dependencies, hooks and what its body asks.

use backlint_semantic::Call;
use rustc_hash::FxHashMap;

use super::denial::{self, Denials, is_limit_name};
use super::limiters::key;
use super::{StorageKind, Throttle, ThrottleKey, Wiring};
use crate::Project;
use crate::link::Options;
use crate::resolve::{Entity, ExprRef, FunctionRef, Type};
use crate::web::guards::{Classifier, GuardClass};
use crate::web::hooks::{Hook, HookCode};
use crate::web::{Route, Web};

/// Finds the throttles of routes one by one.
pub(super) struct Finder<'a> {
    project: &'a Project,
    web: &'a Web,
    classifier: Classifier<'a>,
    denials: Denials,
    /// What stands in the lists of dependencies that many routes share.
    listed: FxHashMap<ExprRef, Vec<ExprRef>>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(project: &'a Project, web: &'a Web, options: &'a Options) -> Self {
        Self {
            project,
            web,
            classifier: Classifier::new(project, options),
            denials: Denials::default(),
            listed: FxHashMap::default(),
        }
    }

    /// What limits the route, nearest to the handler's declaration first.
    pub(super) fn throttles(&mut self, route: &Route, hooks: &[Hook]) -> Vec<Throttle> {
        let mut found = Vec::new();
        for at in self.callables(route) {
            found.extend(self.callable(at));
        }
        found.extend(self.registered(route));
        self.hooks(route, hooks, &mut found);
        found.extend(self.body(route));
        found
    }

    /// Whether the route is taken out of default limits: `@limiter.exempt`.
    pub(super) fn is_exempt(&self, route: &Route) -> bool {
        route.decorators.iter().chain(&route.outer_decorators).any(|at| {
            self.project.file(at.file).is_some_and(|file| {
                let text = file.text_of(at.expr);
                text.split('(').next().is_some_and(|callee| callee.ends_with(".exempt") && is_limit_name(callee))
            })
        })
    }

    fn callables(&mut self, route: &Route) -> Vec<ExprRef> {
        let mut callables: Vec<ExprRef> = route.decorators.iter().copied().chain(route.wrapper).collect();
        let own = route.handler.function().into_iter().flat_map(|handler| self.project.signature_dependencies(handler));
        callables.extend(own.map(|dependency| dependency.target));
        for list in route.dependencies.into_iter().chain(self.lists(route)) {
            let listed = self.listed.entry(list).or_insert_with(|| {
                let found = self.project.listed_dependencies(list).unwrap_or_default();
                found.iter().map(|dependency| dependency.target).collect()
            });
            callables.extend(listed.iter().copied());
        }
        callables
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
        let limiter = self.web.limiters.behind(self.project, at);
        if limiter.is_some_and(|limiter| limiter.wiring == Wiring::Dead) {
            return None;
        }
        let classified = self.classifier.callable(at);
        let denying = self.denying_function(at);
        if classified.class != GuardClass::Rate && denying.is_none() && !is_limit_name(&classified.name)
            || classified.name == "exempt"
        {
            return None;
        }
        let storage = match (limiter, denying) {
            (Some(limiter), _) => limiter.storage_kind(),
            (None, Some(function)) => denial::storage(self.project, function),
            (None, None) => StorageKind::Unknown,
        };
        let counts_by = self.own_key(at).or(limiter.map(|limiter| limiter.key)).unwrap_or(ThrottleKey::Unknown);
        Some(Throttle { name: classified.name, at: self.project.at(at), storage, key: counts_by })
    }

    /// What one limit counts by when it has a key function of its own.
    fn own_key(&self, at: ExprRef) -> Option<ThrottleKey> {
        let file = self.project.file(at.file)?;
        let given = Call::of(file.module(), at.expr)?.keyword("key_func")?.value;
        Some(key(self.project, file, given))
    }

    /// The project decorator or dependency that can answer 429, whatever else it does.
    fn denying_function(&mut self, at: ExprRef) -> Option<FunctionRef> {
        let file = self.project.file(at.file)?;
        let callee = Call::of(file.module(), at.expr).map_or(at.expr, |call| call.function);
        let function = match self.project.resolve(at.file, callee) {
            Entity::Function(function) => function,
            Entity::Class(class) | Entity::Instance { of: Type::Project(class), .. } => {
                self.project.method(class, "__call__")?
            }
            _ => return None,
        };
        self.denials.of(self.project, function).then_some(function)
    }

    /// `limiter.limit("3/minute")(blueprint)`: a limit on everything that a container holds, but not on what is nested
    /// in it.
    fn registered(&self, route: &Route) -> Option<Throttle> {
        let limited = &self.web.limiters.limited_containers;
        let container = route.container?;
        limited.iter().find(|(id, _)| *id == container).map(|(_, throttle)| throttle.clone())
    }

    fn hooks(&mut self, route: &Route, hooks: &[Hook], found: &mut Vec<Throttle>) {
        let above: Vec<_> =
            route.container.into_iter().chain(route.chain.iter().map(|&edge| self.web.edges[edge].parent)).collect();
        for hook in hooks.iter().filter(|hook| hook.is_app_wide || above.contains(&hook.container)) {
            let (name, storage) = match &hook.code {
                HookCode::Function(function) if self.denials.of(self.project, *function) => {
                    let Some(file) = self.project.file(function.file) else { continue };
                    (file.function_name(function.id).to_owned(), denial::storage(self.project, *function))
                }
                // The middleware of slowapi only applies default limits, which are looked at on their own.
                HookCode::External(path) if is_limit_name(path) && !path.contains("SlowAPI") => {
                    (path.rsplit('.').next().unwrap_or(path).to_owned(), StorageKind::Unknown)
                }
                _ => continue,
            };
            found.push(Throttle { name, at: self.project.at(hook.at), storage, key: ThrottleKey::Unknown });
        }
    }

    fn body(&mut self, route: &Route) -> Option<Throttle> {
        let function = route.handler.function()?;
        if !self.denials.of(self.project, function) {
            return None;
        }
        let file = self.project.file(function.file)?;
        Some(Throttle {
            name: file.function_name(function.id).to_owned(),
            at: file.at(file.function(function.id).name_span),
            storage: denial::storage(self.project, function),
            key: ThrottleKey::Unknown,
        })
    }
}
