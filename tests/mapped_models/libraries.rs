//! What the libraries answer of the fixture modules, asked once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::python::{interpreter, run};

/// The folder of the modules with mapped classes.
pub(crate) const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/models");
/// The folder of the modules with sessions.
pub(crate) const SESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/sessions");

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mapped_models/ask.py");
const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/models/requirements.txt");
const ENVIRONMENT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/mappers");

/// The answers by module.
#[derive(Deserialize)]
pub(crate) struct Answers {
    pub(crate) models: BTreeMap<String, Answer<BTreeMap<String, MappedClass>>>,
    pub(crate) sessions: BTreeMap<String, Answer<Outcomes>>,
}

/// An answer, or why there is none.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Answer<A> {
    Answer(A),
    Error(String),
}

/// A class as it is mapped.
#[derive(Deserialize)]
pub(crate) struct MappedClass {
    pub(crate) table: String,
    pub(crate) columns: BTreeMap<String, MappedColumn>,
    pub(crate) relationships: BTreeSet<String>,
    pub(crate) attributes: BTreeSet<String>,
    /// Whether the constructor takes the name of any attribute.
    pub(crate) takes_any: bool,
}

/// A column as it is mapped.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, compared one by one")]
pub(crate) struct MappedColumn {
    pub(crate) name: String,
    pub(crate) nullable: bool,
    pub(crate) primary_key: bool,
    pub(crate) unique: bool,
    pub(crate) index: bool,
    pub(crate) required: bool,
    pub(crate) foreign_keys: Vec<String>,
}

/// What becomes of the rows of small handlers.
#[derive(Deserialize)]
pub(crate) struct Outcomes {
    pub(crate) kept_on_success: bool,
    pub(crate) kept_on_raise: bool,
    pub(crate) handlers: BTreeMap<String, Outcome>,
}

/// What a handler did.
#[derive(Deserialize)]
pub(crate) struct Outcome {
    pub(crate) commits: usize,
    pub(crate) kept: usize,
}

/// What the libraries say of all fixture modules.
pub(crate) fn answers() -> &'static Answers {
    static ANSWERS: OnceLock<Answers> = OnceLock::new();
    ANSWERS.get_or_init(|| {
        let python = interpreter(Path::new(ENVIRONMENT), Path::new(REQUIREMENTS));
        let output = run(Command::new(python).arg(SCRIPT).args([MODELS, SESSIONS]), "asking the libraries");
        serde_json::from_slice(&output.stdout).expect("the JSON of ask.py")
    })
}
