//! Guards: what stands between a caller and a handler, and whether it can turn the caller away.

mod chain;
mod classify;
mod combine;
mod decorator_lists;
mod exits;
mod factories;
mod known;
mod permissions;
mod sign_up;
mod stranger;

use std::collections::BTreeSet;

use backlint_source::Location;

pub(crate) use classify::{Classifier, GuardClass};
pub(crate) use combine::decide;
pub(crate) use exits::{Rejection, all_calls, all_statements, exit};

/// Through which link a guard reaches a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GuardLink {
    /// A decorator of the handler.
    Decorator,
    /// A dependency of the signature or of the route decorator.
    Dependency,
    /// A dependency of the router.
    Router,
    /// A dependency given with the registration.
    Include,
    /// A dependency of the app.
    App,
    /// A request hook.
    Hook,
    /// A middleware.
    Middleware,
    /// An attribute, decorator or base of the view's class.
    Class,
    /// A check in the body.
    Body,
    /// A verified signature of the request.
    Signature,
}

/// Whether a route is guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing turns an anonymous caller away, and everything on the way resolved.
    No,
    /// As [`No`](Self::No), and meant to be so.
    Public,
    /// Something on the way did not resolve.
    Unknown,
    /// A guard that configuration can switch off.
    Conditional,
    /// A guard.
    Yes,
}

/// The verdict on a route and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarding {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is public or unknown.
    pub reason: Option<String>,
    /// Of several methods, those that strangers are turned away from while the others are open to them.
    pub guarded_methods: BTreeSet<String>,
}

impl Guarding {
    /// The same verdict for all methods.
    pub(crate) fn new(verdict: Verdict, reason: Option<String>) -> Self {
        Self { verdict, reason, guarded_methods: BTreeSet::new() }
    }
}

/// Something that stands before a handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Its name in the code.
    pub name: String,
    /// Through which link it reaches the route.
    pub link: GuardLink,
    /// Whether it guards.
    pub verdict: Verdict,
    /// Its definition, or its use when it comes from a library.
    pub at: Location,
    /// Where it is put in front of the route: the decorator, the parameter, the element of a list, the call that
    /// attaches it, or the name of the function whose body holds it.
    pub used: Location,
}
