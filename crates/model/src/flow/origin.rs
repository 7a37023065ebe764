//! Where a value comes from, and the steps it took since.

use std::sync::Arc;

use backlint_source::Location;

use crate::resolve::{ClassRef, FunctionRef};

/// The name of an attribute, key or place in a tuple.
pub(super) type Name = Arc<str>;

/// How many attributes and keys deep values are told apart.
const MAX_PATH: usize = 4;

/// An element of a list, or the value of a key that is not known.
pub(super) const ELEMENT: &str = "*";
/// A key of a dict.
pub(super) const KEY: &str = "~key";
/// What a loop over it hands in: an element of a list, a key of a dict.
pub(super) const EACH: &str = "~each";
/// In a dict that the program builds, the values of keys that are not known.
pub(super) const VALUE: &str = "~value";

/// What a value is part of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Root {
    /// A parameter of the function at hand.
    Param(u32),
    /// Something that hands in what a client sent, by its dotted path: `flask.request.args`.
    Source(Name),
    /// A row of a mapped class that comes from the database.
    Row(ClassRef),
}

/// A column of a mapped class: its place among the attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ColumnRef {
    pub(super) model: ClassRef,
    pub(super) place: u32,
}

/// Where a program keeps a value between requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Shelf {
    /// A column of a mapped class.
    Column(ColumnRef),
    /// A key of the session of a client.
    Session(Name),
}

/// A root and the attributes and keys that lead from it to the value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Origin {
    pub(super) root: Root,
    pub(super) path: Vec<Name>,
}

/// One step of a value's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    /// It is read from what the client sent.
    Read,
    /// It is passed as the parameter at this place.
    Passed(FunctionRef, u32),
    /// The host that it names answers.
    Fetched,
    /// This function returns it.
    Returned(FunctionRef),
    /// It is put there.
    Stored(Shelf),
    /// It is read from there.
    Loaded(Shelf),
}

/// The way of a value so far, last step first.
#[derive(Clone, Debug, Default)]
pub(super) struct Trace(Option<Arc<TraceStep>>);

#[derive(Debug)]
struct TraceStep {
    at: Location,
    kind: StepKind,
    before: Trace,
    length: u32,
}

/// How many steps of a way are kept.
const MAX_STEPS: u32 = 24;

impl Origin {
    pub(super) fn of(root: Root) -> Self {
        Self { root, path: Vec::new() }
    }

    /// The origin of the attribute or key `name` of a value.
    pub(super) fn member(&self, name: &str) -> Self {
        let mut path = self.path.clone();
        if path.len() < MAX_PATH {
            path.push(name.into());
        }
        Self { root: self.root.clone(), path }
    }

    /// Whether `other` is this value or a part of it.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.root == other.root
            && self.path.len() <= other.path.len()
            && self.path.iter().zip(&other.path).all(|(a, b)| may_be_same(a, b))
    }
}

/// Whether a name stands for any element of a list.
pub(super) fn is_element(name: &str) -> bool {
    matches!(name, ELEMENT | EACH) || name.parse::<usize>().is_ok()
}

/// Whether two names may mean one part: what a loop hands in is an element or a key.
fn may_be_same(a: &str, b: &str) -> bool {
    a == b || matches!((a, b), (EACH, ELEMENT | KEY) | (ELEMENT | KEY, EACH))
}

impl Trace {
    pub(super) fn then(&self, at: Location, kind: StepKind) -> Self {
        let length = self.0.as_ref().map_or(0, |step| step.length) + 1;
        if length > MAX_STEPS {
            return self.clone();
        }
        Self(Some(Arc::new(TraceStep { at, kind, before: self.clone(), length })))
    }

    /// This way, then the way inside a function that was called.
    pub(super) fn continued(&self, inner: &Self) -> Self {
        inner.steps().into_iter().fold(self.clone(), |trace, (at, kind)| trace.then(at, kind))
    }

    pub(super) fn len(&self) -> u32 {
        self.0.as_ref().map_or(0, |step| step.length)
    }

    /// The steps from the first to the last.
    pub(super) fn steps(&self) -> Vec<(Location, StepKind)> {
        let mut steps = Vec::new();
        let mut current = self.0.as_ref();
        while let Some(step) = current {
            steps.push((step.at, step.kind.clone()));
            current = step.before.0.as_ref();
        }
        steps.reverse();
        steps
    }
}
