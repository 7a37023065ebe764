//! Holds what the rules report on the fixture apps to the marks in their files, line by line and in both directions.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use backlint_engine::{Config, ConfigSource, Environment, Overrides, check_paths};
use backlint_finding::{Audience, Outcome};
use backlint_rulebook::{Mark, marks};
use backlint_rules::registry;

const APPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/apps");

/// A finding, marked or reported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    path: String,
    line: u32,
    code: String,
}

/// A fixture app and the text of its files.
struct App {
    folder: PathBuf,
    /// By path below the folder, with forward slashes.
    files: Vec<(String, String)>,
}

#[test]
fn apps_give_the_marked_findings_and_no_other() {
    let mut faults = Vec::new();
    for app in apps() {
        let (marked, reported) = (app.findings(), app.reported());
        let missing = marked.difference(&reported).map(|place| format!("- {place}: marked and not reported"));
        let unmarked = reported.difference(&marked).map(|place| format!("+ {place}: reported and not marked"));
        let mut differences: Vec<String> = missing.chain(unmarked).collect();
        differences.sort_by(|a, b| a[2..].cmp(&b[2..]));
        faults.extend(differences.into_iter().map(|difference| app.locate(&difference)));
    }
    assert!(faults.is_empty(), "{} differences:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn planted_defects_wait_for_rules_that_do_not_exist() {
    let mut faults = Vec::new();
    for app in apps() {
        let planted = app.places(|text| marks(&text.replace("finding", "").replace("planted", "finding")));
        for place in planted.iter().filter(|place| registry::find(&place.code).is_some()) {
            faults.push(app.locate(&format!("  {place}: the rule exists, so say `finding` instead of `planted`")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_app_has_marked_findings() {
    for app in apps() {
        assert!(!app.findings().is_empty(), "{} marks nothing, so it shows nothing", app.folder.display());
    }
}

impl App {
    /// What is reported, whoever wants it.
    fn reported(&self) -> BTreeSet<Place> {
        let paths = [PathBuf::from(".")];
        let overrides = Overrides { audience: Some(Audience::Auditor), ..Overrides::default() };
        let config = Config::load(&ConfigSource::Nearest, &paths, &self.folder).expect("a sound configuration");
        let environment =
            Environment { working_directory: self.folder.clone(), today: (2026, 1, 1), threads: NonZeroUsize::MIN };
        let settings = config.with(overrides).resolve(environment).expect("sound settings");
        let outcome = check_paths(&paths, &settings).expect("a folder with Python").outcome;
        assert!(outcome.problems.is_empty(), "{:#?}", outcome.problems);
        outcome.shown().map(|triaged| place(&outcome, triaged)).collect()
    }

    fn findings(&self) -> BTreeSet<Place> {
        self.places(marks)
    }

    /// The places that `read` finds in all files.
    fn places(&self, read: impl Fn(&str) -> Vec<Mark>) -> BTreeSet<Place> {
        let places = self.files.iter().flat_map(|(path, text)| {
            let place = |Mark { line, code }| Place { path: path.clone(), line, code };
            read(text).into_iter().map(place)
        });
        places.collect()
    }

    fn locate(&self, difference: &str) -> String {
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
        let (sign, place) = difference.split_at(2);
        format!("{sign}{name}/{place}")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.path, self.line, self.code)
    }
}

fn place(outcome: &Outcome, triaged: &backlint_finding::Triaged) -> Place {
    let finding = &triaged.finding;
    let file = outcome.sources.file(finding.at.file);
    Place { path: file.path().to_owned(), line: file.line(finding.at.span.start), code: finding.rule.code.to_owned() }
}

fn apps() -> Vec<App> {
    let root = fs::canonicalize(APPS).expect("the folder of the fixture apps");
    let folders = entries(&root).into_iter().filter(|path| path.is_dir());
    folders
        .map(|folder| {
            let mut files = Vec::new();
            collect(&folder, "", &mut files);
            App { folder, files }
        })
        .collect()
}

/// Adds the texts below `folder`, whose own path in reports is `prefix`.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) {
    for path in entries(folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), files);
        } else if let Ok(text) = fs::read_to_string(&path) {
            files.push((format!("{prefix}{name}"), text));
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of the fixtures");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry of the folder").path()).collect();
    paths.sort();
    paths
}
