//! Routes and mounts that an app is given as a list: `Starlette(routes=[Route("/", home), Mount("/api", app=api)])`.

use std::collections::BTreeSet;

use backlint_semantic::Call;

use super::callers::Callers;
use super::containers::{ContainerId, Containers, Framework};
use super::endpoints::endpoints;
use super::frames::{Frame, Framed};
use super::mounting::joined;
use super::routes::Draft;
use crate::resolve::{Entity, ExprRef, Type};
use crate::{File, Project};

/// How deep mounts may be nested in each other.
const MAX_NESTING: u32 = 8;

/// A route or mount in the list of a container.
pub(crate) struct Listed {
    pub(crate) container: ContainerId,
    /// The path of the route or mount below the container; none if it could not be told.
    pub(crate) path: Option<String>,
    kind: Kind,
    /// The call that makes it.
    at: Framed,
}

/// The class of an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// For Starlette's routes, FastAPI resolves no dependencies.
    Plain,
    Api,
    PlainWebsocket,
    ApiWebsocket,
    Mount,
}

const KINDS: &[(&str, Kind)] = &[
    ("Route", Kind::Plain),
    ("APIRoute", Kind::Api),
    ("WebSocketRoute", Kind::PlainWebsocket),
    ("APIWebSocketRoute", Kind::ApiWebsocket),
    ("Mount", Kind::Mount),
];

/// The elements of all lists.
pub(crate) fn find(project: &Project, containers: &Containers) -> Vec<Listed> {
    let mut found = Vec::new();
    for (index, container) in containers.list().iter().enumerate() {
        if container.framework != Framework::FastApi {
            continue;
        }
        let Some(file) = project.file(container.made.file) else { continue };
        let Some(call) = Call::of(file.module(), container.made.expr) else { continue };
        let Some(routes) = call.keyword("routes") else { continue };
        let list = Framed::plain(container.made.file, routes.value);
        read(project, ContainerId::new(index), "", &list, MAX_NESTING, &mut found);
    }
    found
}

fn read(project: &Project, container: ContainerId, prefix: &str, list: &Framed, nesting: u32, found: &mut Vec<Listed>) {
    let Some(nesting) = nesting.checked_sub(1) else { return };
    for element in project.elements(list).unwrap_or_default() {
        let Some((at, kind)) = made(project, &element) else { continue };
        let Some(call) = project.file(at.at.file).and_then(|file| Call::of(file.module(), at.at.expr)) else {
            continue;
        };
        let path = call.argument("path", 0).and_then(|path| project.string_in(&at.sibling(path)));
        let path = path.map(|path| joined(prefix, &path));
        match (kind, call.keyword("routes"), &path) {
            (Kind::Mount, Some(routes), Some(path)) => {
                read(project, container, path, &at.sibling(routes.value), nesting, found);
            }
            _ => found.push(Listed { container, path, kind, at }),
        }
    }
}

/// The call that makes an element, and what it makes.
fn made(project: &Project, element: &Framed) -> Option<(Framed, Kind)> {
    let found = project.found(element);
    let Entity::Instance { of: Type::External(class), origin: Some(at) } = found.entity else { return None };
    let name = class.rsplit('.').next()?;
    let (_, kind) = KINDS.iter().find(|(known, _)| *known == name)?;
    Some((Framed { at, frame: found.frame }, *kind))
}

impl Listed {
    /// The app that a mount mounts.
    pub(crate) fn mounted(&self, project: &Project, callers: &Callers<'_>) -> Option<(ContainerId, Frame)> {
        let call = Call::of(project.file(self.at.at.file)?.module(), self.at.at.expr)?;
        let app = call.argument("app", 1).filter(|_| self.kind == Kind::Mount)?;
        callers.container(project, &self.at.sibling(app))
    }

    /// The call that makes it.
    pub(crate) fn made(&self) -> ExprRef {
        self.at.at
    }

    fn methods(&self, project: &Project, call: Call<'_>, verb: Option<&str>) -> BTreeSet<String> {
        if matches!(self.kind, Kind::PlainWebsocket | Kind::ApiWebsocket) {
            return BTreeSet::from(["WEBSOCKET".to_owned()]);
        }
        let given = call.keyword("methods").and_then(|arg| project.strings_in(&self.at.sibling(arg.value)));
        let methods = given.unwrap_or_else(|| vec![verb.unwrap_or("GET").to_owned()]);
        methods.into_iter().map(|method| method.to_ascii_uppercase()).collect()
    }
}

/// The handlers of the routes in all lists.
pub(crate) fn drafts(project: &Project, listed: &[Listed], drafts: &mut Vec<Draft>) {
    for route in listed.iter().filter(|route| route.kind != Kind::Mount) {
        let Some(file) = project.file(route.at.at.file) else { continue };
        let Some(call) = Call::of(file.module(), route.at.at.expr) else { continue };
        let Some(endpoint) = call.argument("endpoint", 1) else { continue };
        for seen in endpoints(project, route.at.sibling(endpoint)) {
            drafts.push(Draft {
                handler: seen.handler,
                framework: Framework::FastApi,
                container: Some(route.container),
                methods: route.methods(project, call, seen.verb),
                path: route.path.clone(),
                at: file.at(file.first_line(call.span())),
                decorators: seen.decorators,
                outer_decorators: seen.outer,
                dependencies: dependencies(file, call),
                takes_dependencies: matches!(route.kind, Kind::Api | Kind::ApiWebsocket),
                wrapper: seen.wrapper,
                described: None,
                call: None,
            });
        }
    }
}

fn dependencies(file: File<'_>, call: Call<'_>) -> Option<ExprRef> {
    call.keyword("dependencies").map(|arg| ExprRef { file: file.id(), expr: arg.value })
}
