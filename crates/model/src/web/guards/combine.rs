//! Puts together everything that stands before each route.

use std::collections::BTreeSet;

use backlint_semantic::Call;
use rustc_hash::FxHashMap;

use super::classify::{Classified, Classifier, GuardClass};
use super::decorator_lists::decorators;
use super::paths::{PathTests, path_tests};
use super::predicate::predicate;
use super::{Guard, GuardLink, Guarding, Verdict};
use crate::Project;
use crate::link::Options;
use crate::resolve::{ClassRef, ExprRef, FunctionRef, Type};
use crate::web::containers::{ContainerId, Framework, init_keyword};
use crate::web::hooks::{Hook, HookCode};
use crate::web::routes::{Liveness, Misplaced, Route};
use crate::web::{Web, public};

/// Fills in the guards and verdicts of all routes.
pub(crate) fn decide(project: &Project, web: &Web, hooks: &[Hook], options: &Options, routes: &mut [Route]) {
    let mut combiner = Combiner {
        project,
        web,
        options,
        classifier: Classifier::new(project, options),
        hooks,
        tests: FxHashMap::default(),
        containers: FxHashMap::default(),
    };
    for route in routes {
        let guards = combiner.guards(route);
        route.guarding = combiner.verdict(route, &guards);
        route.misplaced = combiner.misplaced(route);
        route.guards = guards.into_iter().filter(|guard| guard.verdict != Verdict::No).collect();
    }
}

struct Combiner<'a> {
    project: &'a Project,
    web: &'a Web,
    options: &'a Options,
    classifier: Classifier<'a>,
    hooks: &'a [Hook],
    tests: FxHashMap<FunctionRef, PathTests>,
    containers: FxHashMap<ContainerId, Vec<Guard>>,
}

