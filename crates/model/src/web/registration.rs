//! Who is registered on whom, and under which prefix.

use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::ExprId;

use super::callers::Callers;
use super::containers::{ContainerId, ContainerKind, Containers, Framework};
use crate::resolve::{Entity, ExprRef, FunctionRef};
use crate::{File, Project};

/// The prefix that a registration gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GivenPrefix {
    /// It gives none.
    Absent,
    /// It gives this one.
    Known(String),
    /// It gives one that could not be told.
    Unknown,
}

impl GivenPrefix {
    fn of(text: Option<String>) -> Self {
        text.map_or(Self::Unknown, Self::Known)
    }
}

/// A router registered on an app or another router.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Where it is registered.
    pub parent: ContainerId,
    /// What is registered.
    pub child: ContainerId,
    /// The prefix given with the registration.
    pub prefix: GivenPrefix,
    /// The `dependencies=` list given with the registration.
    pub dependencies: Option<ExprRef>,
    /// The registering call.
    pub at: Location,
    /// Whether the registration only happens in development.
    pub is_dev_only: bool,
    /// Whether the child is an app of its own (`mount`), which does not inherit dependencies.
    pub is_mount: bool,
}

const CALLS: &[&str] = &[
    "include_router",
    "register_blueprint",
    "add_namespace",
    "mount",
    "init_app",
    "Api",
    "register_blueprints",
    "register_api",
];

/// All registrations, and the places of those that could not be resolved.
pub(crate) fn find(project: &Project, containers: &Containers, callers: &Callers<'_>) -> (Vec<Edge>, Vec<Location>) {
    let mut finder = Finder { project, containers, callers, edges: Vec::new(), unresolved: Vec::new() };
    for file in project.files().filter(|file| file.role().is_reported()) {
        for call in file.calls_named(CALLS) {
            finder.read(file, call);
        }
    }
    finder.constructors();
    (finder.edges, finder.unresolved)
}

struct Finder<'a> {
    project: &'a Project,
    containers: &'a Containers,
    callers: &'a Callers<'a>,
    edges: Vec<Edge>,
    unresolved: Vec<Location>,
}

impl Finder<'_> {
    fn read(&mut self, file: File<'_>, call: Call<'_>) {
        let Some(receiver) = call.receiver() else { return };
        let (child, parent, prefix) = match call.name() {
            Some("include_router") => (call.argument("router", 0), receiver, "prefix"),
            Some("register_blueprint" | "register_api") => (call.argument("blueprint", 0), receiver, "url_prefix"),
            Some("add_namespace") => (call.argument("ns", 0), receiver, "path"),
            Some("mount") => (call.argument("app", 1), receiver, "path"),
            // `api.init_app(app)`: the receiver is what gets registered.
            Some("init_app") => match call.argument("app", 0) {
                Some(app) => (Some(receiver), app, "url_prefix"),
                None => return,
            },
            _ => return,
        };
        let Some(child) = child else { return };
        let children = self.containers_of(file, child);
        let parents = self.containers_of(file, parent);
        let is_mount = call.name() == Some("mount");
        if children.is_empty() {
            if !is_mount && call.name() != Some("init_app") && !self.is_foreign(file, child) {
                self.unresolved.push(file.at_expr(call.expr));
            }
            return;
        }
        let prefix = self.prefix(file, call, prefix);
        for &parent in &parents {
            for &child in children.iter().filter(|&&child| child != parent) {
                self.edges.push(Edge {
                    parent,
                    child,
                    prefix: prefix.clone(),
                    dependencies: call.keyword("dependencies").map(|arg| ExprRef { file: file.id(), expr: arg.value }),
                    at: file.at_expr(call.expr),
                    is_dev_only: file.is_dev_only(call.expr),
                    is_mount,
                });
            }
        }
    }

    /// Whether what is registered comes from a library, so that it is none of the project's routers.
    fn is_foreign(&self, file: File<'_>, expr: ExprId) -> bool {
        matches!(
            self.project.resolve(file.id(), expr),
            Entity::External(_) | Entity::Result(_) | Entity::Instance { origin: None, .. }
        )
    }

    fn containers_of(&self, file: File<'_>, expr: ExprId) -> Vec<ContainerId> {
        self.callers.containers_of(self.project, file.id(), expr)
    }

    fn prefix(&self, file: File<'_>, call: Call<'_>, keyword: &str) -> GivenPrefix {
        let given = match keyword {
            "path" if call.name() == Some("mount") => call.argument("path", 0),
            "path" => call.argument("path", 1),
            _ => call.keyword(keyword).map(|arg| arg.value),
        };
        let Some(expr) = given else { return GivenPrefix::Absent };
        match self.project.resolve(file.id(), expr) {
            Entity::Param(function, place) => self.handed_prefix(function, place),
            _ => GivenPrefix::of(self.project.string(file.id(), expr)),
        }
    }

    /// A prefix that is a parameter of a registering helper: known when all callers agree.
    fn handed_prefix(&self, function: FunctionRef, place: u32) -> GivenPrefix {
        let given = self.callers.arguments(self.project, function, place as usize);
        let mut values: Vec<Option<String>> = given.iter().map(|at| self.project.string(at.file, at.expr)).collect();
        values.dedup();
        match values.as_slice() {
            [] => GivenPrefix::Absent,
            [only] => GivenPrefix::of(only.clone()),
            _ => GivenPrefix::Unknown,
        }
    }

    /// `Api(app)` and `Api(blueprint)` register themselves, `api.namespace("a")` is registered on `api`.
    fn constructors(&mut self) {
        for index in 0..self.containers_len() {
            let child = ContainerId::new(index);
            let container = self.containers.get(child);
            if container.framework != Framework::Flask {
                continue;
            }
            let made = container.made;
            let Some(file) = self.project.file(made.file) else { continue };
            let Some(call) = Call::of(file.module(), made.expr) else { continue };
            let parent = match (container.kind, call.name()) {
                (ContainerKind::RestApi, _) => call.argument("app", 0),
                (ContainerKind::Router, Some("namespace")) => call.receiver(),
                _ => None,
            };
            let Some(parent) = parent else { continue };
            for parent in self.containers_of(file, parent) {
                self.edges.push(Edge {
                    parent,
                    child,
                    prefix: GivenPrefix::Absent,
                    dependencies: None,
                    at: Location { file: made.file, span: file.module().span(made.expr) },
                    is_dev_only: false,
                    is_mount: false,
                });
            }
        }
    }

    fn containers_len(&self) -> usize {
        self.containers.len()
    }
}
