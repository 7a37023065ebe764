//! CFG012: pinned packages that nothing checks for known vulnerabilities.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{Package, Project};

use crate::areas::own_texts;

/// Names that only occur where advisories are checked.
const TOOLS: &[&str] = &[
    "dependabot",
    "dependency-check",
    "dependency-review-action",
    "grype",
    "osv-scanner",
    "pip-audit",
    "pip_audit",
    "pyup",
    "renovate",
    "safety check",
    "safety scan",
    "snyk",
    "trivy",
    "uv audit",
    "whitesource",
];

/// How many pins make it worth saying.
const FEWEST: usize = 3;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut pinned: Vec<&Package> = project.own_packages().filter(|package| package.pin.is_some()).collect();
    pinned.sort_by_key(|package| package.at);
    if pinned.len() < FEWEST || is_checked(project) {
        return;
    }
    let names: BTreeSet<&str> = pinned.iter().map(|package| package.name.as_str()).collect();
    let count = names.len();
    // The manifest with most of them.
    let Some(manifest) = pinned.chunk_by(|one, other| one.at.file == other.at.file).max_by_key(|list| list.len())
    else {
        return;
    };
    let first = manifest[0];
    let message = format!(
        "{count} packages are pinned, and no pipeline, hook or bot of this repository checks them for known \
         vulnerabilities: a pin stays as it is when an advisory is published."
    );
    findings.report(first.at, "dependencies", message);
}

fn is_checked(project: &Project) -> bool {
    own_texts(project).any(|(id, text)| {
        let path = project.sources().file(id).path().to_ascii_lowercase();
        let text = text.to_ascii_lowercase();
        TOOLS.iter().any(|tool| path.contains(tool) || mentions(&text, tool))
    })
}

/// Whether a text names the tool as a word of its own.
fn mentions(text: &str, tool: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphabetic();
    text.match_indices(tool)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + tool.len()..].starts_with(is_part))
}
