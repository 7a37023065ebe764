//! Everything that is placed before a route, from its decorators up to the middleware of its app, not yet judged.

use std::collections::BTreeSet;

use backlint_semantic::{BindingKind, Call};
use backlint_source::{Location, Span};
use rustc_hash::FxHashMap;

use super::decorator_lists::{assigned, decorators};
use super::stranger::{Role, Site};
use super::{Guard, GuardLink, Verdict};
use crate::resolve::{ClassRef, Entity, ExprRef, FunctionRef, Type};
use crate::web::Web;
use crate::web::containers::{ContainerId, Framework, init_keyword};
use crate::web::hooks::{Hook, HookCode};
use crate::web::routes::Route;
use crate::{File, Project};

/// What is placed before a route.
#[derive(Clone, Debug)]
pub(super) enum Code {
    /// A decorator or dependency, as written.
    Callable(ExprRef),
    /// A function that the framework runs itself.
    Function(FunctionRef, Role),
    /// A class or function from outside, by path.
    Library(String),
    /// A method that answers whether a caller may go on.
    Predicate(FunctionRef),
    /// A guard that needs no judging.
    Known(Guard),
    /// Something that the model does not see.
    Unseen(String),
}

/// Whether it is there at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    Certain,
    /// A condition decides.
    Conditional,
    /// Some frameworks honour it and others do not.
    Possible,
}

/// Something placed before a route.
#[derive(Clone, Debug)]
pub(super) struct Applied {
    pub(super) code: Code,
    pub(super) link: GuardLink,
    pub(super) certainty: Certainty,
    pub(super) at: Location,
}

/// Collects what is placed before routes.
pub(super) struct Chain<'a> {
    pub(super) project: &'a Project,
    pub(super) web: &'a Web,
    pub(super) hooks: &'a [Hook],
    /// Lists of decorators that containers get after they are made.
    assigned: FxHashMap<ContainerId, ExprRef>,
}

impl<'a> Chain<'a> {
    pub(super) fn new(project: &'a Project, web: &'a Web, hooks: &'a [Hook]) -> Self {
        Self { project, web, hooks, assigned: assigned(project, &web.containers) }
    }

    /// All of it, the handler's own body included.
    pub(super) fn of(&self, route: &Route) -> Vec<Applied> {
        let mut found = Vec::new();
        for &decorator in route.decorators.iter().chain(&route.wrapper) {
            found.push(self.callable(decorator, GuardLink::Decorator));
        }
        if route.takes_dependencies {
            self.dependencies(route, &mut found);
        }
        if let Some(class) = route.handler.class {
            self.class(class, route, &mut found);
        }
        found.extend(library_guard(route));
        if route.container.is_none() {
            found.push(unseen("router", GuardLink::Router, route.at));
        }
        if route.takes_dependencies || route.framework == Framework::Flask {
            for container in self.containers_above(route) {
                let link = if route.app == Some(container) { GuardLink::App } else { GuardLink::Router };
                self.container(container, link, &mut found);
            }
            self.registrations(route, &mut found);
        }
        if let Some(container) = route.container.filter(|_| route.takes_dependencies) {
            found.extend(self.route_class(container));
        }
        self.run_hooks(route, &mut found);
        if let Some(function) = route.handler.function() {
            found.push(self.function(function, Role::Body, GuardLink::Body));
        }
        found
    }

    fn callable(&self, at: ExprRef, link: GuardLink) -> Applied {
        Applied { code: Code::Callable(at), link, certainty: Certainty::Certain, at: self.project.at(at) }
    }

    fn function(&self, function: FunctionRef, role: Role, link: GuardLink) -> Applied {
        let file = self.project.file(function.file);
        let at = file.map_or(Location { file: function.file, span: Span::default() }, |file| {
            file.at(file.function(function.id).name_span)
        });
        Applied { code: Code::Function(function, role), link, certainty: Certainty::Certain, at }
    }

    fn dependencies(&self, route: &Route, found: &mut Vec<Applied>) {
        if let Some(handler) = route.handler.function() {
            self.signature(handler, GuardLink::Dependency, found);
        }
        if let Some(list) = route.dependencies {
            self.listed(list, GuardLink::Dependency, found);
        }
    }

    /// The dependencies among the parameters of a handler or constructor.
    fn signature(&self, function: FunctionRef, link: GuardLink, found: &mut Vec<Applied>) {
        let Some(file) = self.project.file(function.file) else { return };
        for (place, param) in file.module().list(file.function(function.id).params).iter().enumerate() {
            let written = param.default.or(param.annotation).map_or(param.name_span, |expr| file.module().span(expr));
            let at = file.at(param.name_span.cover(written));
            for dependency in self.project.param_dependencies(function, place) {
                found.push(Applied { at, ..self.callable(dependency.target, link) });
            }
        }
    }

