//! Virtual environments of pinned libraries below the build folder, for tests that compare with what libraries do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

static MAKING: Mutex<()> = Mutex::new(());

/// The interpreter of an environment, which is made anew whenever the list of requirements changes.
pub(crate) fn interpreter(environment: &Path, requirements: &Path) -> PathBuf {
    // Tests of one program run side by side, and only one of them may make the environment.
    let _alone = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let wanted = fs::read_to_string(requirements).expect("the list of requirements");
    let stamp = environment.join("installed.txt");
    let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return python;
    }
    let base = if cfg!(windows) { "python" } else { "python3" };
    run(Command::new(base).args(["-m", "venv", "--clear"]).arg(environment), "making a virtual environment");
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(requirements);
    run(&mut install, "installing the libraries that the model is compared with");
    fs::write(stamp, wanted).expect("the environment can be written");
    python
}

/// What a command that has to succeed prints.
pub(crate) fn run(command: &mut Command, doing: &str) -> Output {
    let advice = "this test needs Python 3.10 or newer with `venv`, and once a package index to install from";
    let output = command.output().unwrap_or_else(|error| panic!("{doing}: {error}; {advice}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{doing} failed; {advice}\n{complaint}");
    output
}
