//! Who is registered on whom, and under which prefix.

use backlint_semantic::{BindingKind, Call};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

use super::callers::Callers;
use super::containers::{ContainerId, ContainerKind, Containers, own_prefix};
use super::frames::{Found, Frame, Framed};
use super::listed;
use crate::resolve::{Entity, ExprRef};
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
    /// The child's own prefix, as far as it could be told; a router made by a function has one for each call of it.
    pub own_prefix: Option<String>,
    /// The `dependencies=` list given with the registration.
    pub dependencies: Option<ExprRef>,
    /// The registering call.
    pub at: Location,
    /// Whether the registration only happens in development.
    pub is_dev_only: bool,
    /// Whether the child is an app of its own (`mount`), which does not inherit dependencies.
    pub is_mount: bool,
}

const CALLS: &[&str] = &["include_router", "register_blueprint", "add_namespace", "mount", "init_app", "register_api"];

/// All registrations, and the places of those that could not be resolved.
pub(crate) fn find(project: &Project, containers: &Containers, callers: &Callers<'_>) -> (Vec<Edge>, Vec<Location>) {
    let mut finder = Finder { project, containers, callers, edges: Vec::new(), unresolved: Vec::new() };
    for file in project.files().filter(|file| file.role().is_reported()) {
        for call in file.calls_named(CALLS) {
            finder.read(file, call);
        }
    }
    finder.constructors();
    finder.listed();
    (finder.edges, finder.unresolved)
}

/// What imports modules by names that are strings.
const LOADERS: &[&str] =
    &["__import__", "getattr", "importlib.import_module", "importlib.util", "werkzeug.utils.import_string"];

impl Edge {
    fn is_like(&self, other: &Self) -> bool {
        let key = |edge: &Self| (edge.parent, edge.child, edge.prefix.clone(), edge.own_prefix.clone());
        key(self) == key(other)
    }
}

/// A call that registers something.
struct Registering<'c> {
    call: Call<'c>,
    child: ExprId,
    parent: ExprId,
    prefix: Option<ExprId>,
    /// `parent.mount(path, app)`.
    is_mount: bool,
    /// `extension.init_app(app)`, which many objects have that serve nothing.
    is_extension: bool,
}

impl<'c> Registering<'c> {
    fn of(call: Call<'c>) -> Option<Self> {
        let receiver = call.receiver()?;
        let name = call.name()?;
        let keyword = |name: &str| call.keyword(name).map(|arg| arg.value);
        let (child, parent, prefix) = match name {
            "include_router" => (call.argument("router", 0)?, receiver, keyword("prefix")),
            "register_blueprint" => (call.argument("blueprint", 0)?, receiver, keyword("url_prefix")),
            "register_api" => (call.argument("api", 0)?, receiver, keyword("url_prefix")),
            "add_namespace" => (call.argument("ns", 0)?, receiver, call.argument("path", 1)),
            "mount" => (call.argument("app", 1)?, receiver, call.argument("path", 0)),
            // The receiver is what gets registered.
            "init_app" => (receiver, call.argument("app", 0)?, keyword("url_prefix")),
            _ => return None,
        };
        Some(Self { call, child, parent, prefix, is_mount: name == "mount", is_extension: name == "init_app" })
    }

