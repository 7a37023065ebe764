//! What limits how often a route can be called.

mod counts;
mod denial;
mod finder;
mod gateway;
mod limiters;

use std::collections::BTreeMap;

use backlint_source::Location;

use super::Web;
use super::containers::ContainerId;
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
    let gateways = gateway::Gateways::read(project);
    let mut finder = finder::Finder::new(project, web, options);
    for route in &mut *routes {
        let mut found = finder.throttles(route, hooks);
        if found.is_empty() && !finder.is_exempt(route) {
            found.extend(defaults.clone());
        }
        if found.is_empty() {
            route.proxy_limit = gateways.throttle(project, route);
        }
        route.throttles = found;
    }
    settle_chosen(routes);
}

/// Limits of proxies that hold for less than half of an application were chosen for the routes behind them.
fn settle_chosen(routes: &mut [Route]) {
    let mut all: BTreeMap<ContainerId, usize> = BTreeMap::new();
    let mut limited: BTreeMap<(ContainerId, Location), usize> = BTreeMap::new();
    for route in routes.iter() {
        let Some(app) = route.app else { continue };
        *all.entry(app).or_default() += 1;
        if let Some(limit) = &route.proxy_limit {
            *limited.entry((app, limit.at)).or_default() += 1;
        }
    }
    for route in routes {
        let is_chosen = |limit: &mut Throttle| {
            route.app.is_some_and(|app| {
                let behind = limited.get(&(app, limit.at)).copied().unwrap_or_default();
                behind * 2 < all.get(&app).copied().unwrap_or_default()
            })
        };
        route.throttles.extend(route.proxy_limit.take_if(is_chosen));
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
