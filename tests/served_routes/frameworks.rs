//! The frameworks, installed once below the build folder, and what they answer.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::claims::Route;
use crate::python::{interpreter, run};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/served_routes/ask.py");
const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/routes/requirements.txt");
const ENVIRONMENT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/frameworks");

/// By app, the routes and whether they turn a stranger away, or why the app cannot be imported.
pub(crate) type Served = BTreeMap<String, Result<BTreeMap<Route, bool>, String>>;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Routes(Vec<ServedRoute>),
    Error(String),
}

#[derive(Deserialize)]
struct ServedRoute {
    method: String,
    path: String,
    file: Option<String>,
    line: u32,
    refused: bool,
}

/// What the frameworks serve of all apps below `root`, asked once.
pub(crate) fn served(root: &Path) -> Served {
    static ANSWERS: OnceLock<String> = OnceLock::new();
    let answers = ANSWERS.get_or_init(|| {
        let python = interpreter(Path::new(ENVIRONMENT), Path::new(REQUIREMENTS));
        let output = run(Command::new(python).arg(SCRIPT).arg(root), "asking the frameworks");
        String::from_utf8(output.stdout).expect("JSON is UTF-8")
    });
    let answers: BTreeMap<String, Answer> = serde_json::from_str(answers).expect("the JSON of ask.py");
    let of_app = |answer| match answer {
        Answer::Routes(routes) => Ok(routes.into_iter().map(ServedRoute::entry).collect()),
        Answer::Error(trace) => Err(trace),
    };
    answers.into_iter().map(|(name, answer)| (name, of_app(answer))).collect()
}

impl ServedRoute {
    fn entry(self) -> (Route, bool) {
        let line = self.line;
        let handler = self.file.map(|file| (file, line));
        (Route { path: self.path, method: self.method, handler }, self.refused)
    }
}
