//! What stands before a route: each form in which projects write guards, and their look-alikes.
//!
//! The routes of each text carry a mark on the line of their lowest decorator or registering call: `# is: guarded`.

mod bodies;
mod callables;
mod configured;
mod decorators;
mod dependencies;
mod hooks;
mod lookalikes;
mod public;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use backlint_engine::{MemoryFile, Overrides, routes_of};

use crate::configured;

/// Asserts that exactly the marked routes are there, guarded as their marks say.
#[track_caller]
fn expect(text: &str) {
    expect_with("", text);
}

/// As [`expect`], with a `backlint.toml`.
#[track_caller]
fn expect_with(config: &str, text: &str) {
    let settings = configured(config, Overrides::default()).expect("a sound configuration");
    let files = files(text);
    let mut wanted: BTreeMap<(String, u32), String> = BTreeMap::new();
    let mut made_at = BTreeSet::new();
    for (path, text) in &files {
        for (line, text) in (1..).zip(text.lines()) {
            if ["= Flask(", "= FastAPI(", "= Api("].iter().any(|call| text.contains(call)) {
                made_at.insert((path.clone(), line));
            }
            if let Some((_, state)) = text.split_once("# is: ") {
                wanted.insert((path.clone(), line), state.to_owned());
            }
        }
    }
    let files = files.into_iter().map(|(path, text)| MemoryFile::new(path, text)).collect();
    let mut report = String::new();
    for row in routes_of(files, &settings).expect("threads") {
        // Those that the framework adds by itself are placed where the app is made.
        if made_at.contains(&(row.file.clone(), row.registration_line)) {
            continue;
        }
        let state = format!("{:?}", row.guard).to_lowercase();
        let at = (row.file, row.registration_line);
        let mark = wanted.remove(&at);
        if mark.as_deref() != Some(&*state) {
            let mark = mark.as_deref().unwrap_or("not marked");
            let by: Vec<_> = row.guards.iter().map(|guard| guard.name.as_str()).collect();
            let reason = row.reason.unwrap_or_default();
            writeln!(report, "{} {}:{} is {state} by {by:?} {reason}, {mark}", row.path, at.0, at.1).expect("a text");
        }
    }
    for ((path, line), state) in wanted {
        writeln!(report, "{path}:{line} is no route, {state}").expect("a text");
    }
    assert!(report.is_empty(), "\n{report}");
}

/// The files of a text in which lines `#- path` begin files; what comes before the first is `app/main.py`.
fn files(text: &str) -> Vec<(String, String)> {
    let mut files = vec![("app/main.py".to_owned(), String::new())];
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("#- ") {
            files.push((path.to_owned(), String::new()));
        } else {
            let (_, file) = files.last_mut().expect("the first file");
            file.push_str(line);
            file.push('\n');
        }
    }
    files
}
