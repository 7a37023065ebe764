//! STATE001: state that later requests rely on lives in one process.

mod acknowledged;
mod names;
mod setup;

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::words::{has_word, snake_case};
use backlint_model::{Access, AccessKind, ClassRef, FunctionRef, Project, Reach, SharedState, StateKind};
use backlint_semantic::own_statements;
use backlint_source::Location;
use backlint_syntax::ast::{FunctionId, Stmt, StmtId};

use crate::limiters::is_limiter;
use acknowledged::{is_acknowledged, stands_in};
use names::{holds_request_state, is_harmless_name, is_resource};
use setup::{is_lazy_setup, is_registry_write};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.is_single_process() {
        return;
    }
    for state in project.shared_state() {
        let Some(use_of) = use_of(project, state) else { continue };
        report(project, state, &use_of, findings);
    }
}

/// How later requests rely on a variable.
struct Use<'s> {
    writer: &'s Access,
    reader: Option<&'s Access>,
}

fn use_of<'s>(project: &Project, state: &'s SharedState) -> Option<Use<'s>> {
    if is_harmless_name(&state.name) || is_limiter(project, state) {
        return None;
    }
    match state.kind {
        StateKind::Container => container_use(project, state),
        StateKind::Queue => queue_use(project, state),
        StateKind::Scalar => scalar_use(project, state),
        StateKind::Holder(class) => {
            let name = project.file(class.file)?.class_name(class.id);
            let is_meant = holds_request_state(&state.name) || holds_request_state(name);
            if is_harmless_name(name) || !is_meant || has_shared_store(project, class) {
                return None;
            }
            container_use(project, state)
        }
    }
}

/// A container filled on behalf of requests or tasks, and read back by another function, or only ever growing.
fn container_use<'s>(project: &Project, state: &'s SharedState) -> Option<Use<'s>> {
    let is_reached = |access: &&Access| project.reach(access.function).is_some();
    // What only the threads of one process share is nobody else's.
    let is_served = |access: &Access| matches!(project.reach(access.function), Some(Reach::Request | Reach::Task));
    if !state.accesses.iter().any(is_served) {
        return None;
    }
    let writer = state.accesses.iter().filter(|access| access.kind == AccessKind::Change).find(is_reached)?;
    if is_registry_write(project, writer) || is_memo(project, state) {
        return None;
    }
    let reader = state.accesses.iter().filter(|access| access.kind != AccessKind::Change).find(|access| {
        outermost(project, access.function) != outermost(project, writer.function)
            && is_reached(access)
            && !asks_cache(project, access.function)
    });
    let only_grows =
        state.writes().all(|access| access.kind == AccessKind::Change) && is_growing(project, state, writer);
    let between_handlers = reader.is_some_and(|reader| {
        let is_handler = |function| project.routes().iter().any(|route| route.handler.function() == Some(function));
        is_handler(writer.function) && is_handler(reader.function)
    });
    (between_handlers || reader.is_some() && holds_request_state_or_entries(state) || only_grows)
        .then_some(Use { writer, reader })
}

/// Whether a class keeps what it holds in a store that all processes share, at least where it can.
fn has_shared_store(project: &Project, class: ClassRef) -> bool {
    let Some(file) = project.file(class.file) else { return false };
    let body = file.module().list(file.class(class.id).body);
    body.iter().any(|&stmt| file.slice(file.module().stmt_span(stmt)).to_ascii_lowercase().contains("redis"))
}

/// Whether a reader takes what it finds for a copy of something.
fn asks_cache(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let name = snake_case(file.function_name(function.id));
    ["cache", "cached"].iter().any(|word| has_word(&name, word))
}

/// A dict keyed by the caller's input, whatever its name; lists and sets need a telling name.
fn holds_request_state_or_entries(state: &SharedState) -> bool {
    holds_request_state(&state.name) || state.writes().any(|access| access.kind == AccessKind::Remove)
}

/// A list that functions only append to grows for ever.
fn is_growing(project: &Project, state: &SharedState, writer: &Access) -> bool {
    let Some(file) = project.file(state.file) else { return false };
    let is_list = file.slice(state.at.span).trim_end().ends_with("[]");
    let appends = writer.expr.is_some_and(|expr| {
        project.file(writer.function.file).is_some_and(|file| {
            file.index().parent(expr).is_some_and(|parent| file.text_of(parent).ends_with(".append"))
        })
    });
    is_list && appends && project.reach(writer.function).is_some_and(|reach| reach != Reach::Worker)
}

/// A queue that one function replaces while others use it.
fn queue_use<'s>(project: &Project, state: &'s SharedState) -> Option<Use<'s>> {
    let writer = state
        .accesses
        .iter()
        .find(|access| access.kind == AccessKind::Reassign && project.reach(access.function) == Some(Reach::Request))?;
    let reader = state.accesses.iter().find(|access| access.function != writer.function);
    Some(Use { writer, reader })
}

