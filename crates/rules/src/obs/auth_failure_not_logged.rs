//! OBS007: callers that are refused and leave no trace.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::Findings;
use backlint_model::{Denial, DenialKind, File, FunctionRef, GuardLink, Project, Role, Verdict};
use backlint_source::{FileId, Location};
use backlint_syntax::ast::FunctionId;

use super::traces::{first_log_call, matcher};
use crate::areas::{Areas, served_apps};
use crate::auth::no_login_lockout::is_login;
use crate::logging::{calls_logging_function, function_logs, is_log_call};
use crate::served::is_served;

/// What marks code that runs on every request or for every error.
const HOOKS: &[&str] =
    &["middleware", "after_request", "teardown_request", "request_finished", "exception_handler", "errorhandler"];

/// How many calls away a refusal may be noted.
const MAX_DEPTH: u32 = 2;

/// How many further functions of a file a message shows.
const SHOWN: usize = 10;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let areas = Areas::read(project);
    let apps = served_apps(project);
    let Some(logged) = apps.into_iter().find_map(|(app, _)| first_log_call(project, &areas, app)) else { return };
    let silent: Vec<Decider> = deciders(project)
        .into_iter()
        .filter(|decider| !decider.parts.iter().any(|&part| notes(project, part)))
        .collect();
    if silent.is_empty() || hooks_log(project) {
        return;
    }
    let mut by_file: BTreeMap<FileId, Vec<(String, Location)>> = BTreeMap::new();
    for decider in silent {
        if let Some(refusal) = decider.last_refusal(project) {
            by_file.entry(decider.function.file).or_default().push(refusal);
        }
    }
    for refusals in by_file.into_values() {
        let Some(((name, at), others)) = refusals.split_first() else { continue };
        let rest = match others.len() {
            0 => String::new(),
            1 => ", as does 1 more here,".to_owned(),
            more => format!(", as do {more} more here,"),
        };
        let message = format!(
            "`{name}` turns callers away{rest} and logs nothing: refusals leave no trace that an alarm or an investigation \
             could use."
        );
        let mut report = findings.report(*at, name.clone(), message);
        for (other, at) in others.iter().take(SHOWN) {
            report = report.also(*at, format!("`{other}` does so too"));
        }
        report.also(logged, "what the project does log");
    }
}

/// A function that decides on callers, with those inside it, such as the wrapper that a decorator returns.
struct Decider {
    function: FunctionRef,
    parts: Vec<FunctionRef>,
}

impl Decider {
    /// The last refusal in the function and what it is called: it stands behind all checks, so whoever gets there has
    /// shown something that is wrong.
    fn last_refusal(&self, project: &Project) -> Option<(String, Location)> {
        let file = project.file(self.function.file)?;
        let refuses = |denial: &Denial| denial.kind == DenialKind::Caller && denial.is_own;
        let denials = self.parts.iter().flat_map(|&part| project.denials(part)).filter(refuses);
        let last = denials.max_by_key(|denial| file.module().stmt_span(denial.stmt).start)?;
        Some((file.qualified_name(self.function.id), file.at_stmt(last.stmt)))
    }
}

/// The guards that are put in front of served routes, and the handlers that sign in.
fn deciders(project: &Project) -> Vec<Decider> {
    let mut found = BTreeSet::new();
    let mut places = BTreeSet::new();
    for route in project.routes().iter().filter(|route| is_served(project, route)) {
        let signs_in = route.methods.contains("POST") && is_login(project, route);
        found.extend(route.handler.function().filter(|_| signs_in));
        let guards = route.guards.iter().filter(|guard| guard.verdict != Verdict::No && guard.link != GuardLink::Body);
        places.extend(guards.map(|guard| guard.at));
    }
    found.extend(places.into_iter().filter_map(|at| function_at(project, at)));
    let with_parts = |function: FunctionRef| {
        let parts = project.file(function.file).map(|file| parts_of(file, function)).unwrap_or_default();
        Decider { function, parts }
    };
    found.into_iter().map(with_parts).collect()
}

/// The outermost function around a place.
fn function_at(project: &Project, at: Location) -> Option<FunctionRef> {
    let file = project.file(at.file).filter(|file| file.role() == Role::App)?;
    let span = |id: FunctionId| file.module().stmt_span(file.function(id).stmt);
    // Functions stand in the order of the source, so the first around a place is the outermost.
    let id = file.module().function_ids().find(|&id| span(id).contains(at.span))?;
    Some(FunctionRef { file: at.file, id })
}

fn parts_of(file: File<'_>, function: FunctionRef) -> Vec<FunctionRef> {
    let span = |id: FunctionId| file.module().stmt_span(file.function(id).stmt);
    let own = span(function.id);
    let inside = file.module().function_ids().filter(|&id| own.contains(span(id)));
    inside.map(|id| FunctionRef { file: function.file, id }).collect()
}

fn notes(project: &Project, function: FunctionRef) -> bool {
    let mut reached = project.called_within(function, MAX_DEPTH).into_iter();
    reached.any(|(_, reached)| function_logs(project, reached) || calls_logger(project, reached))
}

fn calls_logger(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return true };
    project.calls_in(function).into_iter().any(|call| calls_logging_function(project, file, call))
}

/// Whether a hook, middleware or error handler logs the status of answers.
fn hooks_log(project: &Project) -> bool {
    let Some(hooks) = matcher(HOOKS) else { return true };
    let mut files = project.app_files().filter(|file| hooks.is_match(file.source().text()));
    files.any(|file| file.calls().any(|call| is_log_call(file, call) && names_status(file.text_of(call.expr))))
}

fn names_status(text: &str) -> bool {
    text.contains("status_code") || text.contains(".status")
}
