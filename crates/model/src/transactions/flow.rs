//! Sessions across calls: which session of a callee is which of the caller, and what calls do to them.

use backlint_semantic::{Block, Call};
use backlint_syntax::ast::{Expr, ExprId, Stmt};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Transactions;
use super::events::{SessionAction, SessionEvent};
use super::providers::SessionSource;
use super::sessions::Session;
use crate::reach::Callee;
use crate::resolve::{ExprRef, FunctionRef};
use crate::{File, Project, Role};

/// How many calls deep changes to a session are looked for.
const MAX_DEPTH: usize = 3;

/// What a function and its callees do to one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    session: Session,
    writes: bool,
    commits: bool,
}

/// One use of a session by a function, or by what it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionStep {
    /// What happens; a callee that writes and commits gives two steps.
    pub action: SessionAction,
    /// To which session, as the calling function knows it.
    pub session: Session,
    /// The call, or for a row's attribute the target that is assigned.
    pub expr: ExprId,
    /// The function that does it for the caller; none if the function does it itself.
    pub through: Option<FunctionRef>,
}

impl Project {
    /// What a function does with sessions, what its callees do included, in the order of evaluation.
    pub fn session_steps(&self, function: FunctionRef) -> Vec<SessionStep> {
        let Some(file) = self.file(function.file) else { return Vec::new() };
        let own = self.session_events(function).iter();
        let mut found: Vec<SessionStep> = own.map(|event| step(*event, None)).collect();
        for callee in self.callees(function) {
            if file.index().function_of(callee.call) != Some(function.id) {
                continue;
            }
            for sum in self.sums_at(file, callee) {
                let through = Some(callee.function);
                let event = |action| SessionEvent { action, session: sum.session, expr: callee.call };
                if sum.writes {
                    found.push(step(event(SessionAction::Write), through));
                }
                if sum.commits {
                    found.push(step(event(SessionAction::Commit), through));
                }
            }
        }
        found.sort_by_key(|step| (file.module().span(step.expr).end, step.expr, step.through));
        found
    }

    /// What a call does to the sessions of the caller.
    fn sums_at(&self, file: File<'_>, callee: &Callee) -> Vec<Sum> {
        let sums = self.transactions.sums.get(&callee.function).map(Vec::as_slice).unwrap_or_default();
        let Some(call) = Call::of(file.module(), callee.call) else { return Vec::new() };
        let known = sums.iter().filter_map(|sum| {
            let session = self.session_of_caller(file, call, callee.function, sum.session)?;
            Some(Sum { session, ..*sum })
        });
        known.collect()
    }

    /// The session that a callee's session is to its caller.
    fn session_of_caller(
        &self,
        file: File<'_>,
        call: Call<'_>,
        callee: FunctionRef,
        session: Session,
    ) -> Option<Session> {
        let Session::Param(owner, place) = session else {
            return (!matches!(session, Session::Local(..))).then_some(session);
        };
        if owner == callee {
            let given = self.given(file, call, callee, place)?;
            return self.session(given.file, given.expr);
        }
        // What the object got when it was made.
        let receiver = call.receiver()?;
        if file.text_of(receiver) == "self" {
            return Some(session);
        }
        let origin = self.resolve(file.id(), receiver).origin()?;
        let maker = self.file(origin.file)?;
        let given = self.given(maker, Call::of(maker.module(), origin.expr)?, owner, place)?;
        self.session(given.file, given.expr)
    }

    /// The argument that a call passes for a parameter.
    fn given(&self, file: File<'_>, call: Call<'_>, callee: FunctionRef, place: u32) -> Option<ExprRef> {
        let view = self.file(callee.file)?;
        let param = view.module().list(view.function(callee.id).params).get(place as usize)?;
        let at = |expr| Some(ExprRef { file: file.id(), expr });
        if let Some(argument) = call.keyword(view.module().text(param.name)) {
            return at(argument.value);
        }
        let is_method = view.index().class_of(view.module(), callee.id).is_some();
        let is_static = view
            .module()
            .list(view.function(callee.id).decorators)
            .iter()
            .any(|decorator| view.text_of(decorator.expr) == "staticmethod");
        at(call.positional((place as usize).checked_sub(usize::from(is_method && !is_static))?)?)
    }

