//! What limits how often a route can be called.

mod counts;
mod denial;
mod finder;
mod limiters;

use backlint_source::Location;

use super::Web;
use super::hooks::Hook;
use super::routes::Route;
use crate::Project;
use crate::link::Options;

pub use limiters::{GivenStorage, Limiter, LimiterLibrary, StorageSetting, Wiring};
pub(crate) use limiters::{Limiters, find};

/// Where a throttle keeps its counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageKind {
    /// In one process.
    Memory,
    /// In a store that all processes share.
    Shared,
    /// Could not be told.
    Unknown,
}

/// What a throttle counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrottleKey {
    /// The address at the other end of the connection.
    Peer,
    /// A header that says whom a proxy forwarded the request for.
    Forwarded,
    /// The user, account or token of the caller.
    Account,
    /// The same for everybody.
    Constant,
    /// Could not be told.
    Unknown,
}

/// Something that limits how often a route can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Its name in the code.
    pub name: String,
    /// Where it is applied or defined.
    pub at: Location,
    /// Where it keeps its counts.
    pub storage: StorageKind,
    /// What it counts by.
    pub key: ThrottleKey,
}

/// Fills in the throttles of all routes.
pub(crate) fn decide(project: &Project, web: &Web, hooks: &[Hook], options: &Options, routes: &mut [Route]) {
    let defaults = web.limiters.default_limits();
    let mut finder = finder::Finder::new(project, web, options);
    for route in routes {
        let mut found = finder.throttles(route, hooks);
        if found.is_empty() && !finder.is_exempt(route) {
            found.extend(defaults.clone());
        }
        route.throttles = found;
    }
}

impl Project {
    /// All limiter objects of libraries.
    pub fn limiters(&self) -> &[Limiter] {
        &self.web.limiters.list
    }

    /// The places that set the storage of limiters through the configuration of the app or the environment.
    pub fn limiter_storage_settings(&self) -> &[StorageSetting] {
        &self.web.limiters.settings
    }

    /// Whether a function itself answers 429 or asks a limiter that could not be resolved.
    pub fn counts_callers_out(&self, function: crate::FunctionRef) -> bool {
        denial::denies_itself(self, function)
    }
}
