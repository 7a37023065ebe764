//! The JSON that the program writes, with the documented fields and no other.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    pub(crate) version: u32,
    pub(crate) tool: Tool,
    pub(crate) findings: Vec<Finding>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) summary: Summary,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) version: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "that the fields are there with their types is the test")]
pub(crate) struct Finding {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) message: String,
    pub(crate) path: String,
    pub(crate) range: Range,
    pub(crate) severity: String,
    pub(crate) confidence: String,
    pub(crate) audience: String,
    pub(crate) audits: Vec<String>,
    pub(crate) cwe: Vec<u16>,
    pub(crate) anchor: String,
    pub(crate) fingerprint: String,
    pub(crate) related: Vec<Note>,
    pub(crate) flow: Vec<Note>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    pub(crate) path: String,
    pub(crate) range: Range,
    pub(crate) message: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Range {
    pub(crate) start: Position,
    pub(crate) end: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "that the fields are there with their types is the test")]
pub(crate) struct Problem {
    pub(crate) path: String,
    pub(crate) kind: String,
    pub(crate) message: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "that the fields are there with their types is the test")]
pub(crate) struct Summary {
    pub(crate) files: usize,
    pub(crate) routes: usize,
    pub(crate) shown: usize,
    pub(crate) suppressed: usize,
    pub(crate) baselined: usize,
    pub(crate) below_threshold: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inventory {
    pub(crate) version: u32,
    pub(crate) routes: Vec<Route>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "that the fields are there with their types is the test")]
pub(crate) struct Route {
    pub(crate) methods: Vec<String>,
    pub(crate) path: String,
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) registration_line: usize,
    pub(crate) handler: String,
    pub(crate) framework: String,
    pub(crate) app: String,
    pub(crate) guard: String,
    pub(crate) guards: Vec<Guard>,
    pub(crate) reason: Option<String>,
    pub(crate) throttle: Option<Throttle>,
    pub(crate) effect: String,
    pub(crate) registered: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "that the fields are there with their types is the test")]
pub(crate) struct Guard {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) path: String,
    pub(crate) line: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "that the fields are there with their types is the test")]
pub(crate) struct Throttle {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) line: usize,
}
