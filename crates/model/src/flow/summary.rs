//! What calling a function does with its parameters.

use super::hazard::Hazard;
use super::origin::{Name, Origin, Root, Shelf, StepKind, Trace};
use super::state::Check;
use super::value::{Taint, Value};
use crate::resolve::{ExprRef, FunctionRef};
use backlint_source::Location;

/// How many places one function can hand a parameter to before the rest is left out.
const MAX_SINKS: usize = 48;
/// How many places one function can keep a parameter in before the rest is left out.
const MAX_WRITES: usize = 64;

/// A place where a value does harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Sink {
    pub(super) hazard: Hazard,
    /// The call or expression that does it.
    pub(super) at: ExprRef,
    /// The function around it.
    pub(super) function: FunctionRef,
}

/// A value that reaches such a place.
#[derive(Clone, Debug)]
pub(super) struct Reached {
    pub(super) sink: Sink,
    pub(super) taint: Taint,
    /// Whether what the client calls the value, its name or type, was looked at on every way.
    pub(super) is_labelled: bool,
}

/// A value that is kept for other requests.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) shelf: Shelf,
    /// The key of it in a column of JSON; none for all of it.
    pub(super) key: Option<Name>,
    /// Where.
    pub(super) at: Location,
    pub(super) taint: Taint,
}

/// What calling a function does.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    /// What it returns.
    pub(super) returns: Value,
    /// Where its parameters and the sources in it end up.
    pub(super) sinks: Vec<Reached>,
    /// Where they are kept.
    pub(super) writes: Vec<Written>,
    /// What is known of its parameters once it has returned.
    pub(super) checks: Vec<Check>,
    /// Whether every way through it ends in an exception.
    pub(super) never_returns: bool,
    /// What the first parameter of a method looks like after it.
    pub(super) receiver: Value,
}

impl Summary {
    pub(super) fn reach(&mut self, reached: Reached) {
        let is_known = |known: &Reached| known.sink == reached.sink && known.taint.origin == reached.taint.origin;
        if let Some(known) = self.sinks.iter_mut().find(|known| is_known(known)) {
            known.taint.is_joined |= reached.taint.is_joined;
            known.is_labelled &= reached.is_labelled;
        } else if self.sinks.len() < MAX_SINKS {
            self.sinks.push(reached);
        }
    }

    pub(super) fn write(&mut self, written: Written) {
        let is_known = |known: &Written| {
            (&known.shelf, &known.key, &known.taint.origin) == (&written.shelf, &written.key, &written.taint.origin)
        };
        if let Some(known) = self.writes.iter_mut().find(|known| is_known(known)) {
            known.taint.safe = known.taint.safe.common(written.taint.safe);
        } else if self.writes.len() < MAX_WRITES {
            self.writes.push(written);
        }
    }

    /// Whether something happens to a value of such an origin.
    pub(super) fn uses_any(&self, is_meant: &dyn Fn(&Origin) -> bool) -> bool {
        let is_meant = |taint: &Taint| is_meant(&taint.origin);
        self.sinks.iter().any(|reached| is_meant(&reached.taint))
            || self.writes.iter().any(|written| is_meant(&written.taint))
            || self.returns.flat().taints().iter().any(is_meant)
    }

    /// Whether another round said nothing new; ways are not compared.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let sinks = |summary: &Self| summary.sinks.len();
        sinks(self) == sinks(other)
            && self.writes.len() == other.writes.len()
            && self.checks == other.checks
            && self.returns.taints().len() == other.returns.taints().len()
            && self.receiver.fields().count() == other.receiver.fields().count()
    }
}

/// One call of a function whose summary is known.
pub(super) struct Application<'a> {
    pub(super) callee: FunctionRef,
    /// Where it is called.
    pub(super) at: Location,
    /// The value of each parameter.
    pub(super) given: &'a [Value],
}

impl Application<'_> {
    /// The values that the caller passes where the callee means `origin`; none for something that is no parameter.
    fn passed(&self, origin: &Origin) -> Option<Value> {
        match origin.root {
            Root::Param(place) => Some(self.given.get(place as usize)?.descend(&origin.path)),
            Root::Source(_) | Root::Row(_) => None,
        }
    }

    /// What the caller gets for a value of the callee.
    pub(super) fn returned(&self, value: &Value) -> Value {
        value.flat_map(&|inner| {
            let Root::Param(_) = inner.origin.root else {
                let trace = inner.trace.then(self.at, StepKind::Returned(self.callee));
                return Value::of(Taint { trace, ..inner.clone() });
            };
            let Some(passed) = self.passed(&inner.origin) else { return Value::default() };
            // The whole object comes back with all that it holds.
            passed.map(&|taint| {
                *taint = combined(taint, inner);
                taint.trace = taint.trace.then(self.at, StepKind::Returned(self.callee));
            })
        })
    }

    /// Where the caller's values end up in the callee.
    pub(super) fn reached(&self, inner: &Reached) -> Vec<Reached> {
        let Root::Param(place) = inner.taint.origin.root else { return Vec::new() };
        let Some(passed) = self.passed(&inner.taint.origin) else { return Vec::new() };
        let flat = passed.flat();
        let harmful = flat.taints().iter().filter(|taint| !taint.safe.contains(inner.sink.hazard));
        harmful
            .map(|taint| {
                let way = taint.trace.then(self.at, StepKind::Passed(self.callee, place));
                let trace: Trace = way.continued(&inner.taint.trace);
                let taint = Taint { trace, ..combined(taint, &inner.taint) };
                Reached { sink: inner.sink, taint, is_labelled: inner.is_labelled }
            })
            .collect()
    }

    /// Where the caller's values are kept in the callee.
    pub(super) fn written(&self, inner: &Written) -> Vec<Written> {
        let Root::Param(place) = inner.taint.origin.root else { return Vec::new() };
        let passed = self.passed(&inner.taint.origin).unwrap_or_default().flat();
        let written = passed.taints().iter().map(|taint| {
            let way = taint.trace.then(self.at, StepKind::Passed(self.callee, place));
            let taint = Taint { trace: way.continued(&inner.taint.trace), ..combined(taint, &inner.taint) };
            Written { taint, ..inner.clone() }
        });
        written.collect()
    }

    /// What is known of the caller's values once the callee has returned.
    pub(super) fn checked(&self, check: &Check) -> Vec<Check> {
        let passed = self.passed(&check.origin).unwrap_or_default();
        let taints = passed.taints().iter();
        taints.map(|taint| Check { origin: taint.origin.clone(), against: check.against }).collect()
    }
}

/// A value of the caller after what the callee did with it.
fn combined(outer: &Taint, inner: &Taint) -> Taint {
    Taint {
        origin: outer.origin.clone(),
        part: if inner.part == super::value::Part::Whole { outer.part } else { inner.part },
        safe: outer.safe.and(inner.safe),
        proves: if inner.proves.is_empty() { outer.proves } else { inner.proves },
        is_lookup: if inner.proves.is_empty() { outer.is_lookup } else { inner.is_lookup },
        is_joined: outer.is_joined || inner.is_joined,
        is_markup: outer.is_markup || inner.is_markup,
        trace: outer.trace.clone(),
    }
}
