//! Class-based views, admin views and the endpoints that extensions bring along.

mod admin;
mod appbuilder;
mod connexion;
mod controllers;
mod exposed;
mod registrars;
mod resources;
mod switches;
mod verbs;

use std::collections::BTreeSet;

use backlint_source::{Location, Span};
use backlint_syntax::ast::ExprId;

use super::Handler;
use super::callers::Callers;
use super::containers::{ContainerId, Containers, Framework};
use super::routes::Draft;
use crate::resolve::{ClassRef, ExprRef, FunctionRef};
use crate::{File, Project};

pub(crate) use resources::is_class_view;

/// All views that a file registers.
pub(crate) fn find(
    project: &Project,
    file: File<'_>,
    containers: &Containers,
    callers: &Callers<'_>,
    drafts: &mut Vec<Draft>,
) {
    let site = Site { project, file, containers, callers };
    resources::find(site, drafts);
    admin::find(site, drafts);
    appbuilder::find(site, drafts);
    connexion::find(site, drafts);
    controllers::find(site, drafts);
}

/// The file whose registrations are read, and what is known of the project by then.
#[derive(Clone, Copy)]
struct Site<'a> {
    project: &'a Project,
    file: File<'a>,
    containers: &'a Containers,
    callers: &'a Callers<'a>,
}

impl Site<'_> {
    /// The containers of one of these classes that are made in the file.
    fn made_here(self, classes: &'static [&'static str]) -> impl Iterator<Item = ContainerId> {
        let list = self.containers.list().iter().enumerate();
        list.filter(move |(_, container)| {
            container.made.file == self.file.id() && self.project.derives_from(&container.class, classes)
        })
        .map(|(index, _)| ContainerId::new(index))
    }

    /// The containers of one of these classes that an expression may be; when it cannot be told, the only one there is.
    fn objects_of(self, receiver: ExprId, classes: &'static [&'static str]) -> Vec<ContainerId> {
        let is_one = |id: &ContainerId| self.project.derives_from(&self.containers.get(*id).class, classes);
        let found = self.callers.containers_of(self.project, self.file.id(), receiver);
        if !found.is_empty() {
            return found.into_iter().filter(is_one).collect();
        }
        let all: Vec<ContainerId> = (0..self.containers.len()).map(ContainerId::new).filter(is_one).collect();
        if all.len() == 1 { all } else { Vec::new() }
    }

    /// The Flask apps, blueprints and extension objects that an expression may be; one unknown when none is found.
    fn flask_targets(self, receiver: ExprId) -> Vec<Option<ContainerId>> {
        let found: Vec<Option<ContainerId>> = self.targets(receiver, Framework::Flask).map(Some).collect();
        let is_other = || self.targets(receiver, Framework::FastApi).next().is_some();
        if found.is_empty() && !is_other() { vec![None] } else { found }
    }

    /// The FastAPI apps and routers that an expression may be.
    fn fastapi_targets(self, receiver: ExprId) -> Vec<ContainerId> {
        self.targets(receiver, Framework::FastApi).collect()
    }

    fn targets(self, receiver: ExprId, framework: Framework) -> impl Iterator<Item = ContainerId> {
        let all = self.callers.containers_of(self.project, self.file.id(), receiver).into_iter();
        all.filter(move |&id| self.containers.get(id).framework == framework)
    }
}

/// One handler of a view under one path, as the extensions of Flask register it.
struct Served {
    handler: Handler,
    container: Option<ContainerId>,
    methods: BTreeSet<String>,
    path: Option<String>,
    at: Location,
}

impl Served {
    /// The draft, with the decorators of the method, all of which take effect.
    fn draft(self, project: &Project) -> Draft {
        Draft {
            decorators: self.handler.function().map(|method| decorators_of(project, method)).unwrap_or_default(),
            handler: self.handler,
            framework: Framework::Flask,
            container: self.container,
            methods: self.methods,
            path: self.path,
            at: self.at,
            outer_decorators: Vec::new(),
            dependencies: None,
            takes_dependencies: false,
            wrapper: None,
            described: None,
            call: None,
        }
    }
}

fn decorators_of(project: &Project, function: FunctionRef) -> Vec<ExprRef> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let list = file.module().list(file.function(function.id).decorators);
    list.iter().map(|d| ExprRef { file: function.file, expr: d.expr }).collect()
}

/// The line of a method's header; for one that the view's class inherits, the line that opens the class.
fn method_place(project: &Project, class: ClassRef, function: FunctionRef) -> Location {
    match project.file(function.file) {
        Some(file) if is_own(project, class, function) => file.at(file.first_line(file.function(function.id).header)),
        _ => class_place(project, class),
    }
}

/// Whether a class itself defines the method.
fn is_own(project: &Project, class: ClassRef, method: FunctionRef) -> bool {
    project.class_of(method) == Some(class)
}

/// The line that opens a class: where its inherited endpoints are reported.
fn class_place(project: &Project, class: ClassRef) -> Location {
    project.file(class.file).map_or(Location { file: class.file, span: Span::default() }, |file| {
        file.at(file.first_line(file.class(class.id).header))
    })
}
