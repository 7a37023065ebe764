//! What clients hand to the functions that frameworks call.

use backlint_semantic::{Call, descendants};
use backlint_source::Location;
use backlint_syntax::ast::Param;
use rustc_hash::FxHashMap;

use super::Summaries;
use super::hazard::{Hazard, Hazards};
use super::origin::{Name, Origin, Root, Shelf, StepKind, Trace};
use super::schemas::Free;
use super::tables::Tables;
use super::value::Taint;
use crate::resolve::{ClassRef, Entity, FunctionRef, Type};
use crate::web::{Framework, Route};
use crate::{File, Project};

/// How many dependencies of dependencies are looked through.
const MAX_DEPENDENCIES: u32 = 3;

/// What kind of value a client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentKind {
    /// Any text.
    Text,
    /// The name of an uploaded file.
    UploadName,
    /// What an uploaded file holds.
    UploadContent,
}

/// A value of a client.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// What a reader calls it: `url`.
    pub(super) name: String,
    /// What hands it in: the request body.
    pub(super) what: String,
    /// Where it enters.
    pub(super) at: Location,
    pub(super) kind: SentKind,
    /// Where the form of the value excludes harm.
    pub(super) safe: Hazards,
    /// The key of it in a column of JSON that is meant; none if it may be all of it.
    pub(super) key: Option<Name>,
    /// Steps before the function at hand.
    pub(super) before: Trace,
}

impl Sent {
    /// Whether there is harm left that it can do.
    pub(super) fn is_harmful(&self) -> bool {
        !self.safe.complement().is_empty()
    }
}

/// The functions that frameworks call with what clients send, and the routes that lead to them.
pub(super) struct Entries<'p> {
    pub(super) project: &'p Project,
    pub(super) summaries: Summaries<'p>,
    routes: FxHashMap<FunctionRef, Vec<&'p Route>>,
}

impl<'p> Entries<'p> {
    pub(super) fn of(project: &'p Project, summaries: Summaries<'p>) -> Self {
        let mut routes: FxHashMap<FunctionRef, Vec<&Route>> = FxHashMap::default();
        for route in project.routes() {
            if let Some(function) = route.handler.function() {
                routes.entry(function).or_default().push(route);
            }
        }
        Self { project, summaries, routes }
    }

    /// What a client decides of a value of `function` to do this harm; none if it is none of theirs.
    pub(super) fn sent(&self, function: FunctionRef, taint: &Taint, hazard: Hazard) -> Option<Sent> {
        self.all_sent(function, taint).into_iter().find(|sent| !sent.safe.contains(hazard))
    }

    /// All that a client decides of a value of `function`: several things only for what comes from a column.
    pub(super) fn all_sent(&self, function: FunctionRef, taint: &Taint) -> Vec<Sent> {
        let path = &taint.origin.path;
        match &taint.origin.root {
            Root::Source(source) => self.read(source, taint),
            Root::Row(class) => {
                let at = taint.trace.steps().first().map(|(at, _)| *at);
                at.map(|at| self.loaded(*class, path, at)).unwrap_or_default()
            }
            Root::Param(place) => {
                let routes = self.routes.get(&function);
                match routes.and_then(|routes| self.handler_param(function, *place, path, routes)) {
                    Some(sent) => vec![sent],
                    None => self.row_param(function, *place, &taint.origin).unwrap_or_default(),
                }
            }
        }
    }

    /// A source, or what clients have put into a session, that a function reads itself.
    fn read(&self, source: &Name, taint: &Taint) -> Vec<Sent> {
        let tables = self.project.flow_tables();
        if tables.is_session(source) {
            return self.kept(&taint.origin.path, taint);
        }
        read(tables, source, taint).into_iter().collect()
    }

    /// What clients have put into the column at the end of a path from a row that is read here.
    fn loaded(&self, class: ClassRef, path: &[Name], at: Location) -> Vec<Sent> {
        let Some((column, ways)) = self.summaries.context.stored.ways(self.project, class, path) else {
            return Vec::new();
        };
        let is_whole = path.len() == 1;
        let loaded = |way: &Sent| Sent {
            before: way.before.then(at, StepKind::Loaded(Shelf::Column(column))),
            key: way.key.clone().filter(|_| is_whole),
            ..way.clone()
        };
        ways.into_iter().map(loaded).collect()
    }

