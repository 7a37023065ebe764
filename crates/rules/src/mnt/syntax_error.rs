//! MNT014: a module that Python cannot read.

mod cause;

use backlint_finding::Findings;
use backlint_model::File;
use backlint_source::Span;
use backlint_syntax::{SyntaxProblem, SyntaxProblemKind};

use cause::Cause;

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if !file.role().is_reported() || is_template(file) || is_python_2(file) {
        return;
    }
    let Some(problem) = file.module().problems().iter().find(|problem| is_error(problem)) else { return };
    if is_from_the_future(file, problem.span) {
        return;
    }
    let (span, what) = explain(file, problem);
    let message = format!("{what}: the module cannot be imported, and nothing in this part of it was checked.");
    findings.report(file.at(file.first_line(span)), "<module>", message);
}

/// The place to look at, and what is wrong there.
fn explain(file: File<'_>, problem: &SyntaxProblem) -> (Span, String) {
    match Cause::find(file.source().text(), problem.span.start) {
        Some(Cause::Conflict(span)) => (span, "The markers of a merge conflict were left in".to_owned()),
        Some(Cause::Unclosed(span)) => (span, format!("This `{}` is never closed", file.slice(span))),
        Some(Cause::Indent(span)) => {
            (span, "This line is indented otherwise than the lines around it allow".to_owned())
        }
        Some(Cause::Orphan(span)) => (span, format!("This `{}` belongs to no statement", file.slice(span))),
        Some(Cause::LoneBrace(span)) => (span, format!("This `{}` of an f-string has no other half", file.slice(span))),
        None => {
            let what = problem.kind.describe();
            let mut letters = what.chars();
            let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
            (problem.span, first + letters.as_str())
        }
    }
}

/// Whether the problem is the file's; the others are limits of this tool.
fn is_error(problem: &SyntaxProblem) -> bool {
    matches!(problem.kind, SyntaxProblemKind::Unexpected | SyntaxProblemKind::Missing(_))
}

/// Whether the file becomes Python only when something fills it in.
fn is_template(file: File<'_>) -> bool {
    const MARKS: &[&str] = &["{{", "{%", "<%", "${", "@@"];
    let path = file.local_path();
    let is_placeholder = path.contains("{{") || path.contains("cookiecutter") || path.contains("template");
    let lines = file.module().problems().iter().map(|problem| line_text(file, problem.span));
    is_placeholder || lines.into_iter().any(|line| MARKS.iter().any(|mark| line.contains(mark)))
}

fn is_python_2(file: File<'_>) -> bool {
    let first = file.source().text().lines().next().unwrap_or_default();
    let is_started_by = first.starts_with("#!") && first.contains("python2");
    is_started_by
        || file.module().problems().iter().any(|problem| matches!(problem.kind, SyntaxProblemKind::Python2(_)))
}

/// Whether a statement of a later Python than the parser's stands here.
fn is_from_the_future(file: File<'_>, span: Span) -> bool {
    let line = line_text(file, span).trim_start();
    line.starts_with("lazy import ") || line.starts_with("lazy from ")
}

fn line_text(file: File<'_>, span: Span) -> &str {
    let source = file.source();
    source.slice(source.lines().line_span(source.text(), source.line(span.start)))
}
