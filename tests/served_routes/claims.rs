//! What the inventory claims of a fixture app, and what its `undecided.txt` allows it to leave open.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use backlint_engine::{Config, ConfigSource, Environment, Overrides, inventory};
use backlint_finding::{GuardState, RouteRow};

/// What stands for the part of a path that could not be told.
const UNKNOWN_PART: &str = "…";

/// A route, claimed or served.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    pub(crate) path: String,
    pub(crate) method: String,
    /// File and line of the `def` that answers; none for code of a library.
    pub(crate) handler: Option<(String, u32)>,
}

/// What is claimed of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Unseen,
    Seen(GuardState),
}

/// A fixture app as the inventory shows it.
pub(crate) struct App {
    pub(crate) claimed: BTreeMap<Route, State>,
    /// By the label of the route.
    pub(crate) undecided: BTreeMap<String, State>,
}

impl App {
    pub(crate) fn read(folder: &Path) -> Self {
        let mut claimed = BTreeMap::new();
        for row in rows(folder).iter().filter(|row| row.registered && !row.path.contains(UNKNOWN_PART)) {
            let handler = handler(folder, row);
            for method in asked_for(&row.methods) {
                let route = Route { path: row.path.clone(), method, handler: handler.clone() };
                claimed.insert(route, State::Seen(row.guard));
            }
        }
        Self { claimed, undecided: undecided(&folder.join("undecided.txt")) }
    }
}

impl Route {
    pub(crate) fn label(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl State {
    /// Whether it says of the route what a stranger experiences.
    pub(crate) fn is_right(self, is_refused: bool) -> bool {
        match self {
            Self::Seen(GuardState::Guarded) => is_refused,
            Self::Seen(GuardState::Public | GuardState::Unguarded) => !is_refused,
            Self::Seen(GuardState::Conditional | GuardState::Partial | GuardState::Unknown) | Self::Unseen => false,
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.handler {
            Some((file, line)) => write!(f, "{} ({file}:{line})", self.label()),
            None => write!(f, "{} (of a library)", self.label()),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unseen => write!(f, "unseen"),
            Self::Seen(state) => {
                write!(f, "{}", serde_json::to_value(state).expect("a word").as_str().expect("a word"))
            }
        }
    }
}

fn rows(folder: &Path) -> Vec<RouteRow> {
    let paths = [PathBuf::from(".")];
    let config = Config::load(&ConfigSource::Nearest, &paths, folder).expect("a sound configuration");
    let environment =
        Environment { working_directory: folder.to_owned(), today: (2026, 1, 1), threads: NonZeroUsize::MIN };
    let settings = config.with(Overrides::default()).resolve(environment).expect("sound settings");
    let inventory = inventory(&paths, &settings).expect("a folder with Python");
    assert!(inventory.problems.is_empty(), "{}: {:#?}", folder.display(), inventory.problems);
    inventory.routes
}

/// `HEAD` beside `GET` says nothing: frameworks add it.
fn asked_for(methods: &[String]) -> BTreeSet<String> {
    let reads = methods.iter().any(|method| method == "GET");
    methods.iter().filter(|method| !reads || *method != "HEAD").cloned().collect()
}

/// The place of the `def`; a row that points elsewhere is about code of a library.
fn handler(folder: &Path, row: &RouteRow) -> Option<(String, u32)> {
    let text = fs::read_to_string(folder.join(&row.file)).expect("the file of a route");
    let line = text.lines().nth(row.line.checked_sub(1)? as usize)?.trim_start();
    let is_def = line.starts_with("def ") || line.starts_with("async def ");
    is_def.then(|| (row.file.clone(), row.line))
}

fn undecided(file: &Path) -> BTreeMap<String, State> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let entry = |line: &str| {
        let (state, label) = line.split_once(' ').unwrap_or_else(|| panic!("{}: `{line}`", file.display()));
        let state = match state {
            "unseen" => State::Unseen,
            "unknown" => State::Seen(GuardState::Unknown),
            "conditional" => State::Seen(GuardState::Conditional),
            "partial" => State::Seen(GuardState::Partial),
            _ => panic!("{}: `{line}` begins with no state", file.display()),
        };
        (label.trim().to_owned(), state)
    };
    lines.filter(|line| !line.is_empty()).map(entry).collect()
}
