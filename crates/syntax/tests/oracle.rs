//! Our tree against CPython's own: every fixture must give the same dump on both sides.
//!
//! The fixtures are written for this test. With `BACKLINT_ORACLE_STDLIB=1` the standard library of the interpreter is
//! compared as well, with `BACKLINT_ORACLE_TREE=DIR` any folder.

#[path = "oracle/python.rs"]
mod python;
#[path = "oracle/render.rs"]
mod render;

use std::path::{Path, PathBuf};
use std::{env, fs, thread};

use backlint_source::decode;
use backlint_syntax::{Module, parse};
use python::{Dump, Version};
use render::render;

/// Files of the standard library that read differently here, and why.
const EXPLAINED: &[(&str, &str)] = &[
    ("badsyntax_future8.py", "a star import from __future__, which Python refuses one step after its parser"),
    ("test_compile.py", "a line that ends in a dot and goes on further left, inside parentheses"),
    ("test_fstring.py", "line breaks between the expression and the brace of `{x = }`"),
    ("test_print.py", "`print >> stream, text`, which means something only in Python 2"),
    ("test_traceback.py", "names outside ASCII stay as they are written"),
    ("test_unicode_identifiers.py", "names outside ASCII stay as they are written"),
];

#[test]
fn fixtures_read_as_cpython_reads_them() {
    let version = python::version();
    let all = python_files(&here("tests/fixtures"));
    assert!(all.len() > 1, "the fixtures are gone");
    let (known, newer): (Vec<PathBuf>, Vec<PathBuf>) = all.into_iter().partition(|path| required(path) <= version);
    let Survey { compared, mut failures } = Survey::of(&known, version);
    assert_eq!(compared, known.len(), "CPython refuses a fixture");
    for path in newer {
        let text = read(&path).expect("fixtures can be decoded");
        failures.extend(complaint(&parse(&text), &text).map(|found| format!("{}: {found}", path.display())));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Outside CI, for want of a pinned standard library.
#[test]
fn the_standard_library_reads_as_cpython_reads_it() {
    let mut roots: Vec<PathBuf> = env::var_os("BACKLINT_ORACLE_TREE").map(PathBuf::from).into_iter().collect();
    if env::var_os("BACKLINT_ORACLE_STDLIB").is_some() {
        roots.push(python::evaluate("import sysconfig; print(sysconfig.get_path('stdlib'))").into());
    }
    let files: Vec<PathBuf> = roots.iter().flat_map(|root| python_files(root)).collect();
    let mut survey = Survey::of(&files, python::version());
    survey.failures.retain(|failure| !EXPLAINED.iter().any(|(name, _)| failure.contains(&format!("/{name}: "))));
    assert!(
        survey.failures.is_empty(),
        "{}\n{} of {} files differ without explanation",
        survey.failures.join("\n"),
        survey.failures.len(),
        survey.compared
    );
}

/// How many files were compared, and what was found.
#[derive(Default)]
struct Survey {
    compared: usize,
    failures: Vec<String>,
}

impl Survey {
    fn of(paths: &[PathBuf], version: Version) -> Self {
        let mut survey = Self::default();
        for Dump { path, tree } in python::dumps(paths) {
            let Some(expected) = tree else { continue };
            survey.compared += 1;
            let found = on_large_stack(|| difference(&path, &expected, version));
            survey.failures.extend(found.map(|found| format!("{}: {found}", path.display())));
        }
        survey
    }
}

/// The writer of dumps recurses without thought for the stack.
fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(64 << 20);
        builder
            .spawn_scoped(scope, work)
            .expect("threads can be started")
            .join()
            .expect("the comparison does not panic")
    })
}

fn difference(path: &Path, expected: &str, version: Version) -> Option<String> {
    let text = match read(path) {
        Ok(text) => text,
        Err(error) => return Some(error),
    };
    let module = parse(&text);
    let found = render(&module, &text, version);
    if found == expected {
        return complaint(&module, &text);
    }
    let mut context = String::new();
    for (ours, theirs) in found.lines().zip(expected.lines()) {
        if ours != theirs {
            let problem = complaint(&module, &text).map(|found| format!(" ({found})")).unwrap_or_default();
            return Some(format!(
                "below `{}`{problem}\n    ours    {}\n    CPython {}",
                context.trim(),
                ours.trim(),
                theirs.trim()
            ));
        }
        ours.clone_into(&mut context);
    }
    Some("one dump ends before the other".to_owned())
}

/// The first problem of a file that ought to have none.
fn complaint(module: &Module, text: &str) -> Option<String> {
    let problem = module.problems().first()?;
    let line = text[..problem.span.start as usize].lines().count().max(1);
    Some(format!("problem in line {line}: {:?} {:?}", problem.kind, problem.span.of(text)))
}

fn read(path: &Path) -> Result<String, String> {
    decode(fs::read(path).expect("the file can be read")).map_err(|error| error.to_string())
}

/// A fixture that starts with `# requires: 3.12` says what CPython must understand.
fn required(path: &Path) -> Version {
    let bytes = fs::read(path).expect("fixtures can be read");
    let head = String::from_utf8_lossy(&bytes);
    let first = head.lines().next().unwrap_or_default();
    first.strip_prefix("# requires:").and_then(Version::parse).unwrap_or(Version(3, 9))
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// All Python files below `folder` but for installed packages, sorted.
fn python_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() && !path.ends_with("site-packages") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "py") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
