//! DB014: pages that are filtered after they were cut, and totals that count other rows than the pages show.

mod counts;
mod drops;

use backlint_finding::Findings;
use backlint_model::{EndKind, File, FunctionRef, Project, Query, Selection, StepKind};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{ArgKind, Expr, ExprId, FunctionId, Stmt};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for query in project.queries().iter().filter(|query| is_page(query)) {
        let Some(function) = query.function else { continue };
        let Some(file) = project.file(function.file) else { continue };
        if let Some(total) = total(file, function.id) {
            check_drops(file, function, query, total, findings);
            check_counts(project, file, function, query, findings);
        }
    }
}

/// A query that fetches one page of rows.
fn is_page(query: &Query) -> bool {
    query.selects != Selection::Aggregates
        && query.has(StepKind::Limit)
        && query.has(StepKind::Offset)
        && query.ends_of(EndKind::All).next().is_some()
}

fn check_drops(file: File<'_>, function: FunctionRef, query: &Query, total: ExprId, findings: &mut Findings) {
    let Some(dropped) = drops::first(file, function.id, query) else { return };
    let name = dropped.parameter;
    let message = format!(
        "`{name}` is applied after LIMIT: pages come out short, and the total does not count what `{name}` asks for."
    );
    let anchor = format!("{}({name})", file.qualified_name(function.id));
    let report = findings.report(file.at_expr(dropped.test), anchor, message);
    let limit = query.steps_of(StepKind::Limit).next().map(|step| step.call);
    let report = match limit.and_then(|call| Call::of(file.module(), call)) {
        Some(call) => report.also(file.at(tail(file, call)), "the page is cut here"),
        None => report,
    };
    report.also(file.at_expr(total), "the total is returned here");
}

fn check_counts(project: &Project, file: File<'_>, function: FunctionRef, query: &Query, findings: &mut Findings) {
    let Some(gap) = counts::gap(project, file, function, query) else { return };
    let condition: String = file.text_of(gap.condition).split_whitespace().collect::<Vec<_>>().join(" ");
    let message = format!(
        "The count leaves out `{condition}`, which the list is filtered by: the total is too high, and the last pages are empty."
    );
    let anchor = format!("{}: {condition}", file.qualified_name(function.id));
    let place = file.at(file.first_line(file.at_expr(gap.count).span));
    findings.report(place, anchor, message).also(file.at_expr(gap.condition), "the list is filtered here");
}

/// The last link of a chain of calls: `.limit(10)`.
fn tail(file: File<'_>, call: Call<'_>) -> backlint_source::Span {
    let start = call.receiver().map_or(call.span().start, |receiver| file.module().span(receiver).end);
    file.first_line(backlint_source::Span::new(start, call.span().end))
}

/// Where a function returns a total: `items, total`, `{"total": …}`, `Page(total=…)`, `len(items)`.
fn total(file: File<'_>, function: FunctionId) -> Option<ExprId> {
    let module = file.module();
    let returned = own_statements(module, module.body(function))
        .into_iter()
        .filter(|&stmt| matches!(module.stmt(stmt), Stmt::Return(Some(_))));
    let parts = returned.flat_map(|stmt| expressions_of(module, stmt)).flat_map(|expr| descendants(module, expr));
    parts.into_iter().find_map(|part| match module.expr(part) {
        Expr::Name(name) | Expr::Attribute { name, .. } if is_total(module.text(name)) => Some(part),
        Expr::Dict(items) => module.list(items).iter().find_map(|item| match module.expr(item.key?) {
            Expr::Str(key) if is_total(module.text(key)) => Some(item.value),
            _ => None,
        }),
        Expr::Call { .. } => Call::of(module, part)?.args.iter().find_map(|arg| match arg.kind {
            ArgKind::Keyword(name) if is_total(module.text(name)) => Some(arg.value),
            _ => None,
        }),
        _ => None,
    })
}

fn is_total(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    matches!(lower.as_str(), "count" | "total")
        || lower.starts_with("total_")
        || lower.ends_with("_total")
        || lower.ends_with("_count")
}
