//! Apps, routers, registrations and routes: what the frameworks would serve.

mod bodies;
mod built_in;
mod callers;
mod constructor;
mod containers;
mod credentials;
mod csrf;
mod declared;
mod dependencies;
mod dialect;
mod endpoints;
mod forms;
mod frames;
mod guards;
mod handler;
mod hooks;
mod listed;
mod mounting;
mod precedence;
mod public;
mod registration;
mod routes;
mod same_site;
mod sessions;
mod strings;
mod throttles;
mod views;

use backlint_source::{Location, Span};

use crate::Project;
use crate::dev_only::stmt_is_dev_only;
use crate::link::Options;
use crate::resolve::{ExprRef, FunctionRef};

pub use bodies::BodyKind;
pub(crate) use containers::module_path;
pub use containers::{Container, ContainerId, ContainerKind, Framework};
pub use credentials::CredentialSource;
pub(crate) use dependencies::Dependency;
pub use forms::{Form, FormTarget};
pub use guards::{Guard, GuardLink, Guarding, Verdict};
pub(crate) use guards::{Rejection, all_statements, exit};
pub use handler::{Answer, Endpoint, Handler};
pub use registration::{Edge, GivenPrefix};
pub use routes::{Liveness, Misplaced, Route, RouteId};
pub use throttles::{
    GivenStorage, Limiter, LimiterLibrary, StorageKind, StorageSetting, Throttle, ThrottleKey, Wiring,
};

/// Everything known of the project's web side.
#[derive(Debug, Default)]
pub(crate) struct Web {
    pub(crate) containers: Vec<Container>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) routes: Vec<Route>,
    pub(crate) limiters: throttles::Limiters,
    /// Registrations whose router could not be told.
    pub(crate) unresolved_registrations: Vec<Location>,
    /// Places that sign callers in through their session.
    pub(crate) session_logins: Vec<sessions::SessionLogin>,
    /// A defence against forged requests that covers whole apps.
    pub(crate) csrf_defence: Option<Location>,
    /// The forms of the templates.
    pub(crate) forms: Vec<Form>,
}

/// Reads the web side of a project.
pub(crate) fn read(project: &Project, options: &Options) -> Web {
    let containers = containers::find(project);
    let callers = callers::Callers::new(project, &containers);
    let (edges, unresolved_registrations) = registration::find(project, &containers, &callers);
    let drafts = routes::find(project, &containers, &callers);
    let list = containers.list().to_vec();
    let session_logins = sessions::find(project);
    let limiters = throttles::find(project, &callers);
    let mut web = Web {
        containers: list,
        edges,
        routes: Vec::new(),
        limiters,
        unresolved_registrations,
        session_logins,
        csrf_defence: None,
        forms: forms::find(project.sources()),
    };
    let hooks = hooks::find(project, &web, &callers);
    web.csrf_defence = csrf::find(project, &hooks);
    let mut routes = mounting::mount(&web, drafts);
    guards::decide(project, &web, &hooks, options, &mut routes);
    throttles::decide(project, &web, &hooks, options, &mut routes);
    web.routes = routes;
    web
}

impl Project {
    /// The posting forms of all templates, in source order.
    pub fn forms(&self) -> &[Form] {
        &self.web.forms
    }

    /// All routes: one per registration of a handler and mount path, in stable order.
    pub fn routes(&self) -> &[Route] {
        &self.web.routes
    }

    /// The route.
    pub fn route(&self, id: RouteId) -> &Route {
        &self.web.routes[id.index()]
    }

    /// The app or router.
    pub fn container(&self, id: ContainerId) -> &Container {
        &self.web.containers[id.index()]
    }

    /// All apps and routers.
    pub fn containers(&self) -> impl Iterator<Item = (ContainerId, &Container)> {
        self.web.containers.iter().enumerate().map(|(i, container)| (ContainerId::new(i), container))
    }

    /// All registrations of routers on apps and other routers.
    pub fn registrations(&self) -> &[Edge] {
        &self.web.edges
    }

    /// Whether the route is only there in development: by its registration, or by where its handler is defined.
    pub fn is_dev_only(&self, route: &Route) -> bool {
        let is_defined_for_it = |function: FunctionRef| {
            let file = self.file(function.file);
            file.is_some_and(|file| stmt_is_dev_only(file, file.function(function.id).stmt))
        };
        route.chain.iter().any(|&edge| self.web.edges[edge].is_dev_only)
            || route.handler.function().is_some_and(is_defined_for_it)
    }

    /// Registrations whose router could not be told, which makes every unregistered router possibly live.
    pub fn unresolved_registrations(&self) -> &[Location] {
        &self.web.unresolved_registrations
    }

    /// The place of an expression.
    pub fn at(&self, expr: ExprRef) -> Location {
        let span = self.file(expr.file).map_or_else(Span::default, |file| file.module().span(expr.expr));
        Location { file: expr.file, span }
    }
}
