//! SARIF files against the schema of the standard.

use std::fs;

use backlint_finding::Outcome;
use backlint_report::{SarifOptions, render_sarif};
use cargo_metadata::MetadataCommand;
use serde_json::Value;

use crate::hostile::hostile_outcome;
use crate::support::{Builder, full_outcome, rendered};

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
    let mut schema = serde_json::from_str(&text).expect("the schema is JSON");
    repair_patterns(&mut schema);
    schema
}

/// The pattern of languages closes a bracket it never opened, which the regular expressions of JSON schemas do not allow.
fn repair_patterns(schema: &mut Value) {
    for component in ["run", "toolComponent"] {
        let pattern = format!("/definitions/{component}/properties/language/pattern");
        let pattern = schema.pointer_mut(&pattern).expect("the schema has the pattern");
        *pattern = Value::from("^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
    }
}

fn log_of(outcome: &Outcome) -> Value {
    let log = rendered(|out| render_sarif(outcome, &SarifOptions::default(), out));
    serde_json::from_str(&log).expect("the output is JSON")
}

fn errors(log: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema()).expect("the schema is valid");
    validator.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn outcomes_fit_the_schema() {
    let outcomes = [full_outcome(), hostile_outcome(), Builder::new(&[]).outcome()];
    for outcome in &outcomes {
        assert_eq!(errors(&log_of(outcome)), [""; 0]);
    }
}

#[test]
fn the_schema_refuses_what_does_not_fit() {
    let mut log = log_of(&full_outcome());
    log["runs"][0]["results"][0]["message"] = Value::from("plain text");
    assert!(!errors(&log).is_empty());
}
