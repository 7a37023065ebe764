//! Holds the inventory of routes to what the running frameworks serve: method, full path, handler and guard, in both
//! directions, for every small app below `fixtures/routes`.
//!
//! To add an app, put a folder there with an `app.py` that offers `app`, `create_app()` or a list `apps`; other modules
//! may lie beside it. Nothing else is needed: `ask.py` imports it, lists what its framework would serve and sends each
//! route a request without credentials, which is *refused* by 401, 403 or a redirect to a login page. Then
//!
//! - every route served is in the inventory, with the same handler, and every registered route there is served;
//! - `guarded` stands for a route that refuses, `public` and `unguarded` for one that does not.
//!
//! What a model cannot or should not know is said in `undecided.txt` beside `app.py`, one route a line: `unseen` for a
//! route that is served and not in the inventory (its module is named by a setting, say), `unknown`, `conditional` or
//! `partial` for one whose guard the inventory leaves open. A line that no longer holds fails the test too.
//!
//! `HEAD` and `OPTIONS` count only where code asks for them: frameworks answer them beside every `GET`.

mod claims;
mod frameworks;
#[path = "../python.rs"]
mod python;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use claims::{App, Route, State};

const APPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/routes");

#[test]
fn the_inventory_holds_what_the_frameworks_serve_and_nothing_else() {
    let root = Path::new(APPS).canonicalize().expect("the folder of the fixture apps");
    let mut faults = Vec::new();
    for (name, served) in frameworks::served(&root) {
        let folder = root.join(&name);
        let differences = match served {
            Ok(served) => differences(&App::read(&folder), &served),
            Err(trace) => vec![format!("cannot be imported:\n{trace}")],
        };
        faults.extend(differences.into_iter().map(|difference| format!("{name}: {difference}")));
    }
    assert!(faults.is_empty(), "{} differences:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_app_serves_routes() {
    let root = PathBuf::from(APPS);
    for (name, served) in frameworks::served(&root) {
        assert!(served.is_ok_and(|routes| !routes.is_empty()), "{name} serves nothing, so it shows nothing");
    }
}

/// What the inventory says of an app and does not hold, and what it leaves out.
fn differences(app: &App, served: &BTreeMap<Route, bool>) -> Vec<String> {
    let mut found = Vec::new();
    for (route, &is_refused) in served {
        let state = app.claimed.get(route).copied().unwrap_or(State::Unseen);
        match app.undecided.get(&route.label()) {
            Some(&expected) if expected == state => {}
            Some(expected) => found.push(format!("{route} is {state}, though undecided.txt says {expected}")),
            None if state.is_right(is_refused) => {}
            None => found.push(format!("{route} is {state}, and a stranger is {}", outcome(is_refused))),
        }
    }
    let extra = app.claimed.keys().filter(|route| !served.contains_key(route));
    found.extend(extra.map(|route| format!("{route} is in the inventory and not served")));
    let known = |label: &String| served.keys().any(|route| route.label() == *label);
    let stale = app.undecided.keys().filter(|label| !known(label));
    found.extend(stale.map(|label| format!("{label} is in undecided.txt and not served")));
    found
}

fn outcome(is_refused: bool) -> &'static str {
    if is_refused { "refused" } else { "let in" }
}
