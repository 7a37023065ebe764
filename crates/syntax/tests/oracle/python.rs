//! Runs `dump.py` in the Python found on this machine.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

/// Which interpreter to ask, when it is not the `python3` of the path.
const INTERPRETER: &str = "BACKLINT_ORACLE_PYTHON";

/// Major and minor version of Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32);

impl Version {
    /// Reads `3.12`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.trim().split_once('.')?;
        Some(Self(major.parse().ok()?, minor.parse().ok()?))
    }
}

fn command() -> Command {
    Command::new(std::env::var(INTERPRETER).unwrap_or_else(|_| "python3".to_owned()))
}

/// What `python3 -c program` prints.
pub(crate) fn evaluate(program: &str) -> String {
    let output = command().args(["-c", program]).output().unwrap_or_else(|error| {
        panic!("cannot run python3 ({error}); name one of version 3.9 or later in {INTERPRETER}")
    });
    assert!(output.status.success(), "python3: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("Python prints UTF-8").trim().to_owned()
}

/// The version of the interpreter.
pub(crate) fn version() -> Version {
    let printed = evaluate("import sys; print('%d.%d' % sys.version_info[:2])");
    Version::parse(&printed).expect("a version has two numbers")
}

/// What CPython makes of one file.
pub(crate) struct Dump {
    pub(crate) path: PathBuf,
    /// The tree, none if CPython refuses the file.
    pub(crate) tree: Option<String>,
}

/// The dumps of many files, in the order asked for.
pub(crate) struct Dumps {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    next_path: Option<PathBuf>,
}

/// Has `paths` dumped.
pub(crate) fn dumps(paths: &[PathBuf]) -> Dumps {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/dump.py");
    let mut child = command()
        .args(["-X", "utf8", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 ran before");
    let mut input = child.stdin.take().expect("stdin is a pipe");
    let names: Vec<String> = paths.iter().map(|path| format!("{}\n", path.display())).collect();
    // Apart from the reading side, so that full pipes cannot stop both. A child that died shows on that side.
    thread::spawn(move || names.iter().try_for_each(|name| input.write_all(name.as_bytes())));
    let lines = BufReader::new(child.stdout.take().expect("stdout is a pipe")).lines();
    Dumps { child, lines, next_path: None }
}

impl Iterator for Dumps {
    type Item = Dump;

    fn next(&mut self) -> Option<Dump> {
        let mut tree = String::new();
        let mut is_refused = false;
        let mut path = self.next_path.take();
        for line in self.lines.by_ref() {
            let line = line.expect("the dump is UTF-8");
            if let Some(next) = line.strip_prefix("== ") {
                match path.replace(PathBuf::from(next)) {
                    None => continue,
                    done => {
                        self.next_path = path;
                        path = done;
                        break;
                    }
                }
            }
            is_refused |= line.starts_with("! ");
            tree.push_str(&line);
            tree.push('\n');
        }
        Some(Dump { path: path?, tree: (!is_refused).then_some(tree) })
    }
}

impl Drop for Dumps {
    fn drop(&mut self) {
        let status = self.child.wait().expect("the child was started");
        assert!(status.success() || thread::panicking(), "dump.py failed: {status}");
    }
}