impl Combiner<'_> {
    fn guards(&mut self, route: &Route) -> Vec<Guard> {
        let mut found = Vec::new();
        for &decorator in &route.decorators {
            found.push(self.callable(decorator, GuardLink::Decorator));
        }
        if let Some(wrapper) = route.wrapper {
            found.push(self.callable(wrapper, GuardLink::Decorator));
        }
        if route.takes_dependencies {
            self.dependencies(route, &mut found);
        }
        if let Some(class) = route.handler.class {
            self.class(class, route, &mut found);
        }
        if let Some(name) = route.handler.endpoint().and_then(|endpoint| endpoint.guard) {
            found.push(Guard { name: name.to_owned(), link: GuardLink::Class, verdict: Verdict::Yes, at: route.at });
        }
        found.extend(route.described.clone());
        if route.container.is_none() {
            found.push(unresolved_container(route));
        }
        if route.takes_dependencies || route.framework == Framework::Flask {
            self.given_from_above(route, &mut found);
        }
        self.run_hooks(route, &mut found);
        found.extend(self.body(route));
        found
    }

    /// What routers, apps and registrations give to the routes on them.
    fn given_from_above(&mut self, route: &Route, found: &mut Vec<Guard>) {
        for container in self.containers_above(route) {
            found.extend(self.container_guards(container, route));
        }
        for (place, &edge) in route.chain.iter().enumerate() {
            // The dependencies of an app do not reach the apps mounted in it.
            if route.chain[..=place].iter().any(|&below| self.web.edges[below].is_mount) {
                break;
            }
            if let Some(list) = self.web.edges[edge].dependencies {
                self.listed(list, GuardLink::Include, found);
            }
        }
    }

    /// Guards and throttles above the route decorator, unless the same one also stands below it.
    fn misplaced(&mut self, route: &Route) -> Vec<Misplaced> {
        let below: Vec<String> =
            route.decorators.iter().map(|&decorator| self.classifier.callable(decorator).name).collect();
        let mut found = Vec::new();
        for &decorator in &route.outer_decorators {
            let Classified { class, name, .. } = self.classifier.callable(decorator);
            let is_throttle = class == GuardClass::Rate;
            let is_guard = matches!(class, GuardClass::Auth | GuardClass::Conditional);
            if (is_guard || is_throttle) && !below.contains(&name) && name != "exempt" {
                found.push(Misplaced { decorator, name, is_throttle });
            }
        }
        found
    }

    fn callable(&mut self, at: ExprRef, link: GuardLink) -> Guard {
        let Classified { class, name, at } = self.classifier.callable(at);
        let link = if class == GuardClass::Signature { GuardLink::Signature } else { link };
        Guard { name, link, verdict: class.verdict(), at }
    }

    fn dependencies(&mut self, route: &Route, found: &mut Vec<Guard>) {
        let own = route.handler.function().map(|handler| self.project.signature_dependencies(handler));
        for dependency in own.unwrap_or_default() {
            found.push(self.callable(dependency.target, GuardLink::Dependency));
        }
        if let Some(list) = route.dependencies {
            self.listed(list, GuardLink::Dependency, found);
        }
    }

    /// A `dependencies=` list; one that could not be told may hold a guard.
    fn listed(&mut self, list: ExprRef, link: GuardLink, found: &mut Vec<Guard>) {
        match self.project.listed_dependencies(list) {
            Some(dependencies) => {
                for dependency in dependencies {
                    let mut guard = self.callable(dependency.target, link);
                    if dependency.is_conditional && guard.verdict == Verdict::Yes {
                        guard.verdict = Verdict::Conditional;
                    }
                    found.push(guard);
                }
            }
            None => found.push(Guard {
                name: "dependencies".to_owned(),
                link,
                verdict: Verdict::Unknown,
                at: self.project.at(list),
            }),
        }
    }

    /// The router of the route and everything it is registered on.
    fn containers_above(&self, route: &Route) -> Vec<ContainerId> {
        let mut found: Vec<ContainerId> = route.container.into_iter().collect();
        for &edge in &route.chain {
            // A mounted app does not get the dependencies of the app around it.
            if self.web.edges[edge].is_mount {
                break;
            }
            found.push(self.web.edges[edge].parent);
        }
        found
    }

    fn container_guards(&mut self, id: ContainerId, route: &Route) -> Vec<Guard> {
        let mut found = if let Some(known) = self.containers.get(&id) {
            known.clone()
        } else {
            let found = self.read_container(id);
            self.containers.insert(id, found.clone());
            found
        };
        let is_app = route.app == Some(id);
        for guard in &mut found {
            guard.link = if is_app { GuardLink::App } else { GuardLink::Router };
        }
        found
    }

    /// The dependencies and decorators that a container gives to everything on it.
    fn read_container(&mut self, id: ContainerId) -> Vec<Guard> {
        let container = &self.web.containers[id.index()];
        let made = container.made;
        let mut found = Vec::new();
        let Some(file) = self.project.file(made.file) else { return found };
        let Some(call) = Call::of(file.module(), made.expr) else { return found };
        match container.framework {
            Framework::FastApi => {
                let list = call.keyword("dependencies").map(|arg| ExprRef { file: made.file, expr: arg.value });
                let inherited = init_keyword(self.project, &container.class, "dependencies");
                for list in list.into_iter().chain(inherited) {
                    self.listed(list, GuardLink::Router, &mut found);
                }
            }
            Framework::Flask => {
                let list = call.keyword("decorators").map(|arg| ExprRef { file: made.file, expr: arg.value });
                if let Some(list) = list {
                    self.decorator_list(list, &BTreeSet::new(), GuardLink::Router, &mut found);
                }
            }
        }
        found
    }

    /// Decorators that a class or router applies to every view; a list that could not be told may hold a guard.
    fn decorator_list(&mut self, list: ExprRef, methods: &BTreeSet<String>, link: GuardLink, found: &mut Vec<Guard>) {
        match decorators(self.project, list, methods.iter().map(String::as_str)) {
            Some(decorators) => found.extend(decorators.into_iter().map(|decorator| self.callable(decorator, link))),
            None => found.push(Guard {
                name: "decorators".to_owned(),
                link,
                verdict: Verdict::Unknown,
                at: self.project.at(list),
            }),
        }
    }

    /// Guards of a class-based view: attribute lists, per-method decorators, class-level dependencies, bases that may
    /// guard outside the project.
    fn class(&mut self, class: ClassRef, route: &Route, found: &mut Vec<Guard>) {
        for name in ["decorators", "method_decorators"] {
            if let Some(list) = self.project.class_attribute(class, name) {
                self.decorator_list(list, &route.methods, GuardLink::Class, found);
            }
        }
        for hook in ["dispatch_request", "prepare", "_handle_view", "initial"] {
            if let Some(method) = self.project.method(class, hook) {
                let guard = self.function_guard(method, hook, GuardLink::Class);
                found.push(guard);
            }
        }
        if let Some(method) = self.project.method(class, "is_accessible") {
            let verdict = predicate(self.project, method).verdict();
            found.push(Guard { verdict, ..self.function_guard(method, "is_accessible", GuardLink::Class) });
        }
        for t in self.project.lineage(class) {
            match t {
                Type::Project(above) => self.class_dependencies(above, found),
                Type::External(path) => found.extend(foreign_base(&path, route)),
            }
        }
    }

    /// `user = Depends(current_user)` in the body of a controller class, and the dependencies of
    /// its constructor.
    fn class_dependencies(&mut self, class: ClassRef, found: &mut Vec<Guard>) {
        let Some(file) = self.project.file(class.file) else { return };
        let scope = file.index().class_scope(class.id);
        for binding in file.index().bindings_in(scope) {
            let backlint_semantic::BindingKind::Assign { value, annotation } = binding.kind else { continue };
            for dependency in self.project.field_dependencies(class.file, value, None) {
                found.push(self.callable(dependency.target, GuardLink::Class));
            }
            // fastapi-utils drops what `Annotated` adds to a class attribute; controllers of other makes keep it.
            for dependency in self.project.field_dependencies(class.file, None, annotation) {
                let guard = self.callable(dependency.target, GuardLink::Class);
                found.push(Guard { verdict: guard.verdict.min(Verdict::Unknown), ..guard });
            }
        }
        let init = self.project.own_method(class, "__init__");
        for dependency in init.map(|init| self.project.signature_dependencies(init)).unwrap_or_default() {
            found.push(self.callable(dependency.target, GuardLink::Class));
        }
    }

    fn function_guard(&mut self, function: FunctionRef, name: &str, link: GuardLink) -> Guard {
        let class = self.classifier.function(function);
        let at = self.project.file(function.file).map(|file| file.at(file.function(function.id).name_span));
        let link = if class == GuardClass::Signature { GuardLink::Signature } else { link };
        let at =
            at.unwrap_or(backlint_source::Location { file: function.file, span: backlint_source::Span::default() });
        Guard { name: name.to_owned(), link, verdict: class.verdict(), at }
    }

    /// Hooks and middleware of the routers and apps above the route, if their path tests cover it.
    fn run_hooks(&mut self, route: &Route, found: &mut Vec<Guard>) {
        let hooks = self.hooks;
        let above: Vec<ContainerId> =
            route.container.into_iter().chain(route.chain.iter().map(|&edge| self.web.edges[edge].parent)).collect();
        for hook in hooks {
            let reaches = above.contains(&hook.container)
                || hook.is_app_wide && route.framework == Framework::Flask && route.app.is_some();
            if !reaches {
                continue;
            }
            let link = if hook.is_middleware { GuardLink::Middleware } else { GuardLink::Hook };
            match &hook.code {
                HookCode::Function(function) => {
                    let name = self.function_name(*function);
                    let guard = self.function_guard(*function, &name, link);
                    if guard.verdict == Verdict::No || self.covers(*function, route) {
                        found.push(guard);
                    }
                }
                HookCode::External(_) => found.push(self.callable(hook.at, link)),
                HookCode::Unknown => found.push(Guard {
                    name: "middleware".to_owned(),
                    link,
                    verdict: Verdict::Unknown,
                    at: self.project.at(hook.at),
                }),
            }
        }
    }

    fn function_name(&self, function: FunctionRef) -> String {
        self.project.file(function.file).map(|file| file.function_name(function.id).to_owned()).unwrap_or_default()
    }

    fn covers(&mut self, hook: FunctionRef, route: &Route) -> bool {
        let project = self.project;
        let tests = self.tests.entry(hook).or_insert_with(|| path_tests(project, hook));
        let name = project.handler_name(route.handler);
        let mut endpoints = vec![name.to_owned()];
        if let Some(container) = route.container {
            let container = &self.web.containers[container.index()];
            endpoints.push(format!("{}.{name}", container.name));
            endpoints
                .extend(blueprint_name(self.project, container.made).map(|blueprint| format!("{blueprint}.{name}")));
        }
        tests.covers(&route.path, &endpoints)
    }

    fn body(&mut self, route: &Route) -> Option<Guard> {
        let function = route.handler.function()?;
        let name = self.function_name(function);
        let class = self.classifier.body(function);
        let link = if class == GuardClass::Signature { GuardLink::Signature } else { GuardLink::Body };
        let at = self.project.file(function.file).map(|file| file.at(file.function(function.id).name_span));
        let at = at.unwrap_or(route.at);
        Some(Guard { name, link, verdict: class.verdict(), at })
    }

    /// Whether a webhook handler, or a function it calls, deals with a signature or shared secret. One that does not
    /// takes orders from anybody.
    fn mentions_signature(&self, handler: FunctionRef) -> bool {
        let callees = self.project.callees(handler).iter().map(|callee| callee.function);
        std::iter::once(handler).chain(callees).any(|function| {
            let Some(file) = self.project.file(function.file) else { return false };
            let text = file.slice(file.module().stmt_span(file.function(function.id).stmt)).to_ascii_lowercase();
            ["signature", "hmac", "construct_event", "verify", "secret", "token", "digest"]
                .iter()
                .any(|w| text.contains(w))
        })
    }

    fn verdict(&self, route: &Route, guards: &[Guard]) -> Guarding {
        let name = self.project.handler_name(route.handler);
        let checks_signature = || route.handler.function().is_some_and(|handler| self.mentions_signature(handler));
        // The name of a model says nothing about who may change its rows.
        let is_admin_endpoint = route.handler.endpoint().is_some_and(|endpoint| endpoint.changes.is_some());
        let public = public::reason(self.options, &route.path, name)
            .filter(|_| !is_admin_endpoint)
            .filter(|reason| reason != public::WEBHOOK || checks_signature());
        // A login turns wrong passwords away in its body; that makes it no less public.
        let counts = |guard: &&Guard| {
            guard.link != GuardLink::Body || !public.as_deref().is_some_and(public::judges_credentials)
        };
        let strongest = guards.iter().filter(counts).map(|guard| guard.verdict).max().unwrap_or(Verdict::No);
        match (strongest, public) {
            (Verdict::Yes | Verdict::Conditional, _) => Guarding { verdict: strongest, reason: None },
            (_, Some(reason)) => Guarding { verdict: Verdict::Public, reason: Some(reason) },
            (Verdict::Unknown, None) => {
                let which = guards.iter().find(|guard| guard.verdict == Verdict::Unknown);
                let reason = which.map(|guard| format!("`{}` could not be resolved", guard.name));
                Guarding { verdict: Verdict::Unknown, reason }
            }
            (_, None) if route.liveness == Liveness::Unknown => Guarding {
                verdict: Verdict::Unknown,
                reason: Some("its registration could not be resolved".to_owned()),
            },
            (_, None) => Guarding { verdict: Verdict::No, reason: None },
        }
    }
}