    /// A parameter that is a row by its annotation, or the row that a method is called on.
    fn row_param(&self, function: FunctionRef, place: u32, origin: &Origin) -> Option<Vec<Sent>> {
        let file = self.project.file(function.file).filter(|_| self.summaries.context.stored.is_meant(origin))?;
        let param = file.module().list(file.function(function.id).params).get(place as usize)?;
        let class = match param.annotation {
            Some(annotation) => match self.project.annotated_type(file.id(), annotation, crate::resolve::MAX_STEPS)? {
                Type::Project(class) => class,
                Type::External(_) => return None,
            },
            None if place == 0 => self.project.class_of(function)?,
            None => return None,
        };
        Some(self.loaded(self.project.model(class)?.class, &origin.path, file.at(param.name_span)))
    }

    fn handler_param(&self, function: FunctionRef, place: u32, path: &[Name], routes: &[&Route]) -> Option<Sent> {
        let file = self.project.file(function.file)?;
        let param = *file.module().list(file.function(function.id).params).get(place as usize)?;
        let in_path = routes.iter().find_map(|route| converter(&route.path, file.module().text(param.name)));
        if let Some(converter) = in_path {
            return self.path_param(file, &param, &converter, path);
        }
        let is_fastapi = routes.iter().any(|route| route.framework == Framework::FastApi);
        if is_fastapi { self.fastapi_param(function, place, path, MAX_DEPENDENCIES) } else { None }
    }

    /// A part of the URL's path.
    fn path_param(&self, file: File<'_>, param: &Param, converter: &str, path: &[Name]) -> Option<Sent> {
        let safe = match converter {
            // One segment: no separator, so no other folder, and no scheme.
            "" | "str" | "string" => Hazards::FILES.and(Hazards::of(Hazard::Redirect)),
            "path" => Hazards::NONE,
            _ => return None,
        };
        let free = match param.annotation {
            Some(annotation) => self.project.free_part(file.id(), annotation, path)?.safe,
            None => Hazards::NONE,
        };
        if param.default.is_some_and(|default| self.project.limits(file.id(), default)) {
            return None;
        }
        let name = file.module().text(param.name).to_owned();
        let at = file.at(param.name_span);
        let (what, safe) = ("the path of the URL".to_owned(), safe.and(free));
        Some(Sent { name, what, at, kind: SentKind::Text, safe, key: None, before: Trace::default() })
    }

    fn fastapi_param(&self, function: FunctionRef, place: u32, path: &[Name], steps: u32) -> Option<Sent> {
        let file = self.project.file(function.file)?;
        let module = file.module();
        let param = module.list(file.function(function.id).params).get(place as usize)?;
        let is_method = file.index().class_of(module, function.id).is_some();
        if is_method && place == 0 {
            return None;
        }
        if let Some(dependency) = self.project.param_dependencies(function, place as usize).next() {
            let steps = steps.checked_sub(1)?;
            return match self.project.resolve(dependency.target.file, dependency.target.expr) {
                Entity::Function(provider) => self.provided(provider, path, steps),
                Entity::Class(class) => {
                    let constructor = self.project.method(class, "__init__");
                    match constructor {
                        Some(constructor) => self.constructed(constructor, path, steps),
                        None => None,
                    }
                }
                Entity::Instance { of: Type::Project(class), .. } => {
                    self.provided(self.project.method(class, "__call__")?, path, steps)
                }
                _ => None,
            };
        }
        if param.default.is_some_and(|default| self.project.limits(file.id(), default)) {
            return None;
        }
        let free = self.project.free_part(file.id(), param.annotation?, path)?;
        let name = path.iter().rev().find(|name| is_readable(name)).map_or(module.text(param.name), |name| name);
        let what = free.what.unwrap_or_else(|| handed_in_by(file, param, path).to_owned());
        let safe = free.safe.and(unforgeable(&what));
        Some(Sent {
            name: name.to_owned(),
            what,
            at: file.at(param.name_span),
            kind: free.kind,
            safe,
            key: None,
            before: Trace::default(),
        })
    }

