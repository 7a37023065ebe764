//! JOB006: work that stops the event loop.

mod blocking;
mod coroutines;

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::Findings;
use backlint_model::{Entity, File, FunctionRef, Project};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, FunctionId};

use crate::expressions::label;
use blocking::{Blocking, Kind, blocking, may_block};
use coroutines::Coroutines;

/// How many plain functions below a coroutine are looked into.
const MAX_DEPTH: u32 = 2;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut coroutines = Coroutines::of(project);
    let mut helpers = Helpers { project, known: BTreeMap::new() };
    for file in project.app_files() {
        let mut session_is_told = false;
        for id in file.module().function_ids().filter(|&id| file.function(id).is_async) {
            let function = FunctionRef { file: file.id(), id };
            let stops = stops(project, file, function, &mut helpers);
            if stops.is_empty() || !coroutines.run_on_server(function) {
                continue;
            }
            for stop in stops {
                let is_session = stop.blocking.kind == Kind::Session;
                if !(is_session && session_is_told) {
                    report(file, id, &stop, findings);
                }
                session_is_told |= is_session;
            }
        }
    }
}

/// A call of a coroutine that stops the loop.
struct Stop<'p> {
    call: Call<'p>,
    blocking: Blocking,
    /// The plain function that does it.
    through: Option<&'p str>,
}

fn report(file: File<'_>, coroutine: FunctionId, stop: &Stop<'_>, findings: &mut Findings) {
    let name = file.qualified_name(coroutine);
    let what = stop.blocking.kind.what();
    let subject = match stop.through {
        Some(helper) => format!("`{helper}` {what}"),
        None => format!("`{}` {what}", label(file, stop.call.function).unwrap_or("this call")),
    };
    let cure = stop.blocking.kind.cure();
    let message =
        format!("{subject} on the event loop, in the coroutine `{name}`: all other requests wait meanwhile. {cure}");
    let anchor = format!("{name}: {}", stop.blocking.kind.word());
    let at = file.at(file.first_line(stop.call.span()));
    let report = findings.report(at, anchor, message);
    if stop.through.is_some() {
        report.also(stop.blocking.at, "it waits here");
    }
}

/// What a coroutine does that stops the loop, the first of each kind.
fn stops<'p>(project: &'p Project, file: File<'p>, coroutine: FunctionRef, helpers: &mut Helpers<'p>) -> Vec<Stop<'p>> {
    let mut found: Vec<Stop<'p>> = Vec::new();
    let mut kinds = BTreeSet::new();
    for call in own_calls(project, file, coroutine) {
        let direct = blocking(project, file, call).map(|blocking| (blocking, None));
        let stop = direct.or_else(|| helpers.of_call(file, call, MAX_DEPTH).map(|(b, name)| (b, Some(name))));
        let Some((blocking, through)) = stop.filter(|_| !file.is_dev_only(call.expr)) else { continue };
        if kinds.insert(blocking.kind) {
            found.push(Stop { call, blocking, through });
        }
    }
    found
}

/// The calls that a function makes itself and does not await.
fn own_calls<'p>(project: &'p Project, file: File<'p>, function: FunctionRef) -> impl Iterator<Item = Call<'p>> {
    let module = file.module();
    project.calls_in(function).into_iter().filter(move |call| {
        let is_own = file.index().function_of(call.expr) == Some(function.id);
        let is_awaited = file.index().parent(call.expr).is_some_and(|p| matches!(module.expr(p), Expr::Await(_)));
        let is_later = file.index().ancestors(call.expr).any(|outer| matches!(module.expr(outer), Expr::Lambda(_)));
        is_own && !is_awaited && !is_later
    })
}

/// What plain functions do that blocks, each looked at once for each depth.
struct Helpers<'p> {
    project: &'p Project,
    known: BTreeMap<(FunctionRef, u32), Option<Blocking>>,
}

impl<'p> Helpers<'p> {
    /// What the function that a call runs does, and the name of that function.
    fn of_call(&mut self, file: File<'p>, call: Call<'p>, depth: u32) -> Option<(Blocking, &'p str)> {
        let depth = depth.checked_sub(1)?;
        let target = match self.project.resolve(file.id(), call.function) {
            Entity::Function(function) => function,
            Entity::Class(class) => self.project.method(class, "__init__")?,
            _ => return None,
        };
        let home = self.project.file(target.file).filter(|home| runs_in_place(*home, target.id))?;
        let known = self.known.get(&(target, depth)).copied();
        let found = known.unwrap_or_else(|| self.of_function(home, target, depth));
        found.map(|blocking| (blocking, home.function_name(target.id)))
    }

    fn of_function(&mut self, file: File<'p>, function: FunctionRef, depth: u32) -> Option<Blocking> {
        // Guards against functions that call each other.
        self.known.insert((function, depth), None);
        let calls: Vec<Call<'p>> = own_calls(self.project, file, function).collect();
        let own = calls.iter().find_map(|&call| blocking(self.project, file, call).filter(|b| b.kind != Kind::Session));
        let found = own.or_else(|| calls.into_iter().find_map(|call| Some(self.of_call(file, call, depth)?.0)));
        self.known.insert((function, depth), found);
        found
    }
}

/// Whether calling the function runs its body at once: no coroutine, no generator, no decorator that may move it, no
/// threads of its own.
fn runs_in_place(file: File<'_>, id: FunctionId) -> bool {
    let module = file.module();
    let function = file.function(id);
    let is_harmless = |decorator: &backlint_syntax::ast::Decorator| {
        matches!(label(file, decorator.expr), Some("classmethod" | "staticmethod" | "override"))
    };
    let text = file.slice(module.stmt_span(function.stmt));
    !function.is_async
        && module.list(function.decorators).iter().all(is_harmless)
        && !["Thread(", "submit(", "yield"].iter().any(|word| text.contains(word))
        && may_block(file)
}
