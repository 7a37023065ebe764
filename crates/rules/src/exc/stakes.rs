//! What is lost when an error in a guarded block goes unnoticed.

use backlint_model::{EffectKind, Entity, File, FunctionRef, Project};
use backlint_semantic::{Call, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::Stmt;

use super::clause::{Clause, calls_in};
use super::words::{WORDS, has_part};
use crate::data;
use crate::expressions::label;
use crate::logging::is_log_call;

/// How much depends on the block.
pub(super) enum Stakes {
    /// Something outside the process is changed or asked.
    Effect(At),
    /// Code runs whose outcome this tool cannot weigh.
    Work(At),
    /// A value is converted, or nothing is called at all.
    Conversion,
    /// The block is there to end, or to find out about, something that may be gone.
    Harmless,
}

/// A call in the block.
pub(super) struct At {
    pub(super) what: String,
    pub(super) at: Location,
}

impl Stakes {
    pub(super) fn of(project: &Project, clause: &Clause<'_>) -> Self {
        let file = clause.file;
        let calls = clause.guarded_calls();
        let is_about = |words: &[String]| is_named_after(clause, words);
        if imports(clause) || is_about(&WORDS.cleaning_functions) || is_about(&WORDS.probing_functions) {
            return Self::Harmless;
        }
        let weighed: Vec<Call<'_>> = calls.into_iter().filter(|call| !is_conversion(*call)).collect();
        let place =
            |call: Call<'_>| At { what: shown(file.text_of(call.function)), at: file.at(file.first_line(call.span())) };
        if weighed.is_empty() {
            return Self::Conversion;
        }
        let serious: Vec<Call<'_>> = weighed
            .iter()
            .copied()
            .filter(|&call| !is_cleanup(call) && !is_best_effort(project, clause, call))
            .collect();
        let untold: Vec<Call<'_>> = serious.into_iter().filter(|&call| !tells_itself(project, clause, call)).collect();
        let Some(&first) = untold.first() else { return Self::Harmless };
        match untold.iter().copied().find(|&call| has_effect(project, clause, call)) {
            Some(call) => Self::Effect(place(call)),
            None => Self::Work(place(untold.iter().copied().find(|&call| !is_answer(call)).unwrap_or(first))),
        }
    }
}

/// The callee as a reader would say it: without arguments, and long chains by their ends.
fn shown(callee: &str) -> String {
    const LONGEST: usize = 60;
    let mut depth = 0_u32;
    let mut plain = String::new();
    for c in callee.chars().filter(|c| !c.is_whitespace()) {
        if matches!(c, ')' | ']') {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            plain.push(c);
        }
        if matches!(c, '(' | '[') {
            depth += 1;
            if depth == 1 {
                plain.push('…');
            }
        }
    }
    match (plain.chars().count() > LONGEST, plain.split_once('.'), plain.rsplit_once('.')) {
        (true, Some((head, _)), Some((_, last))) => format!("{head}.….{last}"),
        _ => plain.replace("(…)", "()"),
    }
}

/// An optional import.
fn imports(clause: &Clause<'_>) -> bool {
    let module = clause.file.module();
    let is_import = |&stmt: &_| matches!(module.stmt(stmt), Stmt::Import(_) | Stmt::ImportFrom { .. });
    clause.guarded.iter().any(is_import) && clause.guarded.len() <= 3
}

/// Whether the function around it is named after one of the words.
fn is_named_after(clause: &Clause<'_>, words: &[String]) -> bool {
    let Some(function) = clause.function() else { return false };
    let name = clause.file.function_name(function);
    data::has(words, name) || has_part(words, name)
}

/// Calls that make one value of another.
fn is_conversion(call: Call<'_>) -> bool {
    call.name().is_some_and(|name| data::has(&WORDS.conversions, name))
}

/// Calls that end something.
fn is_cleanup(call: Call<'_>) -> bool {
    call.name().is_some_and(|name| has_part(&WORDS.cleanup_words, name))
}

/// Calls that put an answer together, which is seldom what fails.
fn is_answer(call: Call<'_>) -> bool {
    call.name().is_some_and(|name| data::has(&WORDS.plain_calls, name) || name.ends_with("Response"))
}

/// Telemetry, caches and messages to clients that may be gone, by the callee; also what takes note of something in a
/// module of telemetry.
fn is_best_effort(project: &Project, clause: &Clause<'_>, call: Call<'_>) -> bool {
    const NOTES: &[&str] = &["capture", "emit", "log", "record", "track"];
    let is_meant = |text: &str| has_part(&WORDS.best_effort_words, &text.to_ascii_lowercase());
    let takes_note = || call.name().is_some_and(|name| name.split('_').any(|part| NOTES.contains(&part)));
    is_meant(clause.file.text_of(call.function))
        || takes_note() && {
            let called = clause.function_ref().and_then(|function| called_by(project, function, call));
            let home = called.and_then(|function| project.file(function.file));
            home.is_some_and(|home| is_meant(home.local_path().rsplit('/').next().unwrap_or_default()))
        }
}

/// Whether the called function logs its own failures: in a handler that raises them again, or around all it does.
fn tells_itself(project: &Project, clause: &Clause<'_>, call: Call<'_>) -> bool {
    let called = clause.function_ref().and_then(|function| called_by(project, function, call));
    let Some((function, file)) = called.and_then(|function| Some((function, project.file(function.file)?))) else {
        return false;
    };
    let module = file.module();
    let body = module.body(function.id);
    own_statements(module, body).into_iter().any(|stmt| {
        let Stmt::Try { handlers, .. } = module.stmt(stmt) else { return false };
        module.list(handlers).iter().any(|handler| {
            let handling = module.list(handler.body);
            let raises = handling.last().is_some_and(|&last| matches!(module.stmt(last), Stmt::Raise { .. }));
            let is_whole = || body.iter().filter(|&&stmt| !file.is_documentation(stmt)).eq([&stmt]);
            (raises || is_whole()) && calls_in(file, handling).into_iter().any(|call| is_log_call(file, call))
        })
    })
}

fn has_effect(project: &Project, clause: &Clause<'_>, call: Call<'_>) -> bool {
    let file = clause.file;
    asks(project, file, call) || changes(project, clause, call) || {
        let called = clause.function_ref().and_then(|function| called_by(project, function, call));
        called.is_some_and(|function| reaches_outside(project, function))
    }
}

fn asks(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    asks_outside(project, file, call) || asks_database(file, call)
}

fn called_by(project: &Project, function: FunctionRef, call: Call<'_>) -> Option<FunctionRef> {
    project.callees(function).iter().find(|callee| callee.call == call.expr).map(|callee| callee.function)
}

/// Whether a function asks something outside, itself or one call deeper.
fn reaches_outside(project: &Project, function: FunctionRef) -> bool {
    let asks_itself = |function: FunctionRef| {
        let Some(file) = project.file(function.file) else { return false };
        project.calls_in(function).into_iter().any(|call| asks(project, file, call))
    };
    asks_itself(function) || project.callees(function).iter().any(|callee| asks_itself(callee.function))
}

/// A call of a client of another service.
fn asks_outside(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    let is_lower = call.name().is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
    match project.resolve(file.id(), call.function) {
        Entity::External(path) => {
            let first = path.split('.').next().unwrap_or_default();
            path == "urllib.request.urlopen"
                || is_lower && path.contains('.') && data::has(&WORDS.client_packages, first)
        }
        Entity::Unknown | Entity::Param(..) => {
            call.receiver().and_then(|receiver| label(file, receiver)).is_some_and(|name| {
                let name = name.trim_matches('_');
                is_lower && (name == "client" || name.ends_with("_client"))
            })
        }
        _ => false,
    }
}

/// A statement that goes to the database.
fn asks_database(file: File<'_>, call: Call<'_>) -> bool {
    let is_verb = call.name().is_some_and(|name| data::has(&WORDS.database_verbs, name));
    is_verb && has_part(&WORDS.database_words, file.text_of(call.function))
}

/// A call with an effect of its own, or of a function that has one.
fn changes(project: &Project, clause: &Clause<'_>, call: Call<'_>) -> bool {
    let Some(function) = clause.function_ref() else { return false };
    let is_serious = |kind: EffectKind| {
        use EffectKind::{Enqueue, FileWrite, Mail, OutboundWrite, ProcessStart, RowDelete, RowWrite};
        matches!(kind, RowWrite | RowDelete | Enqueue | ProcessStart | Mail | OutboundWrite | FileWrite)
    };
    let first_line = clause.file.first_line(call.span());
    let is_here = project
        .own_effects(function)
        .iter()
        .any(|effect| is_serious(effect.kind) && effect.at.file == function.file && effect.at.span == first_line);
    is_here
        || called_by(project, function, call)
            .is_some_and(|callee| project.effects(callee).iter().any(|effect| is_serious(effect.kind)))
}