    /// A value that a dependency returns.
    fn provided(&self, provider: FunctionRef, path: &[Name], steps: u32) -> Option<Sent> {
        let summary = self.summaries.get(provider)?;
        self.first_sent(provider, &summary.returns.descend(path), steps)
    }

    /// A value that a class used as a dependency keeps.
    fn constructed(&self, constructor: FunctionRef, path: &[Name], steps: u32) -> Option<Sent> {
        let summary = self.summaries.get(constructor)?;
        let (first, rest) = path.split_first()?;
        let (_, field) = summary.receiver.fields().find(|(name, _)| *name == first)?;
        self.first_sent(constructor, &field.descend(rest), steps)
    }

    fn first_sent(&self, function: FunctionRef, value: &super::value::Value, steps: u32) -> Option<Sent> {
        value.taints().iter().find_map(|taint| {
            let found = match &taint.origin.root {
                Root::Source(path) => self.read(path, taint).into_iter().next(),
                Root::Param(place) => self.fastapi_param(function, *place, &taint.origin.path, steps),
                Root::Row(_) => None,
            }?;
            Some(Sent { safe: found.safe.and(taint.safe), ..found })
        })
    }
}

/// Whether a name of a path is one that a reader knows.
fn is_readable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// What hands in a parameter of a FastAPI handler: a marker says so as its default, or inside `Annotated`.
fn handed_in_by(file: File<'_>, param: &Param, path: &[Name]) -> &'static str {
    let module = file.module();
    let annotated = param.annotation.into_iter().flat_map(|annotation| descendants(module, annotation));
    let mut markers = param.default.into_iter().chain(annotated).filter_map(|expr| Call::of(module, expr)?.name());
    let marked = markers.find_map(|marker| match marker {
        "Query" => Some("the query string"),
        "Header" => Some("the request headers"),
        "Cookie" => Some("the cookies"),
        "Form" => Some("the form"),
        "Body" => Some("the request body"),
        _ => None,
    });
    marked.unwrap_or(if path.is_empty() { "the query string" } else { "the request body" })
}

/// The converter of the variable `name` in the path of a route: empty for none.
fn converter(path: &str, name: &str) -> Option<String> {
    let mut variables = path.split(['{', '<']).skip(1).filter_map(|rest| rest.split(['}', '>']).next());
    variables.find_map(|variable| match variable.split_once(':') {
        Some((a, b)) if a == name => Some(b.to_owned()),
        Some((a, b)) if b == name => Some(a.to_owned()),
        None if variable == name => Some(String::new()),
        _ => None,
    })
}

/// A source that the function reads itself.
fn read(tables: &Tables, path: &Name, taint: &Taint) -> Option<Sent> {
    let (at, _) = taint.trace.steps().into_iter().next()?;
    let what = tables.source(path)?;
    let is_upload = path.ends_with(".files");
    let last = taint.origin.path.iter().rev().find(|name| is_readable(name));
    if is_upload && last.is_none_or(|name| &**name != "filename") {
        let Free { safe, what, kind } = Free::content();
        let name = last.map_or("file", |name| name).to_owned();
        return Some(Sent {
            name,
            what: what.unwrap_or_default(),
            at,
            kind,
            safe,
            key: None,
            before: Trace::default(),
        });
    }
    let kind = if is_upload { SentKind::UploadName } else { SentKind::Text };
    let what = if is_upload { "the name of an uploaded file" } else { what };
    let name = last.map_or_else(|| path.rsplit('.').next().unwrap_or_default().to_owned(), ToString::to_string);
    Some(Sent { name, what: what.to_owned(), at, kind, safe: unforgeable(what), key: None, before: Trace::default() })
}

/// What a site that lures somebody's browser here cannot make it send: harm that only the sender feels is none.
fn unforgeable(what: &str) -> Hazards {
    match what {
        "the request headers" | "the cookies" => Hazards::of(Hazard::Redirect).and(Hazards::of(Hazard::Html)),
        // It leads to this site, whatever stands behind the host.
        "the address of the request" => Hazards::HOSTS,
        _ => Hazards::NONE,
    }
}
