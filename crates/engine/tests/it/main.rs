//! The engine through its public functions.

mod advisories;
mod bad_input;
mod deployment;
mod determinism;
mod discovery;
mod flows;
mod guards;
mod settings;
mod suppressions;
mod tracked;
mod triage;
mod undefined_names;
mod uploads;

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use backlint_engine::{
    Config, ConfigSource, EngineError, Environment, MemoryFile, Overrides, Run, Settings, analyse, check_paths,
};
use backlint_finding::{Bucket, Outcome, Triaged};
use tempfile::TempDir;

/// A module with one finding of AUTH003, on line 6.
const MISPLACED_GUARD: &str = "\
from flask import Flask
from flask_login import login_required

app = Flask(__name__)

@login_required
@app.post(\"/rows\")
def add():
    return {}
";

/// A line with one finding of SUP003, which needs no model.
const MALFORMED_COMMENT: &str = "total = 0  # backlint: ignore\n";

fn environment(working_directory: &Path) -> Environment {
    Environment {
        working_directory: working_directory.to_owned(),
        today: (2026, 6, 15),
        threads: NonZeroUsize::new(2).expect("two is not zero"),
    }
}

/// The settings of a `backlint.toml` with this text.
fn configured(config: &str, overrides: Overrides) -> Result<Settings, EngineError> {
    Config::parse("backlint.toml", config)?.with(overrides).resolve(environment(Path::new("")))
}

/// What a run over files in memory came to.
fn outcome(config: &str, files: &[(&str, &str)]) -> Outcome {
    let settings = configured(config, Overrides::default()).expect("a sound configuration");
    let files = files.iter().map(|(path, text)| MemoryFile::new(*path, *text)).collect();
    analyse(files, &settings).expect("threads")
}

/// The rules that these tests are about. What others say of the same lines is their pages' matter.
const RULES: &[&str] = &["AUTH003", "RATE001", "SUP001", "SUP002", "SUP003", "SUP004", "SUP005"];

/// `path:line CODE` of every finding that `is_meant`.
fn places(outcome: &Outcome, is_meant: impl Fn(&Triaged) -> bool) -> Vec<String> {
    let place = |triaged: &Triaged| {
        let source = outcome.sources.file(triaged.finding.at.file);
        let line = source.line(triaged.finding.at.span.start);
        format!("{}:{line} {}", source.path(), triaged.finding.rule.code)
    };
    let findings = outcome.findings.iter().filter(|triaged| RULES.contains(&triaged.finding.rule.code));
    findings.filter(|triaged| is_meant(triaged)).map(place).collect()
}

/// `path:line CODE` of every finding that is shown.
fn shown(outcome: &Outcome) -> Vec<String> {
    places(outcome, |triaged| triaged.bucket == Bucket::Shown)
}

/// A folder on disk and what is in it.
struct Tree {
    folder: TempDir,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self { folder: TempDir::new().expect("a temporary folder") };
        for (path, text) in files {
            tree.write(path, text.as_bytes());
        }
        tree
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("an existing folder")
    }

    /// Analyses `paths` from the root of the tree, with the configuration that lies there.
    fn check(&self, paths: &[&str]) -> Result<Run, EngineError> {
        self.check_from("", paths)
    }

    /// Analyses `paths` from a folder of the tree.
    fn check_from(&self, folder: &str, paths: &[&str]) -> Result<Run, EngineError> {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let environment = environment(&self.path(folder));
        let settings =
            Config::load(&ConfigSource::Nearest, &paths, &environment.working_directory)?.resolve(environment)?;
        check_paths(&paths, &settings)
    }

    /// The paths of all files that a run from the root reads.
    fn read(&self, paths: &[&str]) -> Vec<String> {
        let run = self.check(paths).expect("a run");
        run.outcome.sources.iter().map(|(_, source)| source.path().to_owned()).collect()
    }
}