/// A plain variable reassigned by a handler (or right below one) and read elsewhere, unless it is set up once.
fn scalar_use<'s>(project: &Project, state: &'s SharedState) -> Option<Use<'s>> {
    if is_resource(&state.name) {
        return None;
    }
    let writer = state.accesses.iter().find(|access| {
        access.kind == AccessKind::Reassign
            && project.reach(access.function) == Some(Reach::Request)
            && !is_lazy_setup(project, state, access)
            && !loads_alike(project, access.function)
    })?;
    let all_lazy =
        state.accesses.iter().filter(|a| a.kind == AccessKind::Reassign).all(|a| is_lazy_setup(project, state, a));
    let reader =
        state.reads().find(|access| access.function != writer.function && project.reach(access.function).is_some())?;
    (!all_lazy).then_some(Use { writer, reader: Some(reader) })
}

/// A function that is told nothing and answers no request itself sets the same in every process.
fn loads_alike(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    file.module().list(file.function(function.id).params).is_empty() && project.routes_of(function).is_empty()
}

/// The function around all others that a function stands in: what is nested runs on behalf of the same caller.
fn outermost(project: &Project, function: FunctionRef) -> FunctionRef {
    let Some(file) = project.file(function.file) else { return function };
    let outer = |&id: &FunctionId| file.index().outer_function(file.module(), id);
    let last = std::iter::successors(Some(function.id), outer).last();
    FunctionRef { id: last.unwrap_or(function.id), ..function }
}

/// A memo: one function looks a key up and stores what it computed under it.
fn is_memo(project: &Project, state: &SharedState) -> bool {
    let writers: Vec<FunctionRef> = state.writers();
    let [writer] = writers.as_slice() else { return false };
    let reads_itself = state.reads().any(|access| access.function == *writer);
    let others =
        state.accesses.iter().any(|access| access.function != *writer && project.reach(access.function).is_some());
    reads_itself && !others && !holds_request_state(&state.name)
}

/// The `global` statement that lets a function rebind the name, else the write itself.
fn place_of_write(project: &Project, state: &SharedState, access: &Access) -> Location {
    let Some(file) = project.file(access.function.file).filter(|_| access.kind == AccessKind::Reassign) else {
        return access.at;
    };
    let module = file.module();
    let declares = |stmt: &StmtId| match module.stmt(*stmt) {
        Stmt::Global(names) => module.list(names).iter().any(|&name| module.text(name) == state.name),
        _ => false,
    };
    own_statements(module, module.body(access.function.id))
        .into_iter()
        .find(declares)
        .map_or(access.at, |stmt| file.at_stmt(stmt))
}

/// Whether the entries are tasks or connections of this very process, which no store can keep.
fn is_live(project: &Project, state: &SharedState) -> bool {
    const LIVE: &[&str] = &["Future", "Popen", "Task", "TimerHandle", "WebSocket"];
    let Some(file) = project.file(state.file) else { return false };
    let Some((annotation, _)) = file.slice(state.at.span).split_once('=') else { return false };
    annotation.split(|c: char| !c.is_alphanumeric()).any(|word| LIVE.contains(&word))
}

fn report(project: &Project, state: &SharedState, use_of: &Use<'_>, findings: &mut Findings) {
    let workers = project.deployment().several_workers();
    let place = |access: &Access| {
        project
            .file(access.function.file)
            .map_or(String::new(), |file| file.function_name(access.function.id).to_owned())
    };
    let writer = place(use_of.writer);
    let verb = if use_of.writer.kind == AccessKind::Reassign { "replaces" } else { "changes" };
    let relies = match use_of.reader {
        Some(reader) => format!("`{}` relies on it later", place(reader)),
        None => "it only ever grows".to_owned(),
    };
    let message = format!(
        "`{}` lives in the memory of one process: `{writer}` {verb} it on behalf of callers and {relies}. Another worker does \
         not see it and a restart loses it; keep it in the database or a shared store.",
        state.name
    );
    let severity = if workers.is_some() { Severity::High } else { Severity::Medium };
    let mut finding = findings
        .report(state.at, state.name.clone(), message)
        .severity(severity)
        .also(place_of_write(project, state, use_of.writer), format!("`{writer}` {verb} it"));
    if is_live(project, state) || is_acknowledged(project, state) || stands_in(project, use_of.writer.function) {
        finding = finding.audience(Audience::Pedantic);
    }
    if let Some(reader) = use_of.reader {
        finding = finding.also(reader.at, format!("`{}` reads it", place(reader)));
    }
    if let Some(evidence) = workers {
        finding.also(evidence.at, "several processes are started here");
    }
}
