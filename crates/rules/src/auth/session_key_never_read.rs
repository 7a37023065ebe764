//! AUTH013: keys of the session that are written and that nothing reads.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{Findings, Severity};
use backlint_model::{File, Project, Role, words};
use backlint_syntax::ast::ExprId;

use crate::expressions::assigned_value;
use crate::session_keys::{SessionAccess, SessionUse, session_accesses};

/// Words of keys that libraries read.
const LIBRARIES: &[&str] = &["csrf", "flash", "flashes", "nonce", "oauth", "saml", "state", "verifier", "xsrf"];

/// What of a request callers choose freely.
const INPUT: &[&str] =
    &[".args", ".cookies", ".form", ".get_json", ".headers", ".json", ".query_params", ".values", ".referrer"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let accesses = session_accesses(project);
    let mut read = BTreeSet::new();
    let mut written: BTreeMap<&str, Vec<(&SessionAccess, ExprId)>> = BTreeMap::new();
    for access in &accesses {
        match &access.kind {
            SessionUse::Read(Some(key)) => {
                read.insert(key.as_str());
            }
            SessionUse::Write { key: Some(key), value } => {
                written.entry(key.as_str()).or_default().push((access, *value));
            }
            // Any key may be meant.
            SessionUse::Read(None) | SessionUse::Write { key: None, .. } | SessionUse::Whole => return,
            SessionUse::Remove | SessionUse::Clear => {}
        }
    }
    for (key, writes) in written {
        if read.contains(key) || is_for_library(key) || templates_read(project, key) {
            continue;
        }
        report(project, key, &writes, findings);
    }
}

fn is_for_library(key: &str) -> bool {
    let snake = words::snake_case(key);
    key.starts_with('_') || key.contains('.') || LIBRARIES.iter().any(|word| words::has_word(&snake, word))
}

/// Whether a template, or another text that is not Python, speaks of the session and of the key.
fn templates_read(project: &Project, key: &str) -> bool {
    let forms = [format!("'{key}'"), format!("\"{key}\""), format!(".{key}")];
    let texts = project.sources().iter().filter(|(id, _)| project.file(*id).is_none()).map(|(_, file)| file.text());
    texts.filter(|text| text.contains("session")).any(|text| forms.iter().any(|form| text.contains(form.as_str())))
}

fn report(project: &Project, key: &str, writes: &[(&SessionAccess, ExprId)], findings: &mut Findings) {
    let in_apps = writes.iter().filter_map(|&(access, value)| {
        let file = project.file(access.at.file).filter(|file| file.role() == Role::App)?;
        Some((file, access, value))
    });
    let Some((file, access, _)) = in_apps.clone().next() else { return };
    let unchecked = in_apps.clone().any(|(file, _, value)| is_input(file, value));
    let what = if unchecked { "what the caller sent, unchecked" } else { "a value" };
    let message = format!(
        "`session[\"{key}\"]` keeps {what}, and nothing ever reads it: either the code that should use it is missing, or \
         every request carries it for nothing."
    );
    let mut finding = findings.report(file.at_expr(access.at.expr), format!("session: {key}"), message);
    if unchecked {
        finding = finding.severity(Severity::Medium);
    }
    for (file, access, _) in in_apps.skip(1).take(2) {
        finding = finding.also(file.at_expr(access.at.expr), "also written here");
    }
}

/// Whether a value is taken from the request as it is.
fn is_input(file: File<'_>, value: ExprId) -> bool {
    let text = file.text_of(assigned_value(file, value).unwrap_or(value));
    text.contains("request") && INPUT.iter().any(|part| text.contains(part))
}
