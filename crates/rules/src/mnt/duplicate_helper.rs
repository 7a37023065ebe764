//! MNT003: one helper copied into several modules.

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::{File, Project};
use backlint_semantic::ScopeId;
use backlint_source::Span;
use backlint_syntax::ast::{FunctionId, Stmt};

/// In how many modules a function has to stand.
const FEWEST_COPIES: usize = 3;
/// How long its body has to be: in statements, or in lines.
const FEWEST_STATEMENTS: usize = 3;
const FEWEST_LINES: u32 = 5;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut by_name: BTreeMap<&str, Vec<(File<'_>, FunctionId)>> = BTreeMap::new();
    for file in project.app_files() {
        for function in helpers(file) {
            by_name.entry(file.function_name(function)).or_default().push((file, function));
        }
    }
    for (name, functions) in by_name.into_iter().filter(|(_, functions)| functions.len() >= FEWEST_COPIES) {
        let mut by_body: BTreeMap<String, Vec<(File<'_>, FunctionId)>> = BTreeMap::new();
        for (file, function) in functions {
            if let Some(body) = normalised(file, function) {
                by_body.entry(body).or_default().push((file, function));
            }
        }
        for copies in by_body.values() {
            report(name, copies, findings);
        }
    }
}

fn report(name: &str, copies: &[(File<'_>, FunctionId)], findings: &mut Findings) {
    let mut modules: Vec<_> = copies.iter().map(|(file, _)| file.id()).collect();
    modules.dedup();
    let Some(((file, first), others)) = copies.split_first() else { return };
    if modules.len() < FEWEST_COPIES {
        return;
    }
    let message = format!("The same `{name}` exists in {} modules: give it one home and import it.", modules.len());
    let mut report = findings.report(file.at_function(*first), name, message);
    for (other, function) in others {
        report = report.also(other.at_function(*function), "the same again");
    }
}

/// The plain functions of the module itself; what decorators register is called by name of its module.
fn helpers(file: File<'_>) -> impl Iterator<Item = FunctionId> + '_ {
    let module = file.module();
    module.top_level().iter().filter_map(move |&stmt| match module.stmt(stmt) {
        Stmt::Function(id) if module.list(file.function(id).decorators).is_empty() => {
            (file.index().stmt_scope(stmt) == ScopeId::MODULE).then_some(id)
        }
        _ => None,
    })
}

/// Parameters and body without docstring, comments and layout; none for what is too short to matter.
fn normalised(file: File<'_>, function: FunctionId) -> Option<String> {
    let module = file.module();
    let body = module.body(function);
    let body = match body {
        [first, rest @ ..] if file.is_documentation(*first) => rest,
        all => all,
    };
    let (first, last) = (body.first()?, body.last()?);
    let span = module.stmt_span(*first).cover(module.stmt_span(*last));
    let lines = file.line(span.end) - file.line(span.start) + 1;
    if body.len() < FEWEST_STATEMENTS && lines < FEWEST_LINES {
        return None;
    }
    let header = file.function(function).header;
    Some(format!("{}\n{}", without_layout(file, header), without_layout(file, span)))
}

/// The text of a span, its comments left out and its white space made one blank each.
fn without_layout(file: File<'_>, span: Span) -> String {
    let comments = file.module().comments();
    let start = comments.partition_point(|comment| comment.span.start < span.start);
    let inside = comments[start..].iter().take_while(|comment| comment.span.start < span.end);
    let mut text = String::new();
    let mut from = span.start;
    for comment in inside {
        text.push_str(file.slice(Span::new(from, comment.span.start)));
        from = comment.span.end;
    }
    text.push_str(file.slice(Span::new(from, span.end.max(from))));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
