//! SARIF files against the schema of the standard.

use std::fs;

use backlint_finding::Outcome;
use backlint_report::{SarifOptions, render_sarif};
use cargo_metadata::MetadataCommand;
use serde_json::Value;

use crate::support::{Builder, OPEN_ROUTE, full_outcome, rendered};

/// The package whose sources hold the schema.
const SCHEMA_PACKAGE: &str = "serde-sarif";

fn schema() -> Value {
    let metadata = MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .exec()
        .expect("cargo describes the workspace");
    let package = metadata.packages.iter().find(|package| package.name.as_str() == SCHEMA_PACKAGE);
    let manifest = &package.expect("the package is a dependency of the tests").manifest_path;
    let path = manifest.with_file_name("src").join("schema.json");
    let text = fs::read_to_string(path).expect("the package holds the schema");
    serde_json::from_str(&text).expect("the schema is JSON")
}

fn errors(outcome: &Outcome) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema()).expect("the schema is valid");
    let log = rendered(|out| render_sarif(outcome, &SarifOptions::default(), out));
    let log: Value = serde_json::from_str(&log).expect("the output is JSON");
    validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn a_full_outcome_fits_the_schema() {
    assert_eq!(errors(&full_outcome()), [""; 0]);
}
