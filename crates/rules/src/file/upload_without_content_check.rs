//! FILE004: uploads are kept without a look at what they are.

use std::collections::BTreeSet;

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{Flow, FunctionRef, Hazard, Project};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

use crate::flows;

/// How many calls away from the function that takes the upload checks are looked for.
const CHECK_DEPTH: u32 = 2;

/// Words of code that looks at what a file is in ways that are not followed.
const CHECKS: &[&str] = &["allowed", "clamav", "clamd", "is_valid", "validate_", "virus", "whitelist"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for flow in flows::deployed(project, Hazard::Content) {
        let at = kept_at(project, flow);
        if is_scratch(project, flow) || !seen.insert((flow.entry, at)) {
            continue;
        }
        report(project, flow, at, findings);
    }
}

fn report(project: &Project, flow: &Flow, at: Location, findings: &mut Findings) {
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
    report = report.also(flow.source, "the upload comes in here");
    for step in flow.steps.iter().filter(|step| step.at != at) {
        report = report.also(step.at, step.message.clone());
    }
    let stored = project.at(flow.at);
    if stored != at {
        report = report.also(stored, "it is kept here");
    }
    if flow.is_labelled {
        report.audience(Audience::Pedantic).confidence(Confidence::Medium);
    } else if speaks_of_checks(project, flow.entry) || is_downloaded(project) {
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
    let module = file.module();
    let holds = |expr: ExprId| {
        let text = file.text_of(expr).to_ascii_lowercase();
        ["tmp", "temp", "bytesio", "stringio", "buffer", "hash", "socket", "stdin"]
            .iter()
            .any(|word| text.contains(word))
    };
    let calls = file.index().ancestors(flow.at.expr).find(|&expr| matches!(module.expr(expr), Expr::Call { .. }));
    let Some(call) = calls.and_then(|call| Call::of(module, call)) else { return false };
    let target = call.receiver().filter(|&receiver| receiver != flow.at.expr);
    holds(call.expr) || target.is_some_and(|target| opened(project, flow, target).into_iter().any(holds))
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