    /// Reads what all functions do with sessions.
    pub(crate) fn find_transactions(&self) -> Transactions {
        let mut found = Transactions::default();
        let is_relevant = |file: &File<'_>| !matches!(file.role(), Role::Test | Role::Frozen);
        let files: Vec<File<'_>> = self.files().filter(is_relevant).collect();
        let functions = |file: &File<'_>| {
            let file = *file;
            file.module().function_ids().map(move |id| FunctionRef::new(file.id(), id)).collect::<Vec<_>>()
        };
        let with_events = files.par_iter().flat_map_iter(functions).filter_map(|function| {
            let events = self.find_session_events(function);
            (!events.is_empty()).then_some((function, events))
        });
        found.events = with_events.collect();
        if found.events.is_empty() {
            return found;
        }
        found.sums =
            found.events.iter().map(|(&function, events)| (function, own_sums(self, function, events))).collect();
        found
    }

    /// Adds what callees do, and follows sessions from where they come from.
    pub(crate) fn follow_sessions(&mut self) {
        let callers = self.session_callers();
        for _ in 0..MAX_DEPTH {
            let rounds: Vec<(FunctionRef, Vec<Sum>)> =
                callers.par_iter().map(|&function| (function, self.deeper_sums(function))).collect();
            self.transactions.sums.extend(rounds.into_iter().filter(|(_, sums)| !sums.is_empty()));
        }
        self.transactions.sources = self.find_sources(&callers);
    }

    fn deeper_sums(&self, function: FunctionRef) -> Vec<Sum> {
        let mut sums = self.transactions.sums.get(&function).cloned().unwrap_or_default();
        let Some(file) = self.file(function.file) else { return sums };
        for callee in self.callees(function) {
            if file.index().function_of(callee.call) == Some(function.id) && is_certain(file, callee.call) {
                for sum in self.sums_at(file, callee) {
                    add(&mut sums, sum);
                }
            }
        }
        sums
    }

    /// The functions that may call something that uses a session, or hand one on, in source order.
    fn session_callers(&self) -> Vec<FunctionRef> {
        let mut names: FxHashSet<&str> = FxHashSet::default();
        let mut callers: FxHashSet<FunctionRef> = self.transactions.events.keys().copied().collect();
        let mut fresh: Vec<FunctionRef> = callers.iter().copied().collect();
        let calls: Vec<(FunctionRef, &str)> = self.named_calls();
        for _ in 0..=MAX_DEPTH {
            names.extend(fresh.iter().filter_map(|f| Some(self.file(f.file)?.function_name(f.id))));
            let more = calls.iter().filter(|(_, name)| names.contains(name)).map(|&(function, _)| function);
            fresh = more.filter(|function| callers.insert(*function)).collect();
        }
        let mut found: Vec<FunctionRef> = callers.into_iter().collect();
        found.sort_unstable();
        found
    }

    /// The names that functions call.
    fn named_calls(&self) -> Vec<(FunctionRef, &str)> {
        let files: Vec<File<'_>> =
            self.files().filter(|file| !matches!(file.role(), Role::Test | Role::Frozen)).collect();
        files.into_par_iter().flat_map_iter(calls_of_functions).collect()
    }

    fn find_sources(&self, callers: &[FunctionRef]) -> FxHashMap<Session, Vec<SessionSource>> {
        let edges: Vec<(Session, Session)> = callers.par_iter().flat_map_iter(|&f| self.handovers(f)).collect();
        let mut sources: FxHashMap<Session, Vec<SessionSource>> = FxHashMap::default();
        let mut fresh: Vec<Session> = Vec::new();
        let events = self.transactions.events.values().flatten().map(|event| event.session);
        let all: FxHashSet<Session> = events.chain(edges.iter().flat_map(|&(a, b)| [a, b])).collect();
        let mut all: Vec<Session> = all.into_iter().collect();
        all.sort_unstable();
        for session in all {
            if let Some(source) = self.unlent_source(session) {
                sources.insert(session, vec![source]);
                fresh.push(session);
            }
        }
        let mut onward: FxHashMap<Session, Vec<Session>> = FxHashMap::default();
        for (from, to) in edges {
            onward.entry(from).or_default().push(to);
        }
        while let Some(session) = fresh.pop() {
            let known = sources.get(&session).cloned().unwrap_or_default();
            for &to in onward.get(&session).map(Vec::as_slice).unwrap_or_default() {
                let there = sources.entry(to).or_default();
                let more: Vec<SessionSource> = known.iter().filter(|source| !there.contains(source)).copied().collect();
                if !more.is_empty() {
                    there.extend(more);
                    there.sort_by_key(|source| (source.at, source.end));
                    fresh.push(to);
                }
            }
        }
        sources
    }

    /// The sessions that a function hands on: its own, and the callee's parameter that gets it.
    fn handovers(&self, function: FunctionRef) -> Vec<(Session, Session)> {
        let Some(file) = self.file(function.file) else { return Vec::new() };
        let mut found = Vec::new();
        for callee in self.callees(function) {
            let Some(call) = Call::of(file.module(), callee.call) else { continue };
            let Some(target) = self.file(callee.function.file) else { continue };
            let count = target.module().list(target.function(callee.function.id).params).len();
            for place in (0..).take(count) {
                let Some(given) = self.given(file, call, callee.function, place) else { continue };
                if !matches!(file.module().expr(given.expr), Expr::Name(_) | Expr::Attribute { .. }) {
                    continue;
                }
                if let Some(session) = self.session(given.file, given.expr) {
                    found.push((session, Session::Param(callee.function, place)));
                }
            }
        }
        found
    }

    /// Where a session comes from, if it is not handed on by a call.
    fn unlent_source(&self, session: Session) -> Option<SessionSource> {
        match session {
            Session::Param(function, place) => {
                self.param_providers(function, place).into_iter().find_map(|provider| self.session_provider(provider))
            }
            Session::Local(..) => self.opened_session(session),
            Session::Attribute(..) | Session::Global(..) | Session::Scoped => None,
        }
    }
}

