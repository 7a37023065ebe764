//! What reports promise whatever they report: the same bytes, the documented fields, no secrets, the right place.

mod documents;
mod program;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::de::DeserializeOwned;
use tempfile::TempDir;

use documents::{Inventory, Range, Report};
use program::{backlint, command};

const FORMATS: [&str; 5] = ["text", "json", "jsonl", "sarif", "github"];
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/apps");

fn apps() -> Vec<PathBuf> {
    let entries = fs::read_dir(FIXTURES).expect("the folder of the fixture apps");
    let mut apps: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry of it").path()).collect();
    apps.retain(|path| path.is_dir());
    apps.sort();
    apps
}

#[test]
fn every_format_has_the_same_bytes_for_any_number_of_threads() {
    for app in apps() {
        for format in FORMATS {
            let run = |threads| {
                let arguments = ["check", "--audience", "auditor", "--output-format", format, "--threads", threads];
                backlint(&app, &arguments).stdout
            };
            let alone = run("1");
            assert!(!alone.is_empty());
            for threads in ["2", "8"] {
                assert!(alone == run(threads), "{} as {format} differs with {threads} threads", app.display());
            }
        }
    }
}

#[test]
fn the_inventory_has_the_same_bytes_for_any_number_of_threads() {
    for app in apps() {
        let run = |threads| backlint(&app, &["routes", "--output-format", "json", "--threads", threads]).stdout;
        assert!(run("1") == run("8"), "{}", app.display());
    }
}

/// Secrets of every form that rules look for, none of them in use anywhere.
const SECRETS: [&str; 4] =
    ["Quarry-Lamp-7719-Rivet", "sk_live_51Hq9ZrKvWmPq3LxT8bNcYdE", "hunter2-of-the-depot", "AKIAZ7Q4MNP2RSTUVWXY"];

