//! FILE004: uploads are kept without a look at what they are.

mod served_folders;

use std::collections::BTreeSet;

use backlint_finding::{Audience, Confidence, Findings, Severity};
use backlint_model::{File, Flow, FunctionRef, Hazard, Project};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

use crate::flows;
use served_folders::{Served, ServedFolders};

/// How many calls away from the function that takes the upload checks are looked for.
const CHECK_DEPTH: u32 = 2;

/// Words of code that looks at what a file is in ways that are not followed.
const CHECKS: &[&str] = &["allowed", "clamav", "clamd", "is_valid", "validate_", "virus", "whitelist"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut flows = flows::deployed(project, Hazard::Content).peekable();
    if flows.peek().is_none() {
        return;
    }
    let served = ServedFolders::of(project);
    let mut seen = BTreeSet::new();
    for flow in flows {
        let at = kept_at(project, flow);
        if is_scratch(project, flow) || !seen.insert((flow.entry, at)) {
            continue;
        }
        report(project, &served, flow, at, findings);
    }
}

fn report(project: &Project, served: &ServedFolders<'_>, flow: &Flow, at: Location, findings: &mut Findings) {
    let Some(entry) = project.file(flow.entry.file) else { return };
    let anchor = format!("{}: {}", entry.qualified_name(flow.entry.id), flow.name);
    let message = if flow.is_labelled {
        format!("Only the name or type that the client states for `{}` is looked at: any bytes are kept", flow.name)
    } else {
        format!(
            "`{}` is kept whatever it is: nothing looks at its type or content. Allow the types that are needed, and \
             read the content as one of them first",
            flow.name
        )
    };
    let mut report = findings.report(at, anchor, message);
    report = report.step(flow.source, format!("`{}` comes with {}", flow.name, flow.what));
    for step in &flow.steps {
        report = report.step(step.at, step.message.clone());
    }
    let stored = project.at(flow.at);
    report = report.step(stored, "it is kept here");
    // Each place that hands it on could look at it.
    for step in flow.steps.iter().filter(|step| step.at != at && step.at != stored) {
        report = report.also(step.at, "here it goes on unseen");
    }
    if stored != at {
        report = report.also(stored, "it is kept here");
    }
    let serving = kept_as(project, flow).and_then(|(file, path)| served.serving(file, path));
    if serving.is_some() {
        report = report.severity(Severity::High);
    }
    if let Some(Served::By(place)) = serving {
        report = report.also(place, "the files of this folder are handed to browsers here");
    }
    if flow.is_labelled {
        report.audience(Audience::Pedantic).confidence(Confidence::Medium);
    } else if speaks_of_checks(project, flow.entry) || (serving.is_none() && is_downloaded(project)) {
        report.audience(Audience::Pedantic).confidence(Confidence::Low);
    }
}

/// The place in the function that takes the upload from which it is kept.
fn kept_at(project: &Project, flow: &Flow) -> Location {
    let stored = project.at(flow.at);
    let Some(entry) = project.file(flow.entry.file) else { return stored };
    let whole = entry.module().stmt_span(entry.function(flow.entry.id).stmt);
    let is_inside = |at: &Location| at.file == flow.entry.file && whole.contains(at.span);
    if is_inside(&stored) {
        return stored;
    }
    flow.steps.iter().map(|step| step.at).rfind(is_inside).unwrap_or(stored)
}

/// Whether the upload only goes to a file that does not last, for somebody who reads it next.
fn is_scratch(project: &Project, flow: &Flow) -> bool {
    let Some(file) = project.file(flow.at.file) else { return true };
    let holds = |expr: ExprId| {
        let text = file.text_of(expr).to_ascii_lowercase();
        ["tmp", "temp", "bytesio", "stringio", "buffer", "hash", "socket", "stdin"]
            .iter()
            .any(|word| text.contains(word))
    };
    let Some(call) = keeping_call(file, flow) else { return false };
    let target = call.receiver().filter(|&receiver| receiver != flow.at.expr);
    holds(call.expr) || target.is_some_and(|target| opened(project, flow, target).into_iter().any(holds))
}

/// The call that keeps an upload.
fn keeping_call<'p>(file: File<'p>, flow: &Flow) -> Option<Call<'p>> {
    let mut around = file.index().ancestors(flow.at.expr);
    around.find_map(|expr| Call::of(file.module(), expr))
}

/// The path that an upload is written to.
fn kept_as<'p>(project: &'p Project, flow: &Flow) -> Option<(File<'p>, ExprId)> {
    let file = project.file(flow.at.file)?;
    let call = keeping_call(file, flow)?;
    let object = call.receiver()?;
    let path = match call.name()? {
        "save" => call.positional(0)?,
        "write_bytes" => object,
        "copyfileobj" => opening(project, flow, call.positional(1)?)?,
        _ => opening(project, flow, object)?,
    };
    Some((file, path))
}

/// The path of the call that opened a file object.
fn opening(project: &Project, flow: &Flow, target: ExprId) -> Option<ExprId> {
    let file = project.file(flow.at.file)?;
    let calls = opened(project, flow, target).into_iter().chain([target]);
    let mut opened = calls.filter_map(|expr| Call::of(file.module(), expr)).filter(|call| call.name() == Some("open"));
    let call = opened.next()?;
    // `path.open("wb")`
    let is_method = call.receiver().filter(|object| !matches!(file.text_of(*object), "aiofiles" | "io" | "os"));
    is_method.or_else(|| call.positional(0))
}

/// What a file object was opened by, in the same file.
fn opened(project: &Project, flow: &Flow, target: ExprId) -> Vec<ExprId> {
    use backlint_semantic::BindingKind;
    let Some(file) = project.file(flow.at.file) else { return Vec::new() };
    let Expr::Name(name) = file.module().expr(target) else { return Vec::new() };
    let bindings = file.index().lookup(file.index().scope_of_name(target), name).iter();
    bindings
        .filter_map(|binding| match binding.kind {
            BindingKind::With { context } => Some(context),
            BindingKind::Assign { value, .. } => value,
            _ => None,
        })
        .collect()
}

/// Whether the function that takes the upload, or one it calls, speaks of types of files: checks that were not followed.
fn speaks_of_checks(project: &Project, entry: FunctionRef) -> bool {
    project.called_within(entry, CHECK_DEPTH).into_iter().any(|(_, function)| {
        let Some(file) = project.file(function.file) else { return false };
        let text = file.slice(file.module().stmt_span(file.function(function.id).stmt)).to_ascii_lowercase();
        CHECKS.iter().any(|word| text.contains(word))
    })
}

/// Whether the project hands files out as downloads, which browsers do not run.
fn is_downloaded(project: &Project) -> bool {
    project.app_files().any(|file| {
        let text = file.source().text();
        text.contains("as_attachment=True")
            || text.contains("attachment; filename")
            || text.contains("attachment;filename")
    })
}
