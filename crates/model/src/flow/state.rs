//! What a function knows at one place of its body.

use backlint_syntax::ast::Symbol;
use rustc_hash::FxHashMap;

use super::flags::Flags;
use super::hazard::Hazards;
use super::origin::Origin;
use super::value::{Taint, Value};

/// The values of local names, and what has been checked on the way here.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    values: FxHashMap<Symbol, Value>,
    checked: Vec<Check>,
    /// Names that remember how checks went.
    pub(super) flags: Flags,
}

/// What is known of an origin after a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) origin: Origin,
    pub(super) against: Hazards,
}

/// How many checks are remembered.
const MAX_CHECKS: usize = 48;

impl State {
    pub(super) fn get(&self, name: Symbol) -> Value {
        self.values.get(&name).cloned().unwrap_or_default()
    }

    pub(super) fn is_bound(&self, name: Symbol) -> bool {
        self.values.contains_key(&name)
    }

    pub(super) fn set(&mut self, name: Symbol, value: Value) {
        self.flags.forget(name);
        self.values.insert(name, value);
    }

    /// Something is put into what the name stands for, which makes it this value.
    pub(super) fn change(&mut self, name: Symbol, value: Value) {
        self.flags.fill(name);
        self.values.insert(name, value);
    }

    pub(super) fn checks(&self) -> &[Check] {
        &self.checked
    }

    pub(super) fn check(&mut self, check: &Check) {
        if let Some(known) = self.checked.iter_mut().find(|known| known.origin == check.origin) {
            known.against = known.against.and(check.against);
        } else if self.checked.len() < MAX_CHECKS {
            self.checked.push(check.clone());
        }
    }

    pub(super) fn check_all(&mut self, checks: &[Check]) {
        for check in checks {
            self.check(check);
        }
    }

    /// Where an origin does no harm at this place.
    pub(super) fn safety(&self, taint: &Taint) -> Hazards {
        let known = self.checked.iter().filter(|check| check.origin.covers(&taint.origin));
        known.fold(taint.safe, |safe, check| safe.and(check.against))
    }

    /// The value with what has been checked of it written into it, for use elsewhere.
    pub(super) fn settled(&self, value: &Value) -> Value {
        if self.checked.is_empty() || value.is_nothing() {
            return value.clone();
        }
        value.map(&|taint| taint.safe = self.safety(taint))
    }

    /// The state behind two ways that meet.
    pub(super) fn meet(&mut self, other: &Self) {
        self.flags.meet(&self.checked, &other.flags, &other.checked);
        if self.checked == other.checked {
            self.join_values(other);
            return;
        }
        // What was checked on one way only is written into the values of that way: `if not ok(x): x = default`.
        let mut other = other.clone();
        other.settle();
        self.settle();
        self.join_values(&other);
        self.checked = common(&self.checked, &other.checked);
    }

    fn settle(&mut self) {
        if self.checked.is_empty() {
            return;
        }
        let mut values = std::mem::take(&mut self.values);
        #[expect(clippy::iter_over_hash_type, reason = "each value is changed by itself; the order changes nothing")]
        for value in values.values_mut() {
            *value = self.settled(value);
        }
        self.values = values;
    }

    /// The state behind a loop: what was checked of each element holds for all, also if there is none.
    pub(super) fn meet_after_loop(&mut self, body: &Self) {
        self.join_values(body);
        self.flags.meet_after_loop(&body.flags, &body.checked);
        self.check_all(&body.checked);
    }

    fn join_values(&mut self, other: &Self) {
        #[expect(clippy::iter_over_hash_type, reason = "each name is joined by itself; the order changes nothing")]
        for (&name, value) in &other.values {
            let known = self.values.entry(name).or_default();
            *known = known.joined(value);
        }
    }
}

/// What both lists say.
pub(super) fn common(a: &[Check], b: &[Check]) -> Vec<Check> {
    let both = a.iter().filter_map(|check| {
        let covering = b.iter().filter(|other| other.origin.covers(&check.origin));
        let against = covering.fold(Hazards::NONE, |all, other| all.and(other.against)).common(check.against);
        (!against.is_empty()).then(|| Check { origin: check.origin.clone(), against })
    });
    both.collect()
}
