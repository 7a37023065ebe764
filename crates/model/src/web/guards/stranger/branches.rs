//! Conditions and loops: the ways of a stranger part and come together again.

use backlint_syntax::ast::{Body, Case, ExprId, IfClause, Pattern, PatternId, Stmt};

use super::statements::{Frame, State};
use super::values::{About, Value};
use super::{End, Exit};
use crate::web::guards::exits::{self, Rejection};

impl Frame<'_, '_> {
    pub(super) fn branches(&mut self, clauses: &[IfClause], orelse: Body) -> bool {
        let Some((first, rest)) = clauses.split_first() else { return self.body(orelse) };
        let test = self.eval(first.test);
        if self.is_over {
            return false;
        }
        let by_caller = self.state.by_caller;
        match test.truth {
            Some(taken) => {
                self.mark(test);
                let goes_on = if taken { self.body(first.body) } else { self.branches(rest, orelse) };
                // What comes next is for everybody, unless the others have left.
                let others_left = if taken { !rest.is_empty() || self.ends(orelse) } else { self.ends(first.body) };
                if !others_left {
                    self.state.by_caller = by_caller;
                }
                goes_on
            }
            None => self.fork(test, |frame| frame.body(first.body), |frame| frame.branches(rest, orelse)),
        }
    }

    /// What follows is decided by a test.
    fn mark(&mut self, test: Value) {
        if test.about.has(About::CALLER) {
            self.state.by_caller = true;
            self.state.has_worked = false;
            self.ran.tells_apart = true;
        }
        if test.about.has(About::SIGNATURE) {
            self.state.under = self.state.under.with(About::SIGNATURE);
        }
    }

    /// Whether a block never goes on behind its end, as far as its last statement says.
    fn ends(&self, body: Body) -> bool {
        let module = self.file.module();
        module.list(body).last().is_some_and(|&last| match module.stmt(last) {
            Stmt::Return(_) | Stmt::Raise { .. } | Stmt::Continue | Stmt::Break => true,
            Stmt::Expr(value) => exits::ended(self.stranger.project, self.file, value).is_some(),
            _ => false,
        })
    }

    /// Both ways of a test that could not be told. When one of them refuses and the test is about the caller, strangers
    /// take that one.
    pub(super) fn fork(
        &mut self,
        test: Value,
        taken: impl FnOnce(&mut Self) -> bool,
        other: impl FnOnce(&mut Self) -> bool,
    ) -> bool {
        let before = self.state.clone();
        let outer = std::mem::take(&mut self.exits);
        let condition = before.under.with(test.about.as_condition());
        self.state.under = condition;
        let first_goes_on = taken(self);
        self.is_over = false;
        let mut first = std::mem::replace(&mut self.exits, outer);
        let after_first = std::mem::replace(&mut self.state, before.clone());
        let outer = std::mem::take(&mut self.exits);
        self.state.under = condition;
        let second_goes_on = other(self);
        self.is_over = false;
        let mut second = std::mem::replace(&mut self.exits, outer);
        let is_closed =
            |goes_on: bool, exits: &[Exit]| !goes_on && !exits.is_empty() && exits.iter().all(Exit::is_refusal);
        let is_switched = test.about.has(About::SETTINGS) || test.about.has(About::SITE);
        for (goes_on, exits) in [(first_goes_on, &mut first), (second_goes_on, &mut second)] {
            if is_closed(goes_on, exits) && tells_of_caller(test, exits) {
                for exit in exits.iter_mut() {
                    exit.by_caller = true;
                }
            }
        }
        let refuses =
            |goes_on, exits: &[Exit]| is_closed(goes_on, exits) && tells_of_caller(test, exits) && !is_switched;
        match (refuses(first_goes_on, &first), refuses(second_goes_on, &second)) {
            (true, false) => return self.only(first, before.under),
            (false, true) => return self.only(second, before.under),
            _ => {}
        }
        self.leave_all(first);
        self.leave_all(second);
        match (first_goes_on, second_goes_on) {
            (true, true) => self.join(after_first, before.under),
            (true, false) => self.state = after_first,
            (false, _) => {}
        }
        first_goes_on || second_goes_on
    }

