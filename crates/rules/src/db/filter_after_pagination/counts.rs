//! Counts that leave a condition of the list out.

use std::collections::BTreeMap;

use backlint_model::{EndKind, File, FunctionRef, Project, Query, Selection, Step, StepKind};
use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, ExprId};

use super::drops::bound_to;
use super::is_total;

/// A condition that the list has and the count has not.
pub(super) struct Gap {
    pub(super) count: ExprId,
    pub(super) condition: ExprId,
}

pub(super) fn gap(project: &Project, file: File<'_>, function: FunctionRef, list: &Query) -> Option<Gap> {
    let gap = gap_in_order(file, list).or_else(|| gap_beside(project, file, function, list))?;
    let name = file.module().text(bound_to(file, gap.count)?);
    (is_total(name) && !tells_both(file, function)).then_some(gap)
}

/// Tables in browsers ask for the number of all rows and for that of those found.
fn tells_both(file: File<'_>, function: FunctionRef) -> bool {
    let span = file.module().stmt_span(file.function(function.id).stmt);
    file.slice(span).to_ascii_lowercase().contains("filtered")
}

/// `query.count()` before the query gets its last conditions.
fn gap_in_order(file: File<'_>, list: &Query) -> Option<Gap> {
    let module = file.module();
    let counts: Vec<ExprId> = list.ends_of(EndKind::Count).map(|end| end.value).collect();
    let [count] = counts.as_slice() else { return None };
    let end = module.span(*count).end;
    let (before, later): (Vec<&Step>, Vec<&Step>) =
        list.steps_of(StepKind::Filter).partition(|step| module.span(step.call).end <= end);
    let counted: BTreeMap<String, ExprId> = before.iter().flat_map(|step| conditions(file, step.call)).collect();
    let later = later.into_iter().filter(|step| is_own_statement(file, step.call, *count));
    let mut left_out =
        later.flat_map(|step| conditions(file, step.call)).filter(|(text, _)| !counted.contains_key(text));
    let (_, condition) = left_out.next()?;
    (!is_cursor(file, condition)).then_some(Gap { count: *count, condition })
}

fn is_own_statement(file: File<'_>, step: ExprId, count: ExprId) -> bool {
    file.index().stmt_of(step) != file.index().stmt_of(count)
}

/// A count of its own, with all conditions of the list but some.
fn gap_beside(project: &Project, file: File<'_>, function: FunctionRef, list: &Query) -> Option<Gap> {
    let wanted = all_conditions(file, list);
    let counts = project
        .queries_in(function)
        .filter(|query| query.at != list.at && query.entity == list.entity && is_count(query));
    let counts: Vec<&Query> = counts.collect();
    let [count] = counts.as_slice() else { return None };
    let given = all_conditions(file, count);
    if list.has(StepKind::Join) != count.has(StepKind::Join) || !given.keys().all(|text| wanted.contains_key(text)) {
        return None;
    }
    let (_, &condition) = wanted.iter().find(|(text, _)| !given.contains_key(*text))?;
    let runs = count.ends.iter().find(|end| end.kind.is_run())?;
    (!is_cursor(file, condition)).then_some(Gap { count: runs.value, condition })
}

fn is_count(query: &Query) -> bool {
    let counts = query.selects == Selection::Aggregates && query.ends_of(EndKind::One).next().is_some();
    (counts || query.ends_of(EndKind::Count).next().is_some()) && query.ends_of(EndKind::All).next().is_none()
}

/// The conditions of a query by their text, white space aside.
fn all_conditions(file: File<'_>, query: &Query) -> BTreeMap<String, ExprId> {
    query.steps_of(StepKind::Filter).flat_map(|step| conditions(file, step.call)).collect()
}

fn conditions(file: File<'_>, step: ExprId) -> BTreeMap<String, ExprId> {
    let arguments = Call::of(file.module(), step).map_or(&[][..], |call| call.args);
    let shown = arguments.iter().map(|argument| {
        let text: String = file.text_of(argument.value).split_whitespace().collect();
        let keyword = match argument.kind {
            ArgKind::Keyword(name) => file.module().text(name),
            _ => "",
        };
        (format!("{keyword}={text}"), argument.value)
    });
    shown.collect()
}

/// Where the last page ended: no condition on what the list is about.
fn is_cursor(file: File<'_>, condition: ExprId) -> bool {
    let text = file.text_of(condition).to_ascii_lowercase();
    ["cursor", "after", "before", "last_", "since", "anchor"].iter().any(|word| text.contains(word))
}