#[test]
fn secrets_are_in_no_output() {
    let [key, token, password, access] = SECRETS;
    let folder = TempDir::new().expect("a temporary folder");
    let source = format!(
        "import os\nfrom flask import Flask\n\napp = Flask(__name__)\napp.secret_key = \"{key}\"\n\
         API_TOKEN = \"{token}\"\nSECRET_KEY = os.getenv(\"SECRET_KEY\", \"{key}\")\n\
         DATABASE_URL = os.getenv(\"DATABASE_URL\", \"postgresql://app:{password}@db/app\")\n\
         client = connect(aws_access_key_id=\"{access}\", password=\"{password}\")\n"
    );
    fs::write(folder.path().join("app.py"), source).expect("a file in it");
    let compose =
        format!("services:\n  web:\n    environment:\n      SECRET_KEY: \"{key}\"\n      API_TOKEN: {token}\n");
    fs::write(folder.path().join("docker-compose.yml"), compose).expect("another file in it");
    let mut leaks = Vec::new();
    for format in FORMATS {
        for detail in ["--quiet", "--verbose", "--statistics"] {
            let arguments = ["check", "--isolated", "--audience", "auditor", "--output-format", format, detail];
            let ended = backlint(folder.path(), &arguments);
            assert_eq!(ended.code, Some(1), "{ended:#?}");
            assert!(ended.stdout.contains("SEC"), "nothing about secrets is reported as {format}");
            for (stream, text) in [("output", &ended.stdout), ("error", &ended.stderr)] {
                let told = SECRETS.iter().filter(|secret| text.contains(*secret));
                leaks.extend(told.map(|secret| format!("{secret} is on standard {stream} as {format} {detail}")));
            }
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn a_report_in_a_file_leaves_its_summary_on_standard_error() {
    let folder = TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("app.py"), "try:\n    run()\nexcept:\n    pass\n").expect("a file in it");
    let report = folder.path().join("reports/backlint.json");
    let arguments = ["check", "--isolated", "--select", "EXC003", "--output-format", "json", "--output"];
    let ended = backlint(folder.path(), &[&arguments[..], &["reports/backlint.json"]].concat());
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.starts_with("1 finding: 1 medium in 1 file"), "{ended:#?}");
    let printed = backlint(folder.path(), &arguments[..arguments.len() - 1]).stdout;
    assert_eq!(fs::read_to_string(report).expect("the report"), printed);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let app = &apps()[0];
    let mut child = command(app, &["check", "--audience", "auditor", "--exit-zero"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let mut complaint = String::new();
    child.stderr.take().expect("its standard error").read_to_string(&mut complaint).expect("text");
    assert_eq!((child.wait().expect("it ends").code(), complaint.as_str()), (Some(0), ""));
}

#[test]
fn json_has_the_documented_fields_and_no_other() {
    for app in apps() {
        let report: Report = read(&app, &["check", "--audience", "auditor", "--output-format", "json"]);
        assert_eq!((report.version, report.tool.name.as_str()), (1, "backlint"));
        assert_eq!(report.tool.version, env!("CARGO_PKG_VERSION"));
        assert_eq!(report.summary.shown, report.findings.len());
        assert!(report.problems.is_empty() && report.summary.files > 0 && report.summary.routes > 0);
        for finding in &report.findings {
            let notes = finding.related.iter().chain(&finding.flow);
            assert!(notes.clone().all(|note| !note.message.is_empty()));
            let places = notes.map(|note| (&note.path, note.range)).chain([(&finding.path, finding.range)]);
            for (path, range) in places {
                check_place(&app, path, range);
            }
            let texts = [&finding.name, &finding.message, &finding.anchor, &finding.fingerprint];
            assert!(texts.iter().all(|text| !text.is_empty()), "{finding:?}");
        }
    }
}

#[test]
fn jsonl_has_the_findings_of_json() {
    for app in apps() {
        let whole: serde_json::Value = read(&app, &["check", "--output-format", "json"]);
        let lines = backlint(&app, &["check", "--output-format", "jsonl"]).stdout;
        let lines: Vec<serde_json::Value> =
            lines.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
        let (summary, findings) = lines.split_last().expect("a summary at the end");
        assert_eq!(summary["summary"], whole["summary"]);
        assert_eq!(findings, whole["findings"].as_array().expect("a list"));
    }
}

#[test]
fn the_inventory_has_the_documented_fields_and_no_other() {
    for app in apps() {
        let inventory: Inventory = read(&app, &["routes", "--output-format", "json"]);
        assert!(inventory.version == 1 && !inventory.routes.is_empty());
        for route in inventory.routes {
            let source = fs::read_to_string(app.join(&route.file)).expect("the file of the handler");
            let line = |number: usize| source.lines().nth(number - 1).unwrap_or_default();
            assert!(!route.methods.is_empty() && route.path.starts_with('/'), "{route:?}");
            assert!(["flask", "fastapi"].contains(&route.framework.as_str()), "{route:?}");
            // What a library answers stands where it is registered.
            let is_code = ["def ", "lambda"].iter().any(|word| line(route.line).contains(word));
            assert!(is_code || route.line == route.registration_line, "{route:?}");
            assert!(!line(route.registration_line).is_empty(), "{route:?}");
            let is_guarded = ["guarded", "conditional", "partial"].contains(&route.guard.as_str());
            assert!(!is_guarded || !route.guards.is_empty(), "{route:?}");
        }
    }
}

/// The JSON that the program writes about an app.
#[track_caller]
fn read<T: DeserializeOwned>(app: &Path, arguments: &[&str]) -> T {
    let ended = backlint(app, arguments);
    assert_eq!(ended.stderr, "");
    serde_json::from_str(&ended.stdout).expect("JSON with the documented fields")
}

/// Asserts that a place is one of the file: from 1 on, not empty, not beyond the end.
#[track_caller]
fn check_place(app: &Path, path: &str, range: Range) {
    let source = fs::read_to_string(app.join(path)).expect("a file of the app");
    let Range { start, end } = range;
    assert!(start.line >= 1 && start.column >= 1 && start <= end, "{path} {range:?}");
    let last = source.split('\n').nth(end.line - 1).unwrap_or_else(|| panic!("{path} has no line {}", end.line));
    assert!(end.column <= last.chars().count() + 1, "{path} {range:?}");
}