fn calls_of_functions(file: File<'_>) -> impl Iterator<Item = (FunctionRef, &str)> {
    file.calls().filter_map(move |call| {
        let function = file.index().function_of(call.expr)?;
        Some((FunctionRef::new(file.id(), function), call.name()?))
    })
}

fn step(event: SessionEvent, through: Option<FunctionRef>) -> SessionStep {
    SessionStep { action: event.action, session: event.session, expr: event.expr, through }
}

fn own_sums(project: &Project, function: FunctionRef, events: &[SessionEvent]) -> Vec<Sum> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let mut sums = Vec::new();
    for event in events.iter().filter(|event| is_certain(file, event.expr)) {
        let sum = Sum {
            session: event.session,
            writes: event.action == SessionAction::Write,
            commits: event.action == SessionAction::Commit,
        };
        if sum.writes || sum.commits {
            add(&mut sums, sum);
        }
    }
    sums
}

fn add(sums: &mut Vec<Sum>, sum: Sum) {
    match sums.iter_mut().find(|known| known.session == sum.session) {
        Some(known) => {
            known.writes |= sum.writes;
            known.commits |= sum.commits;
        }
        None => sums.push(sum),
    }
}

/// Whether a call is made whatever the caller asked for: not in an `except` clause, and not under a flag such as
/// `if commit:`.
fn is_certain(file: File<'_>, expr: ExprId) -> bool {
    let Some(stmt) = file.index().stmt_of(expr) else { return false };
    let module = file.module();
    !file.index().stmt_ancestors(stmt).any(|parent| match (parent.block, module.stmt(parent.stmt)) {
        (Block::Handler(_), _) => true,
        (Block::Clause(at), Stmt::If { clauses, .. }) => module.list(clauses).get(at as usize).is_some_and(|clause| {
            let test = file.text_of(clause.test).to_ascii_lowercase();
            test.contains("commit") || test.contains("flush") || test.contains("save")
        }),
        _ => false,
    })
}
