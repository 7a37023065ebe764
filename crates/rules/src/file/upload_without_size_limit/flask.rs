//! Flask applications that take bodies and set no limit for them.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{Audience, Confidence, Findings, Severity};
use backlint_model::{Container, ContainerId, File, Framework, FunctionRef, Project, Reach};
use backlint_source::Location;
use backlint_syntax::ast::{ExprId, FunctionId};

use crate::areas::{own_texts, served_apps};

/// The setting that limits bodies.
const LIMIT: &str = "MAX_CONTENT_LENGTH";

/// What a request gives a whole body or its files by.
const BODIES: &[&str] = &["flask.request.files", "flask.request.get_data", "flask.request.stream"];

/// How deep below the handlers bodies are looked for.
const MAX_DEPTH: u32 = 2;

/// How many of the places that take bodies are shown.
const SHOWN: usize = 3;

/// An application without a limit.
pub(super) struct Unlimited<'p> {
    id: ContainerId,
    app: &'p Container,
    at: Location,
    /// Where bodies are taken, one place for each function.
    taken: Vec<Location>,
}

/// The Flask applications that take bodies of any size.
pub(super) fn unlimited(project: &Project) -> Vec<Unlimited<'_>> {
    let asking: BTreeMap<FunctionRef, Location> =
        project.app_files().flat_map(|file| places_in(project, file)).collect();
    let mut found = Vec::new();
    if asking.is_empty() {
        return found;
    }
    for (app, at) in served_apps(project).into_iter().filter(|(app, _)| app.framework == Framework::Flask) {
        let Some((id, _)) = project.containers().find(|(_, other)| other.made == app.made) else { continue };
        let taken = bodies(project, id, &asking);
        if !taken.is_empty() && !is_limited(project, id) {
            found.push(Unlimited { id, app, at, taken });
        }
    }
    found
}

pub(super) fn report(project: &Project, found: &Unlimited<'_>, proxy: Option<Location>, findings: &mut Findings) {
    let name = &found.app.name;
    let message = format!(
        "Nothing sets `{LIMIT}` for `{name}`, so the bodies that its functions take ({} do) may have any size. Set it to \
         what the largest upload needs.",
        found.taken.len(),
    );
    let mut report = findings.report(found.at, format!("app {name}: {LIMIT}"), message);
    for &taken in found.taken.iter().take(SHOWN) {
        report = report.also(taken, "takes a body here");
    }
    for write in project.config_writes(found.id, LIMIT).filter(|write| !write.takes_effect()) {
        report = report.also(write.at, "`setdefault` does nothing for a key that Flask defines itself");
    }
    if let Some(proxy) = proxy {
        report = report.severity(Severity::Low).also(proxy, "a proxy limits bodies; callers that pass it by are not");
    }
    if let Some(unseen) = project.unseen_config(found.id) {
        report
            .audience(Audience::Pedantic)
            .confidence(Confidence::Low)
            .also(unseen, "settings loaded here are not in the repository and may set it");
    }
}

/// Where the functions that serve an application's routes take bodies.
fn bodies(project: &Project, app: ContainerId, asking: &BTreeMap<FunctionRef, Location>) -> Vec<Location> {
    let routes = project.routes().iter().filter(|route| route.app == Some(app));
    let handlers: BTreeSet<FunctionRef> = routes.filter_map(|route| route.handler.function()).collect();
    let run = handlers.into_iter().flat_map(|handler| project.called_within(handler, MAX_DEPTH));
    let run: BTreeSet<FunctionRef> = run.map(|(_, function)| function).collect();
    run.iter().filter_map(|function| asking.get(function).copied()).collect()
}

/// The functions of a file that take bodies for requests, and where.
fn places_in(project: &Project, file: File<'_>) -> Vec<(FunctionRef, Location)> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    if file.module().symbol("request").is_none() {
        return found;
    }
    for used in file.index().uses() {
        let Some(part) = file.index().parent(used.expr) else { continue };
        let Some(function) = file.index().function_of(part) else { continue };
        let is_body = file.path_of(part).is_some_and(|path| BODIES.contains(&path.as_str()));
        let taker = FunctionRef { file: file.id(), id: function };
        if is_body && project.reach(taker) == Some(Reach::Request) && seen.insert(function) {
            found.push((taker, file.at_expr(whole_read(project, file, function).unwrap_or(part))));
        }
    }
    found
}

/// The call of the function that takes the whole of an upload.
fn whole_read(project: &Project, file: File<'_>, function: FunctionId) -> Option<ExprId> {
    let mut calls = file.calls_named(&["read", "save"]).filter(|call| {
        file.index().function_of(call.expr) == Some(function)
            && call.receiver().is_some_and(|receiver| project.is_upload(file, receiver))
    });
    calls.next().map(|call| call.expr)
}

/// Whether something sets the limit, or may do so in a way that was not followed.
fn is_limited(project: &Project, app: ContainerId) -> bool {
    let mut writes = project.config_writes(app, LIMIT).peekable();
    if writes.peek().is_some() {
        return writes.any(|write| write.takes_effect() && !write.is_dev_only);
    }
    let speaks = |file: File<'_>| {
        let text = file.source().text();
        text.contains(LIMIT) || text.contains("max_content_length")
    };
    // What a file of the repository says is taken in where code loads settings that were not followed.
    let is_loaded = || project.unseen_config(app).is_some() && own_texts(project).any(|(_, text)| sets_limit(text));
    project.reported_files().any(speaks) || is_loaded()
}

/// `MAX_CONTENT_LENGTH: 16777216` in a file of settings, in whatever notation.
fn sets_limit(text: &str) -> bool {
    text.lines().any(|line| {
        let rest = line.trim_start().trim_start_matches(['"', '\'']).strip_prefix(LIMIT);
        rest.is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with([':', '=']))
    })
}
