//! Holds `check` to what it promises: whoever forgets the last guard of a handler that changes state hears of it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

const APPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/apps");

#[test]
fn every_guard_taken_from_a_fixture_app_is_missed_by_check() {
    let apps = fs::read_dir(APPS).expect("the folder of the fixture apps");
    let mut apps: Vec<PathBuf> = apps.map(|app| app.expect("an entry").path()).collect();
    apps.sort();
    let mut mutate = Command::new(env!("CARGO_BIN_EXE_backlint-xtask"));
    mutate.args(["mutate", "--at-least", "100"]).args(&apps).env("RUST_BACKTRACE", "0");
    let output = mutate.output().expect("the program starts");
    let report = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}{complaint}");
}
