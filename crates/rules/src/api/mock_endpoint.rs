//! API010: a handler that answers as if it had done something and does nothing.

mod parameters;

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project, Route, words};
use backlint_semantic::own_statements;
use backlint_source::Location;
use backlint_syntax::ast::Stmt;

use crate::idle::is_idle;
use crate::served::{is_served, is_technical};
use parameters::Injected;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for route in project.routes().iter().filter(|route| is_served(project, route) && !is_exempt(project, route)) {
        let Some(handler) = route.handler.function().filter(|handler| seen.insert(*handler)) else { continue };
        let Some(file) = project.file(handler.file).filter(|file| !is_stand_in(file.local_path())) else { continue };
        let injected = Injected::of(project, file, handler);
        if injected.reads_any || !is_idle(project, file, handler) {
            continue;
        }
        let word = mock_word(file, handler);
        let unread = injected.unread.first().filter(|_| word.is_some() || answers_for_something(route));
        if word.is_some() || unread.is_some() {
            report(project, route, file, handler, word, unread, findings);
        }
    }
}

/// A file that stands in for another service on purpose.
fn is_stand_in(path: &str) -> bool {
    const WORDS: &[&str] =
        &["demo", "dummy", "example", "examples", "fake", "loadtest", "mock", "mocks", "sandbox", "stub"];
    path.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()))
}

/// Routes that answer with what they know by themselves: health, versions, lists of choices; and those that sign out.
fn is_exempt(project: &Project, route: &Route) -> bool {
    const WORDS: &[&str] = &[
        "about",
        "capabilities",
        "choices",
        "config",
        "constants",
        "enums",
        "formats",
        "help",
        "home",
        "index",
        "info",
        "logout",
        "meta",
        "metadata",
        "options",
        "root",
        "schema",
        "signout",
        "statuses",
        "supported",
        "types",
        "welcome",
    ];
    let name = words::snake_case(project.handler_name(route.handler));
    let last = route.path.rsplit('/').find(|segment| !segment.is_empty()).unwrap_or_default();
    let last = words::snake_case(last);
    let says = |word: &&str| words::has_word(&name, word) || words::has_word(&last, word);
    is_technical(route) || route.path == "/" || route.methods.contains("WEBSOCKET") || WORDS.iter().any(says)
}

/// Whether callers expect more than a constant: the route changes something, or is about what its path names.
fn answers_for_something(route: &Route) -> bool {
    !route.is_read_only_method() || route.path.contains(['{', '<'])
}

/// What the code itself says of being a stand-in.
fn mock_word(file: File<'_>, handler: FunctionRef) -> Option<&'static str> {
    const PHRASES: &[&str] = &["not implemented", "coming soon", "in production", "in a real"];
    const WORDS: &[&str] =
        &["mock", "mocked", "dummy", "fake", "stub", "stubbed", "placeholder", "simulate", "simulated", "simulation"];
    let written = file.slice(file.module().stmt_span(file.function(handler.id).stmt));
    let text = written.to_ascii_lowercase();
    // What warns that it stands in is a fallback that somebody reads of.
    if text.contains("501") || text.contains("notimplementederror") || text.contains(".warning(") {
        return None;
    }
    let said: BTreeSet<&str> = text.split(|c: char| !c.is_ascii_alphabetic()).collect();
    let phrase = PHRASES.iter().find(|phrase| text.contains(**phrase));
    let word = phrase.or_else(|| WORDS.iter().find(|word| said.contains(**word))).copied();
    // Things to do may be what a program is about.
    let is_marked = || written.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word == "TODO");
    word.or_else(|| is_marked().then_some("todo"))
}

fn report(
    project: &Project,
    route: &Route,
    file: File<'_>,
    handler: FunctionRef,
    word: Option<&str>,
    unread: Option<&(String, Location)>,
    findings: &mut Findings,
) {
    let why = match (unread, word) {
        (Some((name, _)), _) => format!("the injected `{name}` is never used"),
        (None, Some(word)) => format!("the code itself says \"{word}\""),
        (None, None) => return,
    };
    let message = format!(
        "`{}` answers with made-up data and does nothing else: {why}. Implement it, answer 501, or remove it.",
        route.label(),
    );
    let mut finding = findings.report(route.at, route.label(), message);
    if let Some((name, at)) = unread {
        finding = finding.also(*at, format!("`{name}` is handed in and never read"));
    }
    let module = file.module();
    let returned = own_statements(module, module.body(handler.id))
        .into_iter()
        .rev()
        .find(|&stmt| matches!(module.stmt(stmt), Stmt::Return(Some(_))));
    if let Some(stmt) = returned {
        finding.also(file.at_stmt(stmt), format!("`{}` returns this", project.handler_name(route.handler)));
    }
}
