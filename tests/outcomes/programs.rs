//! The programs, with their marks and what happened when they ran.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::python::{interpreter, run};

const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/outcomes");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/outcomes/run.py");
const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/outcomes/requirements.txt");
const ENVIRONMENT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/outcomes");

/// How a mark begins.
const MARK: &str = "# outcome: ";

/// A program that was run.
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) text: String,
    /// Lines, and the harms that they are to blame for.
    pub(crate) marks: Vec<(u32, String)>,
    pub(crate) seen: Seen,
}

/// What was seen of a program.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Seen {
    /// The harms that happened.
    Seen(Vec<String>),
    /// Why it could not run.
    Error(String),
}

/// All programs, run once.
pub(crate) fn programs() -> &'static [Program] {
    static RUN: OnceLock<Vec<Program>> = OnceLock::new();
    RUN.get_or_init(|| {
        let python = interpreter(Path::new(ENVIRONMENT), Path::new(REQUIREMENTS));
        let output = run(Command::new(python).arg("-B").arg(SCRIPT).arg(PROGRAMS), "running the programs");
        let seen: BTreeMap<String, Seen> = serde_json::from_slice(&output.stdout).expect("the JSON of run.py");
        seen.into_iter().map(|(name, seen)| Program::new(name, seen)).collect()
    })
}

impl Program {
    fn new(name: String, seen: Seen) -> Self {
        let text = fs::read_to_string(format!("{PROGRAMS}/{name}.py")).expect("a program of the folder");
        let marks = (1..).zip(text.lines()).flat_map(|(line, content)| {
            let harms = content.split_once(MARK).map_or("", |(_, harms)| harms);
            harms.split(',').map(str::trim).filter(|harm| !harm.is_empty()).map(move |harm| (line, harm.to_owned()))
        });
        let marks = marks.collect();
        Self { name, text, marks, seen }
    }
}