    /// A `dependencies=` list; one that could not be told may hold a guard.
    fn listed(&self, list: ExprRef, link: GuardLink, found: &mut Vec<Applied>) {
        match self.project.listed_dependencies(list) {
            Some(dependencies) => found.extend(dependencies.into_iter().map(|dependency| Applied {
                certainty: if dependency.is_conditional { Certainty::Conditional } else { Certainty::Certain },
                at: self.project.at(dependency.used),
                ..self.callable(dependency.target, link)
            })),
            None => found.push(unseen("dependencies", link, self.project.at(list))),
        }
    }

    fn registrations(&self, route: &Route, found: &mut Vec<Applied>) {
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

    /// The dependencies and decorators that a container gives to everything on it.
    fn container(&self, id: ContainerId, link: GuardLink, found: &mut Vec<Applied>) {
        let container = &self.web.containers[id.index()];
        let made = container.made;
        let Some(file) = self.project.file(made.file) else { return };
        let Some(call) = Call::of(file.module(), made.expr) else { return };
        let keyword = match container.framework {
            Framework::FastApi => "dependencies",
            Framework::Flask => "decorators",
        };
        let list = call.keyword(keyword).map(|arg| ExprRef { file: made.file, expr: arg.value });
        match container.framework {
            Framework::FastApi => {
                let inherited = init_keyword(self.project, &container.class, "dependencies");
                for list in list.into_iter().chain(inherited) {
                    self.listed(list, link, found);
                }
            }
            Framework::Flask => {
                for list in list.into_iter().chain(self.assigned.get(&id).copied()) {
                    self.decorator_list(list, &BTreeSet::new(), link, found);
                }
            }
        }
    }

    /// The class of the routes of a router, if what it puts around handlers turns callers away.
    fn route_class(&self, id: ContainerId) -> Option<Applied> {
        let made = self.web.containers[id.index()].made;
        let file = self.project.file(made.file)?;
        let given = Call::of(file.module(), made.expr)?.keyword("route_class")?.value;
        let Entity::Class(class) = self.project.resolve(made.file, given) else { return None };
        let method = self.project.method(class, "get_route_handler")?;
        if !self.project.turns_callers_away(method) {
            return None;
        }
        let used = file.at_expr(given);
        let definition = self.project.file(class.file)?;
        let guard = Guard {
            name: definition.class_name(class.id).to_owned(),
            link: GuardLink::Router,
            verdict: Verdict::Yes,
            at: definition.at(definition.class(class.id).name_span),
            used,
        };
        Some(Applied { code: Code::Known(guard), link: GuardLink::Router, certainty: Certainty::Certain, at: used })
    }

    /// Decorators that a class or router applies to every view; a list that could not be told may hold a guard.
    fn decorator_list(&self, list: ExprRef, methods: &BTreeSet<String>, link: GuardLink, found: &mut Vec<Applied>) {
        match decorators(self.project, list, methods.iter().map(String::as_str)) {
            Some(decorators) => found.extend(decorators.into_iter().map(|decorator| self.callable(decorator, link))),
            None => found.push(unseen("decorators", link, self.project.at(list))),
        }
    }

    /// What a class-based view brings: attribute lists, hooks of its own, class-level dependencies, and bases that may
    /// guard outside the project.
    fn class(&self, class: ClassRef, route: &Route, found: &mut Vec<Applied>) {
        for name in ["decorators", "method_decorators"] {
            if let Some(list) = self.project.class_attribute(class, name) {
                self.decorator_list(list, &route.methods, GuardLink::Class, found);
            }
        }
        for hook in ["dispatch_request", "prepare", "_handle_view", "initial"] {
            if let Some(method) = self.project.method(class, hook) {
                found.push(self.function(method, Role::Call, GuardLink::Class));
            }
        }
        if let Some(method) = self.project.method(class, "is_accessible") {
            let code = Code::Predicate(method);
            found.push(Applied { code, ..self.function(method, Role::Call, GuardLink::Class) });
        }
        for t in self.project.lineage(class) {
            match t {
                Type::Project(above) => self.class_dependencies(above, found),
                Type::External(path) => found.extend(foreign_base(&path, route)),
            }
        }
    }

    /// `user = Depends(current_user)` and `user: CurrentUser` in the body of a controller class.
    fn class_dependencies(&self, class: ClassRef, found: &mut Vec<Applied>) {
        let Some(file) = self.project.file(class.file) else { return };
        let scope = file.index().class_scope(class.id);
        for binding in file.index().bindings_in(scope) {
            let BindingKind::Assign { value, annotation } = binding.kind else { continue };
            let field = binding.stmt.map_or(binding.span, |stmt| file.module().stmt_span(stmt));
            for dependency in self.project.field_dependencies(class.file, value, None) {
                found.push(self.of_field(file, field, dependency.target));
            }
            // fastapi-utils drops what `Annotated` adds to a class attribute; controllers of other makes keep it.
            for dependency in self.project.field_dependencies(class.file, None, annotation) {
                let applied = self.of_field(file, field, dependency.target);
                found.push(Applied { certainty: Certainty::Possible, ..applied });
            }
        }
        if let Some(init) = self.project.own_method(class, "__init__") {
            self.signature(init, GuardLink::Class, found);
        }
    }

    fn of_field(&self, file: File<'_>, field: Span, target: ExprRef) -> Applied {
        Applied { at: file.at(field), ..self.callable(target, GuardLink::Class) }
    }

    /// Hooks and middleware of the routers and apps above the route.
    fn run_hooks(&self, route: &Route, found: &mut Vec<Applied>) {
        let above: Vec<ContainerId> =
            route.container.into_iter().chain(route.chain.iter().map(|&edge| self.web.edges[edge].parent)).collect();
        for hook in self.hooks {
            let reaches = above.contains(&hook.container)
                || hook.is_app_wide
                    && route.framework == Framework::Flask
                    && route.app.is_some_and(|app| self.may_be_registered_on(hook.container, app));
            if !reaches {
                continue;
            }
            let (link, role) =
                if hook.is_middleware { (GuardLink::Middleware, Role::Gate) } else { (GuardLink::Hook, Role::Hook) };
            found.push(match &hook.code {
                HookCode::Function(function) => self.function(*function, role, link),
                HookCode::External(path) => Applied {
                    code: Code::Library(path.clone()),
                    link,
                    certainty: Certainty::Certain,
                    at: self.project.at(hook.at),
                },
                HookCode::Unknown => unseen("middleware", link, self.project.at(hook.at)),
            });
        }
    }

    /// Whether a blueprint is registered on the app, or on nothing that the model sees.
    fn may_be_registered_on(&self, blueprint: ContainerId, app: ContainerId) -> bool {
        let mut reached = vec![blueprint];
        let mut next = 0;
        while next < reached.len() {
            let parents = self.web.edges.iter().filter(|edge| edge.child == reached[next]).map(|edge| edge.parent);
            let new: Vec<ContainerId> = parents.filter(|parent| !reached.contains(parent)).collect();
            reached.extend(new);
            next += 1;
        }
        reached.len() == 1 || reached.contains(&app)
    }

    /// The route, as gates see it.
    pub(super) fn site(&self, route: &Route) -> Site {
        let name = self.project.handler_name(route.handler);
        let mut endpoints = vec![name.to_owned()];
        if let Some(class) = route.handler.class
            && let Some(file) = self.project.file(class.file)
        {
            // Views are known by the names of their classes; Flask-RESTful lowers them.
            let class = file.class_name(class.id);
            endpoints.extend([class.to_owned(), class.to_ascii_lowercase()]);
        }
        let mut blueprints = Vec::new();
        if let Some(container) = route.container {
            let container = &self.web.containers[container.index()];
            blueprints.push(container.name.clone());
            blueprints.extend(blueprint_name(self.project, container.made));
            let short = endpoints.clone();
            let dotted = |blueprint| short.iter().map(move |name| format!("{blueprint}.{name}"));
            endpoints.extend(blueprints.iter().flat_map(dotted));
        }
        Site { path: route.path.clone(), endpoints, blueprints, methods: route.methods.clone() }
    }
}

/// The guard that a library puts before its own endpoints, or that a description of the API names.
fn library_guard(route: &Route) -> Vec<Applied> {
    let of_endpoint = route.handler.endpoint().and_then(|endpoint| endpoint.guard).map(|name| Guard {
        name: name.to_owned(),
        link: GuardLink::Class,
        verdict: Verdict::Yes,
        at: route.at,
        used: route.at,
    });
    let guards = of_endpoint.into_iter().chain(route.described.clone());
    let applied = guards.map(|guard| Applied {
        link: guard.link,
        certainty: Certainty::Certain,
        at: guard.at,
        code: Code::Known(guard),
    });
    applied.collect()
}

fn unseen(name: &str, link: GuardLink, at: Location) -> Applied {
    Applied { code: Code::Unseen(name.to_owned()), link, certainty: Certainty::Certain, at }
}

/// The name a blueprint gives itself, which prefixes its endpoints.
fn blueprint_name(project: &Project, made: ExprRef) -> Option<String> {
    let file = project.file(made.file)?;
    project.string(made.file, Call::of(file.module(), made.expr)?.argument("name", 0)?)
}

/// A base class from outside the project that is no plain view may guard.
fn foreign_base(path: &str, route: &Route) -> Option<Applied> {
    const PLAIN: &[&str] = &[
        "object",
        "Resource",
        "MethodView",
        "HTTPEndpoint",
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
    (!is_plain).then(|| unseen(last, GuardLink::Class, route.at))
}
