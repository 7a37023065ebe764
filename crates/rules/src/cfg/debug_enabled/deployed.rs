//! Debug mode that a deployment file turns on.

use backlint_finding::{Confidence, Findings};
use backlint_model::Project;
use backlint_source::{FileId, Location, SourceFile, Span};

use super::overrides::{assignment, deployment_texts};
use crate::switches::is_yes;

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let texts = deployment_texts(project);
    for &(id, file) in &texts {
        if is_for_development(file.path(), &texts) || mounts_source(file.text()) {
            continue;
        }
        let lines = (1..=file.line_count()).map(|number| file.lines().line_span(file.text(), number));
        let mut settings = lines.filter_map(|span| Some((span, debug_setting(file.slice(span))?)));
        // The mode and the flag usually stand together and say the same.
        if let Some((span, setting)) = settings.next() {
            let message = format!(
                "`{setting}` starts the server with its interactive debugger: whoever reaches it can run code. Keep it to files for development."
            );
            let at = Location { file: id, span: trimmed(file, span) };
            findings.report(at, setting, message).confidence(Confidence::Medium);
        }
    }
}

/// A stack that runs the checked-out source from a volume is one for development.
fn mounts_source(text: &str) -> bool {
    text.lines().map(str::trim).any(|line| {
        let volume = line.trim_start_matches("- ").trim_matches(['"', '\'']);
        volume.starts_with(".:/")
            || volume.starts_with("./")
                && ["/app", "/code", "/src"]
                    .iter()
                    .any(|end| volume.split(':').nth(1).is_some_and(|target| target.ends_with(end)))
    })
}

/// Without a file for production beside it, the one file is for production too.
fn is_for_development(path: &str, texts: &[(FileId, &SourceFile)]) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name.starts_with(".env") {
        return !name.contains("prod");
    }
    let is_production = |other: &str| {
        let (other_folder, other_name) = other.rsplit_once('/').unwrap_or(("", other));
        let is_same_kind = other_name.get(..6).is_some_and(|head| name.starts_with(head));
        other_folder == folder && is_same_kind && other_name.contains("prod") && !name.contains("prod")
    };
    texts.iter().any(|(_, other)| is_production(other.path()))
}

/// The part of a line that turns Flask's debug mode on.
fn debug_setting(line: &str) -> Option<String> {
    let content = line.trim();
    if content.starts_with('#') {
        return None;
    }
    if let Some(found) = assignment(line) {
        let turns_on = match found.key {
            "FLASK_DEBUG" => is_yes(found.value),
            "FLASK_ENV" => found.value == "development",
            _ => false,
        };
        return turns_on.then(|| format!("{}={}", found.key, found.value));
    }
    let words: Vec<&str> = content.split([' ', '"', '\'', ',', '[', ']']).filter(|word| !word.is_empty()).collect();
    let starts_flask = words.contains(&"flask") && words.contains(&"run") && words.contains(&"--debug");
    starts_flask.then(|| "flask run --debug".to_owned())
}

fn trimmed(file: &SourceFile, line: Span) -> Span {
    let text = file.slice(line);
    let blank = u32::try_from(text.len() - text.trim_start().len()).unwrap_or(0);
    Span::new(line.start + blank, line.end)
}
