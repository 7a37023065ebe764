//! Routes: drafts as they are declared, then mounted under every app that serves them.

use std::collections::BTreeSet;

use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::ExprId;

use super::callers::Callers;
use super::containers::{ContainerId, Containers, Framework};
use super::guards::Guarding;
use super::throttles::Throttle;
use super::{Guard, Handler, built_in, declared, listed, views};
use crate::resolve::ExprRef;
use crate::web::public::WEBHOOK;
use crate::{Project, Role};

/// A route of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteId(u32);

impl RouteId {
    pub(crate) fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whether an app serves the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// Its router is registered on an app.
    Live,
    /// Its router is registered nowhere.
    Dead,
    /// Its router may be registered where the model does not see it.
    Unknown,
}

/// A handler as it is declared, before registrations are followed.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) handler: Handler,
    pub(crate) framework: Framework,
    /// The app or router it is declared on; none if that could not be told.
    pub(crate) container: Option<ContainerId>,
    pub(crate) methods: BTreeSet<String>,
    /// The path as declared; none if it could not be told.
    pub(crate) path: Option<String>,
    /// Where it is declared.
    pub(crate) at: Location,
    /// Decorators of the handler that take effect: those below the declaring one.
    pub(crate) decorators: Vec<ExprRef>,
    /// Decorators above the declaring one, which wrap a function that the router never calls.
    pub(crate) outer_decorators: Vec<ExprRef>,
    /// The `dependencies=` of the declaration.
    pub(crate) dependencies: Option<ExprRef>,
    /// Whether FastAPI resolves dependencies for it, those of its routers and apps included.
    pub(crate) takes_dependencies: bool,
    /// The view that a registering call wraps: `view_func=login_required(view)`.
    pub(crate) wrapper: Option<ExprRef>,
    /// The guard that a description of the API puts in front of it.
    pub(crate) described: Option<Guard>,
    /// The decorator or registering call that declares it.
    pub(crate) call: Option<ExprRef>,
}

impl Draft {
    /// Whether both come to the same route.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.handler == other.handler
            && self.container == other.container
            && self.path == other.path
            && self.methods == other.methods
    }
}

/// A guard or throttle above the route decorator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// The decorator.
    pub decorator: ExprRef,
    /// Its name in the code.
    pub name: String,
    /// Whether it limits calls rather than callers.
    pub is_throttle: bool,
}

/// A handler under one full path.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its id.
    pub id: RouteId,
    /// Who answers.
    pub handler: Handler,
    /// Whose rules apply.
    pub framework: Framework,
    /// The app or router it is declared on; none if that could not be told.
    pub container: Option<ContainerId>,
    /// The app that serves it.
    pub app: Option<ContainerId>,
    /// From the router it is declared on up to the app: positions in the list of registrations.
    pub chain: Vec<usize>,
    /// HTTP methods, or `WEBSOCKET`.
    pub methods: BTreeSet<String>,
    /// Full path; unknown parts are `…`.
    pub path: String,
    /// Whether an app serves it.
    pub liveness: Liveness,
    /// Where it is declared: the route decorator or the registering call.
    pub at: Location,
    /// Decorators that take effect, from top to bottom.
    pub decorators: Vec<ExprRef>,
    /// Guards and throttles that stand above the route decorator and so wrap a function that the router never calls.
    pub misplaced: Vec<Misplaced>,
    pub(crate) outer_decorators: Vec<ExprRef>,
    pub(crate) dependencies: Option<ExprRef>,
    pub(crate) takes_dependencies: bool,
    pub(crate) wrapper: Option<ExprRef>,
    pub(crate) described: Option<Guard>,
    pub(crate) call: Option<ExprRef>,
    /// What stands before the handler.
    pub guards: Vec<Guard>,
    /// What that comes to.
    pub guarding: Guarding,
    /// What limits it.
    pub throttles: Vec<Throttle>,
    /// The limit that a proxy puts in front of most of what the application answers, this route included, where nothing
    /// nearer limits it. It keeps guesses and floods away, but nobody chose it for what this route costs.
    pub proxy_limit: Option<Throttle>,
}

impl Route {
    /// `DELETE /users/{id}`: what a reader calls the route.
    pub fn label(&self) -> String {
        let methods: Vec<&str> = self.methods.iter().map(String::as_str).collect();
        format!("{} {}", methods.join("|"), self.path)
    }

    /// Whether FastAPI itself makes the route: it reads parameters and bodies by the signature of the handler, and lists
    /// the route in its documentation.
    pub fn is_typed(&self) -> bool {
        self.takes_dependencies
    }

    /// Whether this is a webhook, which counts as public because it checks who signed the call.
    pub fn is_signed_webhook(&self) -> bool {
        self.guarding.reason.as_deref() == Some(WEBHOOK)
    }

    /// Whether it only answers methods that are meant to read.
    pub fn is_read_only_method(&self) -> bool {
        self.methods.iter().all(|method| matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS"))
    }
}

impl Project {
    /// The decorator or registering call that declares a route; none for class-based views and built-in routes.
    pub fn declaration(&self, route: &Route) -> Option<Call<'_>> {
        let at = route.call?;
        Call::of(self.file(at.file)?.module(), at.expr)
    }
}

/// All declared handlers of files that are neither tests nor frozen, in source order.
pub(crate) fn find(project: &Project, containers: &Containers, callers: &Callers<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for file in project.files().filter(|file| !matches!(file.role(), Role::Test | Role::Frozen)) {
        declared::find(project, file, containers, callers, &mut drafts);
        views::find(project, file, containers, callers, &mut drafts);
    }
    built_in::find(project, containers, &mut drafts);
    listed::drafts(project, &listed::find(project, containers), &mut drafts);
    drafts.sort_by_key(|draft| (draft.at.file, draft.at.span, draft.handler));
    drafts.dedup_by(|a, b| a.at == b.at && a.is_like(b));
    drafts
}

/// The methods of a `methods=[…]` argument.
pub(crate) fn methods_of(project: &Project, file: backlint_source::FileId, expr: ExprId) -> Option<BTreeSet<String>> {
    let list = project.string_list(file, expr)?;
    Some(list.into_iter().map(|method| method.to_ascii_uppercase()).collect())
}
