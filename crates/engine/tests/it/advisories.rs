//! Pins are compared with the advisories that a run is given.

use std::fs::File;
use std::io::Write;

use backlint_engine::Run;
use backlint_finding::ProblemKind;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::Tree;

const ADVISORY: &str = r#"{"id": "PYSEC-2027-1", "modified": "2027-02-03T00:00:00Z", "aliases": ["CVE-2027-1001"],
    "affected": [{"package": {"ecosystem": "PyPI", "name": "inkwell"},
                  "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.1.3"}]}]}]}"#;

/// The same fault under the id of another database.
const TWIN: &str = r#"{"id": "GHSA-1", "modified": "2027-01-01T00:00:00Z", "aliases": ["CVE-2027-1001"],
    "affected": [{"package": {"ecosystem": "PyPI", "name": "Inkwell"}, "versions": ["3.1.2"]}]}"#;

fn project(more: &[(&str, &str)]) -> Tree {
    let tree = Tree::new(&[("app.py", ""), ("requirements.txt", "inkwell==3.1.2\n")]);
    for (path, text) in more {
        tree.write(path, text.as_bytes());
    }
    tree
}

/// `path:line message` of what CFG013 reports.
fn pins(run: &Run) -> Vec<String> {
    let findings = run.outcome.shown().map(|triaged| &triaged.finding).filter(|finding| finding.rule.code == "CFG013");
    let told = findings.map(|finding| {
        let source = run.outcome.sources.file(finding.at.file);
        format!("{}:{} {}", source.path(), source.line(finding.at.span.start), finding.message)
    });
    told.collect()
}

fn problems(run: &Run) -> Vec<(&str, ProblemKind)> {
    run.outcome.problems.iter().map(|problem| (problem.path.as_str(), problem.kind)).collect()
}

const FOUND: &str = "requirements.txt:1 `inkwell==3.1.2`: CVE-2027-1001, fixed in 3.1.3 (advisories of 2027-02-03).";

#[test]
fn a_broken_advisory_is_a_problem_and_the_others_are_compared() {
    let tree = project(&[
        ("backlint.toml", "advisories = [\"osv\"]\n"),
        ("osv/pypi/PYSEC-2027-1.json", ADVISORY),
        ("osv/pypi/GHSA-1.json", TWIN),
        ("osv/broken.json", "{\"id\": "),
        ("osv/README.md", "not an advisory"),
    ]);
    let run = tree.check(&["."]).expect("a run");
    assert_eq!(pins(&run), [FOUND]);
    assert_eq!(problems(&run), [("osv/broken.json", ProblemKind::Syntax)]);
    let message = &run.outcome.problems[0].message;
    assert!(message.contains("line 1") && message.ends_with("no pin is compared with this advisory"), "{message}");
    assert!(run.notes.is_empty(), "{:?}", run.notes);
}

#[test]
fn advisories_may_lie_in_an_archive() {
    let tree = project(&[("backlint.toml", "advisories = [\"osv.zip\"]\n")]);
    let mut archive = ZipWriter::new(File::create(tree.path("osv.zip")).expect("a file"));
    for (name, text) in [("PYSEC-2027-1.json", ADVISORY), ("bad.json", "[]"), ("index.txt", "x")] {
        archive.start_file(name, SimpleFileOptions::default()).expect("an entry");
        archive.write_all(text.as_bytes()).expect("its text");
    }
    archive.finish().expect("an archive");
    let run = tree.check(&["."]).expect("a run");
    assert_eq!(pins(&run), [FOUND]);
    assert_eq!(problems(&run), [("osv.zip/bad.json", ProblemKind::Syntax)]);
}

#[test]
fn what_is_no_archive_or_is_not_there_is_refused_by_name() {
    let tree = project(&[("backlint.toml", "advisories = [\"osv.zip\"]\n")]);
    let refusal = || tree.check(&["."]).expect_err("a refusal").to_string();
    assert!(refusal().contains("osv.zip: cannot read advisories here"), "{}", refusal());
    tree.write("osv.zip", b"PK no archive");
    assert!(refusal().contains("osv.zip: cannot read advisories here"), "{}", refusal());
}

#[test]
fn without_advisories_only_a_note_speaks_of_pins() {
    let run = project(&[]).check(&["."]).expect("a run");
    assert!(pins(&run).is_empty());
    let [note] = &run.notes[..] else { panic!("one note, not {:?}", run.notes) };
    assert!(note.starts_with("CFG013: ") && note.contains("--advisories"), "{note}");
}

#[test]
fn lock_files_are_read_where_there_are_advisories() {
    let lock = "{\"default\": {\n\"inkwell\": {\n\"version\": \"==3.1.1\"\n}\n}\n}\n";
    let tree = project(&[("Pipfile.lock", lock), ("web/poetry.lock", "[[package]\n")]);
    assert!(tree.read(&["."]).iter().all(|path| !path.contains(".lock")));
    tree.write("backlint.toml", b"advisories = [\"osv\"]\n");
    tree.write("osv/PYSEC-2027-1.json", ADVISORY.as_bytes());
    let run = tree.check(&["."]).expect("a run");
    let message = "`inkwell==3.1.1`: CVE-2027-1001, fixed in 3.1.3 (advisories of 2027-02-03).";
    assert_eq!(pins(&run), [format!("Pipfile.lock:3 {message}"), FOUND.to_owned()]);
    assert_eq!(problems(&run), [("web/poetry.lock", ProblemKind::Syntax)]);
}
