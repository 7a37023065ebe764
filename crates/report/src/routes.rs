//! The route inventory: as JSON, and its rows by application for people.

mod markdown;
mod text;

use std::collections::BTreeMap;
use std::io;

use backlint_finding::{GuardState, RouteEffect, RouteRow};
use serde::Serialize;

use crate::json::VERSION;
use crate::json_text::write_pretty;
use crate::words::{count, word};
pub use markdown::render_routes_markdown;
pub use text::render_routes_text;

/// Titles of the columns for people.
const TITLES: [&str; 6] = ["METHOD", "PATH", "GUARD", "THROTTLE", "EFFECT", "HANDLER"];
/// Guards named for one route; the JSON has all of them.
const MOST_GUARDS: usize = 3;

/// Writes the inventory as `{"version": 1, "routes": […]}`.
pub fn render_routes_json(routes: &[RouteRow], out: &mut dyn io::Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document<'a> {
        version: u8,
        routes: &'a [RouteRow],
    }
    write_pretty(&Document { version: VERSION, routes }, out)
}

/// The routes of each application in their given order; those on none come last.
fn by_app(routes: &[RouteRow]) -> Vec<(&str, Vec<&RouteRow>)> {
    let mut apps: BTreeMap<(bool, &str), Vec<&RouteRow>> = BTreeMap::new();
    for route in routes {
        apps.entry((route.app.is_empty(), &route.app)).or_default().push(route);
    }
    apps.into_iter().map(|((_, app), routes)| (app, routes)).collect()
}

/// The name of an application, or what stands there for routes without one.
fn app_title(app: &str) -> &str {
    if app.is_empty() { "On no application" } else { app }
}

/// The names of the guards, and why there are none.
fn guard_details(route: &RouteRow) -> Vec<String> {
    let mut names: Vec<_> = route.guards.iter().map(|guard| guard.name.clone()).collect();
    let more = names.len().saturating_sub(MOST_GUARDS);
    names.truncate(MOST_GUARDS);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.extend(route.reason.clone());
    names
}

/// `2 routes: 1 guarded, 1 unguarded`.
fn total<'a>(routes: impl IntoIterator<Item = &'a RouteRow>) -> String {
    let mut states = BTreeMap::new();
    for route in routes {
        *states.entry(route.guard).or_insert(0_usize) += 1;
    }
    let number = states.values().sum();
    let states: Vec<_> = states.iter().map(|(state, number)| format!("{number} {}", word(state))).collect();
    if states.is_empty() {
        return "No routes found".to_owned();
    }
    format!("{}: {}", count(number, "route"), states.join(", "))
}

/// What a reader should look at first: routes that change state and that nothing guards. Empty if there are none.
fn exposed(routes: &[RouteRow]) -> String {
    let number = routes.iter().filter(|route| is_exposed(route)).count();
    match number {
        0 => String::new(),
        1 => "1 unguarded route changes state".to_owned(),
        number => format!("{number} unguarded routes change state"),
    }
}

fn is_exposed(route: &RouteRow) -> bool {
    route.guard == GuardState::Unguarded && route.effect == RouteEffect::StateChange
}
