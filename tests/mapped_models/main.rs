//! Holds the data model to what the libraries do: mapped classes to what SQLAlchemy, SQLModel and Flask-SQLAlchemy map,
//! sessions to what is stored when small handlers run against `SQLite`.
//!
//! To add a form of model, put a module below `fixtures/models`; `ask.py` imports it and says of each mapped class its
//! table, columns, relationships and names. To add a form of session, put a module below `fixtures/sessions` that offers
//! a generator `get_db`, a mapped class `Entry` and handlers `handle_…`; `ask.py` runs each once, as a framework would.
//! Then
//!
//! - each class that is mapped is a model, with the same columns, and no other class is;
//! - what a model holds for open may have other names, every other model has none but those that the class has;
//! - `get_db` ends as the model says, and handlers commit as often, and keep rows exactly when, the model says.

mod libraries;
mod models;
#[path = "../python.rs"]
mod python;
mod sessions;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use backlint_engine::{Config, Environment, MemoryFile, Overrides, project_of};
use backlint_model::Project;
use libraries::Answer;

#[test]
fn models_have_the_columns_that_the_libraries_map() {
    let faults = compare(libraries::MODELS, &libraries::answers().models, models::differences);
    assert!(faults.is_empty(), "{} differences:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn sessions_keep_what_the_model_says() {
    let faults = compare(libraries::SESSIONS, &libraries::answers().sessions, sessions::differences);
    assert!(faults.is_empty(), "{} differences:\n{}", faults.len(), faults.join("\n"));
}

/// What differs between the modules of a folder and what the libraries answer of them.
fn compare<A>(
    folder: &str,
    answers: &BTreeMap<String, Answer<A>>,
    differences: impl Fn(&Project, &A) -> Vec<String>,
) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, answer) in answers {
        let found = match answer {
            Answer::Answer(answer) => differences(&project(folder, name), answer),
            Answer::Error(trace) => vec![format!("cannot be imported:\n{trace}")],
        };
        faults.extend(found.into_iter().map(|difference| format!("{name}: {difference}")));
    }
    faults
}

/// The model of one module.
fn project(folder: &str, name: &str) -> Project {
    let file = format!("{name}.py");
    let text = std::fs::read_to_string(format!("{folder}/{file}")).expect("a module of the folder");
    let environment =
        Environment { working_directory: PathBuf::new(), today: (2026, 1, 1), threads: NonZeroUsize::MIN };
    let config = Config::parse("backlint.toml", "").expect("an empty configuration");
    let settings = config.with(Overrides::default()).resolve(environment).expect("default settings");
    project_of(vec![MemoryFile::new(file, text)], &settings).expect("threads").expect("a linked project")
}