    /// The keyword that gives the prefix.
    fn prefix_keyword(&self) -> &'static str {
        if self.call.name() == Some("include_router") { "prefix" } else { "url_prefix" }
    }
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
        let Some(registering) = Registering::of(call) else { return };
        let here = ExprRef { file: file.id(), expr: call.expr };
        let frames = self.callers.frames_at(self.project, here);
        let mut is_resolved = !frames.is_empty();
        for frame in frames {
            is_resolved &= self.register(file, &registering, &frame);
        }
        let may_be_nothing = registering.is_mount || registering.is_extension;
        if !is_resolved && !may_be_nothing && !self.is_foreign(file, registering.child) {
            self.unresolved.push(file.at_expr(call.expr));
        }
    }

    /// Adds what a registering call does in one frame; tells whether it could be told what it registers.
    fn register(&mut self, file: File<'_>, registering: &Registering<'_>, frame: &Frame) -> bool {
        let framed = |expr| Framed { at: ExprRef { file: file.id(), expr }, frame: frame.clone() };
        let Some((child, made_in)) = self.callers.container(self.project, &framed(registering.child)) else {
            return false;
        };
        let Some((parent, _)) = self.callers.container(self.project, &framed(registering.parent)) else {
            return true;
        };
        if parent == child {
            return true;
        }
        let call = registering.call;
        let keyword = |name| frame.keyword(self.project, file, call, name);
        let given = registering.prefix.map(framed).or_else(|| keyword(registering.prefix_keyword()));
        let prefix = given.map_or(GivenPrefix::Absent, |prefix| self.given_prefix(&prefix));
        let edge = Edge {
            parent,
            child,
            prefix,
            own_prefix: own_prefix(self.project, self.containers.get(child), &made_in),
            dependencies: keyword("dependencies").map(|list| list.at),
            at: file.at_expr(call.expr),
            is_dev_only: file.is_dev_only(call.expr),
            is_mount: registering.is_mount,
        };
        // Several callers may come to the same.
        let is_same = |other: &&Edge| other.at == edge.at;
        if !self.edges.iter().rev().take_while(is_same).any(|other| other.is_like(&edge)) {
            self.edges.push(edge);
        }
        true
    }

    /// A prefix given with a registration; `None` gives none.
    fn given_prefix(&self, prefix: &Framed) -> GivenPrefix {
        let Found { entity, .. } = self.project.found(prefix);
        let is_none = match entity {
            Entity::Literal(at) => self.project.file(at.file).is_some_and(|f| f.module().expr(at.expr) == Expr::None),
            _ => false,
        };
        if is_none { GivenPrefix::Absent } else { GivenPrefix::of(self.project.string_in(prefix)) }
    }

    /// Whether what is registered comes from a library, so that it is none of the project's routers.
    fn is_foreign(&self, file: File<'_>, expr: ExprId) -> bool {
        // A module that is imported by a name made at run time may be one of the project's own.
        let is_loaded = |path: &str| LOADERS.iter().any(|loader| path.starts_with(loader));
        match self.project.resolve(file.id(), expr) {
            Entity::External(path) | Entity::Result { of: path, .. } => !is_loaded(&path),
            // A parameter may be anything that has its type.
            Entity::Instance { origin: None, .. } => !is_parameter(file, expr),
            _ => false,
        }
    }

    /// `Api(app)` and `Api(blueprint)` register themselves, `api.namespace("a")` is registered on `api`.
    fn constructors(&mut self) {
        for index in 0..self.containers.len() {
            let child = ContainerId::new(index);
            let container = self.containers.get(child);
            let made = container.made;
            let Some(file) = self.project.file(made.file) else { continue };
            let Some(call) = Call::of(file.module(), made.expr) else { continue };
            let parent = match (container.kind, call.name()) {
                (ContainerKind::RestApi, _) => call.argument("app", 0),
                (ContainerKind::Router, Some("namespace")) => call.receiver(),
                _ => None,
            };
            let Some(parent) = parent else { continue };
            for parent in self.callers.containers_of(self.project, made.file, parent) {
                self.edges.push(Edge {
                    parent,
                    child,
                    prefix: GivenPrefix::Absent,
                    own_prefix: container.prefix.clone(),
                    dependencies: None,
                    at: Location { file: made.file, span: file.module().span(made.expr) },
                    is_dev_only: false,
                    is_mount: false,
                });
            }
        }
    }

    /// Apps mounted by the list that an app is given.
    fn listed(&mut self) {
        for mount in listed::find(self.project, self.containers) {
            let Some((child, made_in)) = mount.mounted(self.project, self.callers) else { continue };
            let at = mount.made();
            let Some(file) = self.project.file(at.file) else { continue };
            self.edges.push(Edge {
                parent: mount.container,
                child,
                own_prefix: own_prefix(self.project, self.containers.get(child), &made_in),
                prefix: GivenPrefix::of(mount.path),
                dependencies: None,
                at: file.at_expr(at.expr),
                is_dev_only: file.is_dev_only(at.expr),
                is_mount: true,
            });
        }
    }
}

fn is_parameter(file: File<'_>, expr: ExprId) -> bool {
    let Expr::Name(name) = file.module().expr(expr) else { return false };
    let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
    bindings.iter().any(|binding| matches!(binding.kind, BindingKind::Param(..)))
}
