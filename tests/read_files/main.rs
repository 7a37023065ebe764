//! Holds the readers of compose files and Dockerfiles to what other readers of these formats make of the same files:
//! those in `fixtures/deployment`, or those of any folder, a checked-out project for example, that the variable
//! `READ_FILES` names.
//!
//! `ask.py` says which libraries are asked, and at which versions is written in `fixtures/deployment/requirements.txt`. A
//! file that they refuse is not compared; each file of the fixtures has to be.
//!
//! Two differences are known and not ours: dockerfile-parse takes the lines of a here-document for instructions, and
//! podman-compose a comment in the text of a command for words.

#[path = "../python.rs"]
mod python;

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;

use backlint_engine::{Config, Environment, MemoryFile, project_of};
use backlint_model::{Orchestrator, Project, Service, Variable};
use backlint_semantic::deploy::Word;
use backlint_semantic::deploy::dockerfile::{Dockerfile, Instruction, Stage};
use backlint_semantic::deploy::substitution::expand;
use serde::Deserialize;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/deployment");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/read_files/ask.py");
const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/deployment/requirements.txt");
const ENVIRONMENT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/readers");

/// What the other readers say, by path.
#[derive(Deserialize)]
struct Answers {
    compose: BTreeMap<String, BTreeMap<String, Said>>,
    /// Keywords and what follows them.
    dockerfiles: BTreeMap<String, Vec<(String, String)>>,
}

/// What is said of a service.
#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Said {
    image: Option<String>,
    context: Option<String>,
    dockerfile: Option<String>,
    environment: BTreeMap<String, Option<String>>,
    command: Vec<String>,
    entrypoint: Vec<String>,
    ports: Vec<String>,
    user: Option<String>,
}

#[test]
fn readers_agree() {
    let folder = std::env::var_os("READ_FILES").map_or_else(|| PathBuf::from(FIXTURES), PathBuf::from);
    let answers = ask(&folder);
    let mut faults = Vec::new();
    let files = answers.compose.keys().map(|path| (path, fs::read_to_string(folder.join(path)).expect("a text")));
    let project = linked(files.map(|(path, text)| MemoryFile::new(path, text)).collect());
    for (path, said) in &answers.compose {
        faults.extend(of_compose(&project, path, said));
    }
    for (path, said) in &answers.dockerfiles {
        let text = fs::read_to_string(folder.join(path)).expect("a text");
        faults.extend(of_dockerfile(path, &Dockerfile::parse(&text), said));
    }
    assert!(faults.is_empty(), "{} differences:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_fixture_is_compared() {
    let answers = ask(Path::new(FIXTURES));
    let compared = answers.compose.len() + answers.dockerfiles.len();
    let files = fs::read_dir(FIXTURES).expect("the folder of the fixtures").count();
    assert_eq!(compared + 1, files, "all but the list of requirements");
}

fn ask(folder: &Path) -> Answers {
    let python = python::interpreter(Path::new(ENVIRONMENT), Path::new(REQUIREMENTS));
    let output = python::run(Command::new(python).arg(SCRIPT).arg(folder), "asking other readers");
    serde_json::from_slice(&output.stdout).expect("the answers are JSON")
}

fn linked(files: Vec<MemoryFile>) -> Project {
    let environment =
        Environment { working_directory: PathBuf::new(), today: (2026, 6, 15), threads: NonZeroUsize::MIN };
    let settings = Config::parse("backlint.toml", "").expect("no options").resolve(environment).expect("no options");
    project_of(files, &settings).expect("threads").expect("files that can be linked")
}

fn of_compose(project: &Project, path: &str, said: &BTreeMap<String, Said>) -> Vec<String> {
    let services =
        project.deployment().services.iter().filter(|service| {
            service.by == Orchestrator::Compose && project.sources().file(service.file()).path() == path
        });
    let ours: BTreeMap<&str, Said> = services.map(|service| (service.name.as_str(), Said::of(service))).collect();
    let mut faults = Vec::new();
    for name in ours.keys().filter(|name| !said.contains_key(**name)) {
        faults.push(format!("{path}: `{name}` is no service"));
    }
    for (name, said) in said {
        match ours.get(name.as_str()) {
            Some(ours) if ours == said => {}
            Some(ours) => faults.push(format!("{path}: `{name}` is\n  {said:?} and not\n  {ours:?}")),
            None => faults.push(format!("{path}: `{name}` is a service")),
        }
    }
    faults
}

impl Said {
    fn of(service: &Service) -> Self {
        // What stands alone for a variable without value is no word.
        let words = |words: &[Word]| {
            let filled = words.iter().map(|word| (word, filled(&word.text)));
            filled.filter(|(word, text)| !text.is_empty() || word.text.is_empty()).map(|(_, text)| text).collect()
        };
        let build = service.build.as_ref();
        Self {
            image: service.image.as_ref().map(|image| filled(&image.text)),
            context: build.map(|build| filled(&build.context)),
            dockerfile: build.and_then(|build| build.dockerfile.as_deref()).map(filled),
            environment: service.environment.iter().map(|set| (set.key.clone(), value(set))).collect(),
            command: words(&service.command),
            entrypoint: words(&service.entrypoint),
            ports: service.ports.iter().map(|port| filled(&port.text)).collect(),
            user: service.user.as_deref().map(filled),
        }
    }
}

/// A variable that is set to nothing may come from outside.
fn value(variable: &Variable) -> Option<String> {
    variable.value.as_ref().map(|value| filled(&value.text))
}

/// A text in an environment without variables.
fn filled(text: &str) -> String {
    let expanded = expand(text);
    expanded.open.iter().fold(expanded.text, |text, name| text.replace(&format!("${name}"), ""))
}

fn of_dockerfile(path: &str, ours: &Dockerfile, said: &[(String, String)]) -> Vec<String> {
    let instruction = |one: &Instruction| (one.keyword.clone(), collapsed(&one.arguments));
    let stage = |stage: &Stage| -> Vec<(String, String)> { stage.instructions.iter().map(instruction).collect() };
    let read: Vec<(String, String)> =
        ours.arguments.iter().map(instruction).chain(ours.stages.iter().flat_map(stage)).collect();
    // What `FROM` is followed by is split up already.
    let said: Vec<&(String, String)> = said.iter().filter(|(keyword, _)| keyword != "FROM").collect();
    let bases = ours.stages.len();
    let mut faults = Vec::new();
    for (at, one) in read.iter().enumerate() {
        if said.get(at) != Some(&one) {
            faults.push(format!("{path}: {one:?} is {:?}", said.get(at)));
            break;
        }
    }
    if read.len() < said.len() {
        faults.push(format!("{path}: {:?} is missing, after {bases} stages", said[read.len()]));
    }
    faults
}

/// A text without blanks: continued lines are joined with or without them.
fn collapsed(text: &str) -> String {
    text.split_whitespace().collect()
}
