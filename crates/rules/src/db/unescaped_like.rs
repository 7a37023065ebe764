//! DB026: a pattern of `LIKE` that holds a client's text as it comes.

use std::collections::BTreeSet;

use backlint_finding::{Findings, Severity};
use backlint_model::{ClientForm, ClientValue, EndKind, File, FunctionRef, Project};
use backlint_semantic::{Call, descendants};
use backlint_source::Span;
use backlint_syntax::ast::{Expr, ExprId, Part};

use crate::expressions::assigned_value;
use crate::reached::reach_of;

/// Comparisons whose argument is a pattern.
const PATTERNS: &[&str] = &["ilike", "like", "not_ilike", "not_like", "notilike", "notlike"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.models().is_empty() {
        return;
    }
    for file in project.app_files() {
        let mut seen = BTreeSet::new();
        for call in file.calls_named(PATTERNS) {
            let Some(function) = file.index().function_of(call.expr) else { continue };
            let Some(pattern) = call.positional(0).filter(|_| call.receiver().is_some()) else { continue };
            if call.keyword("escape").is_some() || reach_of(project, file, function).is_none() {
                continue;
            }
            let function = FunctionRef { file: file.id(), id: function };
            let pattern = assigned_value(file, pattern).unwrap_or(pattern);
            let Some(value) = raw_value(project, file, pattern) else { continue };
            let is_new = seen.insert((function, value.name.clone()));
            if is_new && !is_escaped(file, function) && !is_escaped_at_entry(project, &value) {
                let like = Like { call, pattern, value };
                report(project, file, function, &like, findings);
            }
        }
    }
}

/// The client's text inside a pattern with wildcards around it.
fn raw_value(project: &Project, file: File<'_>, pattern: ExprId) -> Option<ClientValue> {
    let inside = texts_inside(file, pattern)?;
    inside.into_iter().find_map(|expr| {
        let values = project.client_values(file.id(), expr);
        values.into_iter().find(|value| matches!(value.form, ClientForm::Text | ClientForm::Structure))
    })
}

/// The parts of a pattern that are put between wildcards: of an f-string, of `"%" + q + "%"`.
fn texts_inside(file: File<'_>, pattern: ExprId) -> Option<Vec<ExprId>> {
    let module = file.module();
    let has_wildcard = file.text_of(pattern).contains('%');
    match module.expr(pattern) {
        Expr::FString(parts) if has_wildcard => {
            let values = module.list(parts).iter().filter_map(|part| match *part {
                Part::Value { value, .. } => Some(value),
                Part::Text(_) => None,
            });
            Some(values.collect())
        }
        Expr::Binary { .. } if has_wildcard => Some(
            descendants(module, pattern)
                .into_iter()
                .filter(|&part| matches!(module.expr(part), Expr::Name(_)))
                .collect(),
        ),
        Expr::Call { .. } => {
            let call = Call::of(module, pattern)?;
            let is_format = call.name() == Some("format") && has_wildcard;
            is_format.then(|| call.args.iter().map(|arg| arg.value).collect())
        }
        _ => None,
    }
}

/// Whether wildcards of the text are taken care of somewhere in the function.
fn is_escaped(file: File<'_>, function: FunctionRef) -> bool {
    let span = file.module().stmt_span(file.function(function.id).stmt);
    mentions_escape(file, span)
}

fn is_escaped_at_entry(project: &Project, value: &ClientValue) -> bool {
    let Some(file) = project.file(value.at.file) else { return false };
    let mut around = file.module().function_ids().map(|id| file.module().stmt_span(file.function(id).stmt));
    around.any(|span| span.contains(value.at.span) && mentions_escape(file, span))
}

fn mentions_escape(file: File<'_>, span: Span) -> bool {
    let text = file.slice(span);
    text.contains("escape")
        || text.contains("replace(\"%\"")
        || text.contains("replace('%'")
        || text.contains("sanitize")
}

/// A comparison with a pattern.
struct Like<'p> {
    call: Call<'p>,
    pattern: ExprId,
    value: ClientValue,
}

fn report(project: &Project, file: File<'_>, function: FunctionRef, like: &Like<'_>, findings: &mut Findings) {
    let name = &like.value.name;
    let span = like.call.span();
    let changes = project.queries_in(function).any(|query| {
        let is_in = query.steps.iter().any(|step| file.module().span(step.call).contains(span));
        is_in && query.ends.iter().any(|end| end.kind == EndKind::Write)
    });
    let (effect, cure) = if changes {
        ("`%` matches every row, and all of them change", "escape `%` and `_` first")
    } else {
        ("`%` finds every row, and `_` any character", "use `contains(…, autoescape=True)`")
    };
    let message = format!("Wildcards in `{name}` are not escaped: {effect}; {cure}.");
    let anchor = format!("{}({name})", file.qualified_name(function.id));
    let report =
        findings.report(file.at_expr(like.pattern), anchor, message).also(like.value.at, "the client sends it here");
    if changes {
        report.severity(Severity::Medium);
    }
}
