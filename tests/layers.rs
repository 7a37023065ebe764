//! Holds the manifests to the map of the crates in the README: who may depend on whom.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");

/// What the names of our packages begin with.
const OURS: &str = "backlint-";

/// The first cells of the table's header.
const HEADER: [&str; 4] = ["crate", "takes → gives", "uses of ours", "alone uses"];

/// The entry of a crate that may use what it likes.
const ANYTHING: &str = "anything";

/// One row of the map.
struct Row {
    /// None when it may use any.
    ours: Option<BTreeSet<String>>,
    reserved: BTreeSet<String>,
}

#[test]
fn the_map_names_every_crate_and_no_other() {
    let metadata = metadata();
    let crates: BTreeSet<String> = metadata.workspace_packages().into_iter().map(short_name).collect();
    let mapped: BTreeSet<String> = map().into_keys().collect();
    assert_eq!(mapped, crates, "the map in README.md and the members of the workspace differ");
}

#[test]
fn crates_use_no_crates_of_ours_that_the_map_does_not_allow() {
    let map = map();
    let mut faults = Vec::new();
    for package in metadata().workspace_packages() {
        let name = short_name(package);
        let Some(Row { ours: Some(allowed), .. }) = map.get(&name) else { continue };
        for used in used(package).iter().filter_map(|used| used.strip_prefix(OURS)) {
            if !allowed.contains(used) {
                faults.push(format!("`{name}` uses `{used}`, which its row in README.md does not allow"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_map_allows_nothing_that_is_not_used() {
    let map = map();
    let mut faults = Vec::new();
    for package in metadata().workspace_packages() {
        let name = short_name(package);
        let Some(Row { ours: Some(allowed), reserved }) = map.get(&name) else { continue };
        let used = used(package);
        let ours = allowed.iter().map(|allowed| format!("{OURS}{allowed}"));
        for unused in ours.chain(reserved.iter().cloned()).filter(|allowed| !used.contains(allowed)) {
            faults.push(format!("`{name}` does not use `{unused}`; take it out of the row in README.md"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn reserved_libraries_are_used_by_their_own_crates_alone() {
    let map = map();
    let reserved: BTreeSet<&String> = map.values().flat_map(|row| &row.reserved).collect();
    let mut faults = Vec::new();
    for package in metadata().workspace_packages() {
        let name = short_name(package);
        let Some(Row { ours: Some(_), reserved: own }) = map.get(&name) else { continue };
        for foreign in used(package).iter().filter(|used| reserved.contains(used) && !own.contains(*used)) {
            faults.push(format!("`{name}` uses `{foreign}`, which README.md reserves for other crates"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    command.manifest_path(MANIFEST).no_deps();
    command.exec().expect("cargo describes this workspace")
}

fn short_name(package: &Package) -> String {
    let name = package.name.as_str();
    name.strip_prefix(OURS).unwrap_or(name).to_owned()
}

/// What a crate is built from. Its tests and benchmarks may use what they like.
fn used(package: &Package) -> BTreeSet<String> {
    let built_from = package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
    built_from.map(|dependency| dependency.name.clone()).collect()
}

/// The map of the crates, by crate.
fn map() -> BTreeMap<String, Row> {
    let text = std::fs::read_to_string(README).expect("there is a README.md");
    let mut lines = text.lines().skip_while(|line| cells(line) != HEADER);
    assert!(lines.next().is_some(), "README.md has no table with the columns {HEADER:?}");
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let row = cells(row);
        let [name, _, ours, reserved] = row.as_slice() else { panic!("a row without four cells: {row:?}") };
        let ours = Some(words(ours)).filter(|_| *ours != ANYTHING);
        (words(name).into_iter().collect(), Row { ours, reserved: words(reserved) })
    })
    .collect()
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

/// The words in backticks.
fn words(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
