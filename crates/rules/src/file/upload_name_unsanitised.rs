//! FILE005: `upload-name-unsanitised`.

mod kept_names;

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{Flow, Hazard, Project, SentKind};
use backlint_semantic::Call;
use backlint_syntax::ast::ArgKind;
use rustc_hash::FxHashSet;

use super::path_traversal::validators::validators;
use crate::flows;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let free: FxHashSet<_> = project.flows(Hazard::Path).map(|flow| flow.at).collect();
    for flow in flows::deployed(project, Hazard::FileName).filter(|flow| flow.kind == SentKind::UploadName) {
        let is_prefixed = !free.contains(&flow.at);
        let consequence = if is_prefixed {
            "separators and odd characters in it reach the file system"
        } else {
            "`..`, absolute paths and names of other files included"
        };
        let message = format!("The name that the client gives the file becomes part of a path: {consequence}");
        let finding = flows::report(project, findings, flow, message, "it becomes part of the path of a file");
        if is_prefixed {
            finding.severity(Severity::Low);
        }
    }
    report_stored(project, findings);
    kept_names::check(project, findings);
}

/// Names that are kept in columns of paths.
fn report_stored(project: &Project, findings: &mut Findings) {
    let mut stored = flows::deployed(project, Hazard::StoredPath)
        .filter(|flow| flow.kind == SentKind::UploadName && !flow.is_joined)
        .filter_map(|flow| Some((flow, column(project, flow)?)))
        .peekable();
    if stored.peek().is_none() {
        return;
    }
    let sound: FxHashSet<&str> =
        validators(project).into_iter().filter(|validator| validator.is_sound).map(|v| v.field).collect();
    for (flow, column) in stored.filter(|(_, column)| !sound.contains(column)) {
        let message = format!(
            "The name that the client gives the file is kept as `{column}` as it is: who opens that path later opens \
             what the client chose."
        );
        let finding = flows::report(project, findings, flow, message, "it is stored as a path");
        finding.severity(Severity::Low).audience(Audience::Pedantic);
    }
}

/// The column that a value is given to: the keyword of the call that makes the row.
fn column<'p>(project: &'p Project, flow: &Flow) -> Option<&'p str> {
    let file = project.file(flow.at.file)?;
    let call = Call::of(file.module(), file.index().parent(flow.at.expr)?)?;
    let arg = call.args.iter().find(|arg| arg.value == flow.at.expr)?;
    match arg.kind {
        ArgKind::Keyword(name) => Some(file.module().text(name)),
        _ => None,
    }
}
