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
    let names = |path: &str| TOOLS.iter().any(|tool| path.contains(tool));
    own_texts(project).any(|(id, text)| {
        let path = project.sources().file(id).path().to_ascii_lowercase();
        names(&path) || TOOLS.iter().any(|tool| mentions(text, tool))
    })
}

/// Whether a text names the tool as a word of its own, in whatever case.
fn mentions(text: &str, tool: &str) -> bool {
    let bytes = text.as_bytes();
    let is_part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    bytes.windows(tool.len()).enumerate().any(|(at, window)| {
        window.eq_ignore_ascii_case(tool.as_bytes())
            && !is_part(at.checked_sub(1).and_then(|before| bytes.get(before)))
            && !is_part(bytes.get(at + tool.len()))
    })
}