fn unresolved_container(route: &Route) -> Guard {
    Guard { name: "router".to_owned(), link: GuardLink::Router, verdict: Verdict::Unknown, at: route.at }
}

/// The name a blueprint gives itself, which prefixes its endpoints.
fn blueprint_name(project: &Project, made: ExprRef) -> Option<String> {
    let file = project.file(made.file)?;
    project.string(made.file, Call::of(file.module(), made.expr)?.argument("name", 0)?)
}

/// A base class from outside the project that is no plain view may guard.
fn foreign_base(path: &str, route: &Route) -> Option<Guard> {
    const PLAIN: &[&str] = &[
        "object",
        "Resource",
        "MethodView",
        "View",
        "ABC",
        "Generic",
        "Protocol",
        "BaseModel",
        "SwaggerView",
        "Namespace",
    ];
    let last = path.rsplit('.').next().unwrap_or(path);
    // What guards their views are methods of the project and decorators, which are read as such.
    let is_library = ["flask_admin.", "flask_appbuilder."].iter().any(|library| path.starts_with(library));
    let is_plain = PLAIN.contains(&last) || is_library;
    (!is_plain).then(|| Guard {
        name: last.to_owned(),
        link: GuardLink::Class,
        verdict: Verdict::Unknown,
        at: route.at,
    })
}