    fn only(&mut self, exits: Vec<Exit>, under: About) -> bool {
        let signed = |exit: &Exit| exit.under.has(About::SIGNATURE);
        self.leave_all(exits.into_iter().map(|exit| {
            let under = if signed(&exit) { under.with(About::SIGNATURE) } else { under };
            Exit { under, ..exit }
        }));
        false
    }

    /// Two ways come together again.
    pub(super) fn join(&mut self, other: State, under: About) {
        for (name, value) in other.env {
            self.state.env.entry(name).and_modify(|own| *own = own.or(value)).or_insert(value);
        }
        self.state.by_caller &= other.by_caller;
        self.state.is_stuck &= other.is_stuck;
        self.state.has_worked |= other.has_worked;
        self.state.under = under;
    }

    pub(super) fn for_loop(&mut self, target: ExprId, iter: ExprId, body: Body, orelse: Body) -> bool {
        let over = self.eval(iter);
        if self.is_over {
            return false;
        }
        let element = if over.is_missing { Value::missing() } else { Value::unknown(over.about) };
        self.bind(target, element);
        self.bind_texts(target, iter);
        self.repeated(Value::unknown(over.about), body) && self.body(orelse)
    }

    pub(super) fn while_loop(&mut self, test: ExprId, body: Body, orelse: Body) -> bool {
        let tested = self.eval(test);
        if self.is_over {
            return false;
        }
        match tested.truth {
            Some(false) => self.body(orelse),
            _ => self.repeated(tested, body) && self.body(orelse),
        }
    }

    /// A block that runs some times. One that always refuses strangers does so in its first round.
    fn repeated(&mut self, over: Value, body: Body) -> bool {
        let before = self.state.clone();
        let mark = self.exits.len();
        let goes_on = self.body(body);
        self.is_over = false;
        let new = &self.exits[mark..];
        if !goes_on && !new.is_empty() && new.iter().all(Exit::refuses_strangers) {
            return false;
        }
        let condition = Value::unknown(over.about).about.as_condition();
        for exit in &mut self.exits[mark..] {
            exit.under = exit.under.with(condition);
        }
        let after = std::mem::replace(&mut self.state, before.clone());
        if goes_on {
            self.join(after, before.under);
        }
        true
    }

    pub(super) fn cases(&mut self, subject: Value, cases: &[Case]) -> bool {
        let Some((first, rest)) = cases.split_first() else { return true };
        if first.guard.is_none() && self.is_irrefutable(first.pattern) {
            self.mark(subject);
            return self.body(first.body);
        }
        if subject.is_missing {
            return self.cases(subject, rest);
        }
        self.fork(Value::unknown(subject.about), |frame| frame.body(first.body), |frame| frame.cases(subject, rest))
    }

    fn is_irrefutable(&self, pattern: PatternId) -> bool {
        matches!(self.file.module().pattern(pattern), Pattern::As { pattern: None, .. })
    }
}

/// Whether a test that decides between refusing and going on is about who is calling.
fn tells_of_caller(test: Value, refusals: &[Exit]) -> bool {
    if test.about.has(About::FOREIGN) {
        return false;
    }
    let ends = |is: &dyn Fn(Rejection) -> bool| {
        refusals.iter().all(|exit| matches!(exit.end, End::Refused(rejection) if is(rejection)))
    };
    let asks_for_login = |rejection: Rejection| rejection == Rejection::Unauthenticated;
    let denies = |rejection: Rejection| matches!(rejection, Rejection::Unauthenticated | Rejection::Forbidden);
    let may_deny = |rejection: Rejection| denies(rejection) || rejection == Rejection::Unclear;
    test.about.has(About::SIGNATURE)
        || ends(&asks_for_login)
        || test.about.has(About::CALLER) && ends(&may_deny)
        || test.about.has(About::REQUEST) && ends(&denies)
}
