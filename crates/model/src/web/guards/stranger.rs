//! What code does with a stranger: a caller who shows no identity.
//!
//! A function is walked as such a caller runs through it. What a stranger does not have (a session, a token, a user) is
//! missing, tests of it come out as they would, and both branches are walked where a test is about something else. A
//! function guards if strangers are refused because of who they are, and no way through is left.

mod branches;
mod calls;
mod digests;
mod expressions;
mod gates;
mod identity;
mod mappings;
mod parameters;
mod ran;
mod site;
mod statements;
mod tries;
mod values;

use rustc_hash::FxHashMap;

use super::classify::GuardClass;
use super::exits::Rejection;
use crate::Project;
use crate::resolve::FunctionRef;

pub(crate) use gates::{applied_decorators, gates_in};
pub(crate) use ran::Ran;
pub(crate) use site::Site;
pub(crate) use values::{About, Value};

/// As what a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// A helper or dependency: whoever gets an answer passes.
    Call,
    /// A wrapper of a handler or a middleware: who reaches what it wraps passes.
    Gate,
    /// A request hook: who gets no response passes.
    Hook,
    /// A handler.
    Body,
}

/// How a way through a function ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Refused(Rejection),
    Passed(Value),
}

/// One way through a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exit {
    pub(crate) end: End,
    /// The name of the exception, if it is one; empty when it could be any.
    raised: Option<String>,
    /// Whether it is taken because the caller is a stranger.
    by_caller: bool,
    /// What the tests on the way that could not be told are about.
    under: About,
}

impl Exit {
    fn is_refusal(&self) -> bool {
        matches!(self.end, End::Refused(_))
    }

    /// Whether it turns strangers away for being strangers.
    pub(crate) fn refuses_strangers(&self) -> bool {
        match self.end {
            End::Refused(Rejection::TooMany | Rejection::Failed) | End::Passed(_) => false,
            End::Refused(Rejection::Unauthenticated) => self.by_caller || !self.under.has(About::FOREIGN),
            End::Refused(Rejection::Forbidden) => self.by_caller || self.under.has(About::REQUEST),
            End::Refused(_) => self.by_caller,
        }
    }
}

/// All ways of a stranger through a function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) exits: Vec<Exit>,
    /// Whether code that the model does not see may refuse.
    pub(crate) has_unseen: bool,
    /// What strangers make the function run.
    pub(crate) ran: Ran,
}

impl Outcome {
    /// Whether what happens depends on the path, the endpoint or the method of the request.
    pub(crate) fn depends_on_site(&self) -> bool {
        self.exits.iter().any(|exit| {
            let answers = matches!(exit.end, End::Passed(value) if value.about.has(About::SITE));
            answers || exit.under.has(About::SITE)
        })
    }

    fn answers(&self) -> impl Iterator<Item = Value> + '_ {
        self.exits.iter().filter_map(|exit| match exit.end {
            End::Passed(value) => Some(value),
            End::Refused(_) => None,
        })
    }

    /// Whether it answers no to every stranger, because they are strangers.
    pub(crate) fn denies(&self) -> bool {
        self.answers()
            .reduce(Value::or)
            .is_some_and(|answer| answer.truth == Some(false) && answer.about.has(About::CALLER))
    }

    /// Whether it answers no to strangers on some way.
    pub(crate) fn may_deny(&self) -> bool {
        self.answers().any(|answer| answer.truth == Some(false) && answer.about.has(About::CALLER))
    }

    /// Whether it answers yes whatever happens.
    pub(crate) fn always_agrees(&self) -> bool {
        self.answers().all(|answer| answer.truth == Some(true))
    }

    /// Whether every way ends in a refusal.
    fn is_closed(&self) -> bool {
        !self.exits.is_empty() && self.exits.iter().all(Exit::is_refusal)
    }

    /// What that makes of the function.
    pub(crate) fn class(&self) -> GuardClass {
        let refusals: Vec<&Exit> = self.exits.iter().filter(|exit| exit.refuses_strangers()).collect();
        if refusals.is_empty() {
            let limits = self.exits.iter().any(|exit| matches!(exit.end, End::Refused(Rejection::TooMany)));
            return match (limits, self.has_unseen) {
                (_, true) => GuardClass::Unknown,
                (true, false) => GuardClass::Rate,
                (false, false) => GuardClass::Neutral,
            };
        }
        let mut switched = false;
        for passed in self.exits.iter().filter(|exit| !exit.is_refusal()) {
            if passed.by_caller && !passed.under.has(About::OTHER) && !passed.under.has(About::SETTINGS) {
                return GuardClass::Neutral;
            }
            let may_be_known = passed.under.has(About::CALLER.with(About::REQUEST));
            switched |= passed.under.has(About::SETTINGS.with(About::SITE)) && !may_be_known;
        }
        if switched {
            GuardClass::Conditional
        } else if refusals.iter().all(|exit| exit.under.has(About::SIGNATURE)) {
            GuardClass::Signature
        } else {
            GuardClass::Auth
        }
    }
}

