//! Routes that answer with the rows of a query.

use backlint_model::{
    ClassRef, Comparator, Criterion, EndKind, File, FunctionRef, Liveness, Model, Project, Query, Role, Route,
    Selection, StepKind, words,
};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};
use rustc_hash::FxHashSet;

use crate::returned::is_returned;
use crate::tables::stays_small;

/// How many calls deep the rows may be fetched.
const MAX_DEPTH: u32 = 2;

/// Words of parameters that choose a page.
const PAGE_WORDS: &[&str] = &["cursor", "limit", "offset", "page", "paginat", "skip"];

/// Words of code that cuts rows off in another way, or streams them.
const OTHER_WORDS: &[&str] = &["[:", "export", "first_n", "islice", "stream", "top_k", "yield"];

/// What a route answers with.
pub(super) struct List {
    pub(super) entity: ClassRef,
    /// Where the rows are fetched.
    pub(super) at: Location,
    pub(super) is_paged: bool,
    pub(super) scope: Scope,
    /// Whether the table is one that stays small: by its name, or because its rows belong to nothing.
    pub(super) is_lookup: bool,
}

/// Of what the rows are all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Of the table, but for what they are.
    Whole,
    /// Of a parent, a caller, or whatever a condition names.
    Part,
    /// Of those that somebody still has to deal with.
    Open,
}

/// The routes of reading methods that answer with rows, each handler once.
pub(super) fn of_routes(project: &Project) -> Vec<(&Route, List)> {
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    for route in project.routes() {
        let is_served = route.liveness != Liveness::Dead
            && !project.is_dev_only(route)
            && project.file(route.at.file).is_some_and(|file| file.role() == Role::App);
        if !is_served || !route.is_read_only_method() {
            continue;
        }
        let Some(handler) = route.handler.function().filter(|handler| seen.insert(*handler)) else { continue };
        if let Some(list) = list(project, handler, MAX_DEPTH) {
            let is_paged = list.is_paged || cuts_pages(project, handler) || has_page_dependency(project, route);
            found.push((route, List { is_paged, ..list }));
        }
    }
    found
}

/// The rows that a function returns, its own or those of a function that it calls.
fn list(project: &Project, function: FunctionRef, depth: u32) -> Option<List> {
    let file = project.file(function.file)?;
    if let Some(list) = project.queries_in(function).find_map(|query| own_list(project, file, function, query)) {
        return Some(list);
    }
    let below = depth.checked_sub(1)?;
    project.callees(function).iter().filter(|callee| is_returned(file, function.id, callee.call)).find_map(|callee| {
        let list = list(project, callee.function, below)?;
        Some(List { is_paged: list.is_paged || cuts_pages(project, callee.function), ..list })
    })
}

fn own_list(project: &Project, file: File<'_>, function: FunctionRef, query: &Query) -> Option<List> {
    if query.selects == Selection::Aggregates || query.has(StepKind::Group) {
        return None;
    }
    let is_fetched = |kind: EndKind| matches!(kind, EndKind::All | EndKind::Page);
    let end = query.ends.iter().find(|end| is_fetched(end.kind) && is_returned(file, function.id, end.value))?;
    let model = project.model(query.entity)?;
    Some(List {
        entity: query.entity,
        at: file.at(file.first_line(file.at_expr(end.value).span)),
        is_paged: end.kind == EndKind::Page || query.has(StepKind::Limit),
        scope: scope(project, query),
        is_lookup: stays_small(model) || !belongs_to_something(model),
    })
}

/// Whether rows refer to others, as what people make does.
fn belongs_to_something(model: &Model) -> bool {
    model.columns().any(|(_, column)| !column.foreign_keys.is_empty())
}

/// Rows of a parent: a condition on a foreign key or on another table, or one of any kind that always holds.
fn scope(project: &Project, query: &Query) -> Scope {
    let Some(model) = project.model(query.entity) else { return Scope::Part };
    if project.criteria(query).iter().any(|criterion| is_open_state(project, query, criterion)) {
        return Scope::Open;
    }
    let narrows = project.criteria(query).into_iter().any(|criterion| {
        let column = model.columns().find(|(attribute, _)| attribute.name == criterion.attribute);
        let is_link = column.is_none_or(|(attribute, column)| {
            !column.foreign_keys.is_empty() || column.is_primary_key || attribute.name.ends_with("_id")
        });
        let is_firm = query.steps_of(StepKind::Filter).any(|step| {
            let file = project.file(query.at.file);
            file.is_some_and(|file| {
                step.branch.is_none() && file.module().span(step.call).contains(file.module().span(criterion.at))
            })
        });
        is_firm && (is_link || !is_mark(project, query, criterion.value))
    });
    if narrows || query.has(StepKind::Join) { Scope::Part } else { Scope::Whole }
}

/// `status == "pending"`: rows leave such a state again, so that few are in it.
fn is_open_state(project: &Project, query: &Query, criterion: &Criterion<'_>) -> bool {
    const STATES: &[&str] =
        &["awaiting", "open", "pending", "processing", "queued", "running", "unprocessed", "waiting"];
    let Some((file, value)) = project.file(query.at.file).zip(criterion.value) else { return false };
    let named = match file.module().expr(value) {
        Expr::Str(text) => file.module().text(text),
        Expr::Attribute { name, .. } => file.module().text(name),
        _ => return false,
    };
    let snake = words::snake_case(named).to_lowercase();
    criterion.comparator == Comparator::Equal && STATES.iter().any(|state| words::has_word(&snake, state))
}

/// A comparison with a constant: what the rows are, such as active or not deleted.
fn is_mark(project: &Project, query: &Query, value: Option<ExprId>) -> bool {
    let Some(file) = project.file(query.at.file) else { return false };
    value.is_none_or(|value| {
        matches!(
            file.module().expr(value),
            Expr::True | Expr::False | Expr::None | Expr::Str(_) | Expr::Int(_) | Expr::Attribute { .. }
        )
    })
}

/// Whether the text of a function speaks of pages or streams.
fn cuts_pages(project: &Project, function: FunctionRef) -> bool {
    speaks_of(project, function, PAGE_WORDS) || speaks_of(project, function, OTHER_WORDS)
}

fn has_page_dependency(project: &Project, route: &Route) -> bool {
    let mut handed_in = project.dependency_uses(route).into_iter().filter(|used| used.param.is_some());
    handed_in.any(|used| speaks_of(project, used.provider, PAGE_WORDS))
}

fn speaks_of(project: &Project, function: FunctionRef, words: &[&str]) -> bool {
    let Some(file) = project.file(function.file) else { return true };
    let span = file.index().definition_span(file.module(), file.function(function.id).stmt);
    let text = file.slice(span).to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}
