//! Which coroutines run on the event loop that answers requests.

use std::collections::{BTreeMap, BTreeSet};

use backlint_model::{Framework, FunctionRef, Project, Reach};
use backlint_semantic::Call;

/// How many coroutines above one are asked.
const MAX_DEPTH: u32 = 6;

/// The coroutines of a project, each asked about once.
pub(super) struct Coroutines<'p> {
    project: &'p Project,
    /// Whether anything is served on an event loop at all.
    serves: bool,
    known: BTreeMap<FunctionRef, bool>,
}

impl<'p> Coroutines<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        let serves = project.routes().iter().any(|route| route.framework != Framework::Flask);
        Self { project, serves, known: BTreeMap::new() }
    }

    /// Whether a coroutine runs on the loop of the server. One that `asyncio.run` starts has a loop of its own, and the
    /// views of Flask each have one.
    pub(super) fn run_on_server(&mut self, function: FunctionRef) -> bool {
        if !self.serves || self.project.reach(function) != Some(Reach::Request) {
            return false;
        }
        if let Some(&known) = self.known.get(&function) {
            return known;
        }
        let found = self.find(function);
        self.known.insert(function, found);
        found
    }

    fn find(&self, function: FunctionRef) -> bool {
        let mut seen = BTreeSet::new();
        let mut level = vec![function];
        for _ in 0..=MAX_DEPTH {
            level.retain(|function| seen.insert(*function));
            if level.iter().any(|&function| self.is_entry(function)) {
                return true;
            }
            level = level.iter().flat_map(|&function| self.awaiting(function)).collect();
        }
        false
    }

    /// Handlers of routes on an event loop, and what nobody calls although requests reach it: dependencies and hooks.
    fn is_entry(&self, function: FunctionRef) -> bool {
        let routes = self.project.routes_of(function);
        let is_handler = routes.iter().any(|&route| self.project.route(route).framework != Framework::Flask);
        is_handler || routes.is_empty() && self.project.callers(function).is_empty()
    }

    /// The coroutines that call a coroutine, those left out that give it a loop of its own.
    fn awaiting(&self, function: FunctionRef) -> Vec<FunctionRef> {
        let callers = self.project.callers(function).iter();
        let on_loop = callers.filter(|caller| {
            let Some(file) = self.project.file(caller.function.file) else { return false };
            let outer = file.index().parent(caller.call).and_then(|parent| Call::of(file.module(), parent));
            let is_started = outer.and_then(|call| call.name()).is_some_and(|name| {
                matches!(name, "async_to_sync" | "run" | "run_coroutine_threadsafe" | "run_until_complete")
            });
            file.function(caller.function.id).is_async && !is_started
        });
        on_loop.map(|caller| caller.function).collect()
    }
}