/// How many functions deep a stranger is followed.
const MAX_DEPTH: usize = 6;
/// How many statements and calls are walked for one question.
const MAX_STEPS: u32 = 4_000;
/// The same for handlers, whose guards stand near the top.
const MAX_DEPTH_OF_BODIES: usize = 3;
const MAX_STEPS_OF_BODIES: u32 = 1_500;

/// A function, as what it is called, and with which arguments.
type Question = (FunctionRef, Role, Vec<Value>);

/// Walks functions as strangers, each once for the same arguments.
pub(crate) struct Stranger<'a> {
    project: &'a Project,
    known: FxHashMap<Question, Outcome>,
    /// Answers that were cut short by the depth, by how deep they could look.
    cut: FxHashMap<(usize, Question), Outcome>,
    active: Vec<FunctionRef>,
    max_depth: usize,
    steps: u32,
    was_cut: bool,
}

impl<'a> Stranger<'a> {
    pub(crate) fn new(project: &'a Project) -> Self {
        Self {
            project,
            known: FxHashMap::default(),
            cut: FxHashMap::default(),
            active: Vec::new(),
            max_depth: MAX_DEPTH,
            steps: 0,
            was_cut: false,
        }
    }

    /// What becomes of a stranger who gets to a function; with a site, at that site.
    pub(crate) fn outcome(&mut self, function: FunctionRef, role: Role, site: Option<&Site>) -> Outcome {
        (self.max_depth, self.steps) =
            if role == Role::Body { (MAX_DEPTH_OF_BODIES, MAX_STEPS_OF_BODIES) } else { (MAX_DEPTH, MAX_STEPS) };
        self.was_cut = false;
        let arguments = self.unbound(function, site);
        self.walk(function, role, &arguments, site)
    }

    fn walk(&mut self, function: FunctionRef, role: Role, arguments: &[Value], site: Option<&Site>) -> Outcome {
        let general = self.walk_anywhere(function, role, arguments);
        match site {
            Some(site) if general.depends_on_site() && !self.active.contains(&function) => {
                self.active.push(function);
                let outcome = statements::run(self, function, role, arguments, Some(site));
                self.active.pop();
                outcome
            }
            _ => general,
        }
    }

    /// As [`walk`](Self::walk), for a call on the way: it may use up half of the steps that are left, so that a helper
    /// that leads far away leaves enough for what follows it.
    fn walk_callee(&mut self, function: FunctionRef, arguments: &[Value], site: Option<&Site>) -> Outcome {
        let share = self.steps.div_ceil(2);
        let reserve = self.steps - share;
        self.steps = share;
        let outcome = self.walk(function, Role::Call, arguments, site);
        self.steps += reserve;
        outcome
    }

    /// As at a site of which nothing is known.
    fn walk_anywhere(&mut self, function: FunctionRef, role: Role, arguments: &[Value]) -> Outcome {
        let key = (function, role, arguments.to_vec());
        if let Some(known) = self
            .known
            .get(&key)
            .or_else(|| self.cut.get(&(self.max_depth - self.active.len().min(self.max_depth), key.clone())))
        {
            return known.clone();
        }
        if self.active.contains(&function) || self.active.len() >= self.max_depth {
            self.was_cut = true;
            let end = End::Passed(Value::unknown(About::NOTHING));
            let passed = Exit { end, raised: None, by_caller: false, under: About::NOTHING };
            return Outcome { exits: vec![passed], ..Outcome::default() };
        }
        let outer_was_cut = std::mem::take(&mut self.was_cut);
        self.active.push(function);
        let outcome = statements::run(self, function, role, arguments, None);
        self.active.pop();
        // An answer that was cut short holds that deep only.
        if !self.was_cut || self.active.is_empty() {
            self.known.insert(key, outcome.clone());
        } else if self.steps > 0 {
            self.cut.insert((self.max_depth - self.active.len(), key), outcome.clone());
        }
        self.was_cut |= outer_was_cut;
        outcome
    }

    /// Takes a step, unless the question has used up all of them.
    fn spend(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.was_cut |= self.steps == 0;
        self.steps > 0
    }
}
