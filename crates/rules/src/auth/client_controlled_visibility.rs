//! AUTH027: a parameter of the request decides whether rows that are not for everybody are left out.

mod defaults;

use std::collections::BTreeSet;

use backlint_finding::{Confidence, Findings};
use backlint_model::{
    ClientValue, Criterion, File, FunctionRef, Model, Project, Query, Role, Route, Step, StepKind, Verdict, words,
};
use backlint_semantic::{Block, descendants};
use backlint_syntax::ast::{ExprId, Stmt, StmtId};

use crate::served::is_served;
use defaults::holds;

/// How many calls above a query its handler may be.
const MAX_CALLERS: u32 = 2;

/// Words of code that asks what the caller may do.
const RIGHTS: &[&str] = &[
    "admin",
    "allowed",
    "authorized",
    "can_",
    "is_owner",
    "moderator",
    "permission",
    "privileged",
    "role",
    "scopes",
    "staff",
    "superuser",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for query in project.queries() {
        let (Some(function), Some(model)) = (query.function, project.model(query.entity)) else { continue };
        let Some(file) = project.file(query.at.file).filter(|file| file.role() == Role::App) else { continue };
        let filters = query.steps_of(StepKind::Filter).filter(|step| step.branch.is_some());
        for choice in filters.filter_map(|step| choice(project, file, model, query, step)) {
            let Some(route) = served_route(project, function, choice.guards) else { continue };
            if seen.insert((query.at.file, choice.stmt)) {
                report(project, file, &choice, route, findings);
            }
        }
    }
}

/// What a filter keeps from whom.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Guards {
    /// Rows that are not public, from everybody.
    Hidden,
    /// Rows that count as deleted, from strangers.
    Deleted,
    /// Rows of others, from a caller who is known.
    Foreign,
}

/// A filter that a client can skip.
struct Choice<'p> {
    stmt: StmtId,
    column: &'p str,
    guards: Guards,
    sent: ClientValue,
}

fn choice<'p>(project: &'p Project, file: File<'p>, model: &Model, query: &Query, step: &Step) -> Option<Choice<'p>> {
    let stmt = step.branch?;
    let module = file.module();
    let span = module.span(step.call);
    let criteria = project.criteria(query);
    let mut of_step = criteria.iter().filter(|criterion| span.contains(module.span(criterion.at)));
    let (criterion, guards) = of_step.find_map(|it| Some((it, guards(file, model, it)?)))?;
    let is_elsewhere = |other: &&Criterion<'_>| {
        let has_same = other.attribute == criterion.attribute && !span.contains(module.span(other.at));
        has_same || guards == Guards::Hidden && self::guards(file, model, other) == Some(Guards::Foreign)
    };
    if criteria.iter().find(is_elsewhere).is_some() {
        return None;
    }
    let (test, is_else) = test_of(file, stmt, step)?;
    if holds(project, file, test)? == is_else || asks_for_rights(file, query) {
        return None;
    }
    let parts = descendants(module, test).into_iter();
    let sent = parts.flat_map(|part| project.client_values(file.id(), part)).next()?;
    Some(Choice { stmt, column: criterion.attribute, guards, sent })
}

/// What a condition keeps from whom.
fn guards(file: File<'_>, model: &Model, criterion: &Criterion<'_>) -> Option<Guards> {
    const OWNERS: &[&str] =
        &["account_id", "author_id", "created_by", "created_by_id", "owner_id", "tenant_id", "user_id"];
    const CALLERS: &[&str] = &["current", "g.user", "me.", "principal", "request.user", "user.id", "user[", "viewer"];
    let name = criterion.attribute;
    if model.visibility_marks().any(|mark| mark.name == name) {
        return Some(Guards::Hidden);
    }
    if model.deletion_marks().any(|mark| mark.name == name) {
        return Some(Guards::Deleted);
    }
    let value = criterion.value.map(|value| file.text_of(value))?;
    (OWNERS.contains(&name) && CALLERS.iter().any(|caller| value.contains(caller))).then_some(Guards::Foreign)
}

/// The test that a step stands under, and whether the step runs when it fails.
fn test_of(file: File<'_>, stmt: StmtId, step: &Step) -> Option<(ExprId, bool)> {
    let module = file.module();
    let Stmt::If { clauses, .. } = module.stmt(stmt) else { return None };
    let clauses = module.list(clauses);
    let own = file.index().stmt_of(step.call)?;
    let block = file.index().stmt_ancestors(own).find(|parent| parent.stmt == stmt)?.block;
    match (block, clauses) {
        (Block::Clause(0), [first, ..]) => Some((first.test, false)),
        (Block::Else, [only]) => Some((only.test, true)),
        _ => None,
    }
}

/// Whether the function of a query asks anywhere what the caller may do.
fn asks_for_rights(file: File<'_>, query: &Query) -> bool {
    query.function.is_none_or(|function| speaks_of_rights(file, function))
}

fn speaks_of_rights(file: File<'_>, function: FunctionRef) -> bool {
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt)).to_ascii_lowercase();
    RIGHTS.iter().any(|word| text.contains(word))
}

/// A route by which the function is reached and that lets in callers from whom the rows are kept.
fn served_route(project: &Project, function: FunctionRef, guards: Guards) -> Option<&Route> {
    let mut level = vec![function];
    for _ in 0..=MAX_CALLERS {
        let routes = level.iter().flat_map(|&function| project.routes_of(function)).map(|&id| project.route(id));
        if let Some(route) = routes.into_iter().find(|route| lets_in(project, route, guards)) {
            return Some(route);
        }
        level = level.iter().flat_map(|&f| project.callers(f)).map(|caller| caller.function).collect();
        level.sort_unstable();
        level.dedup();
    }
    None
}

fn lets_in(project: &Project, route: &Route, guards: Guards) -> bool {
    const STAFF: &[&str] =
        &["admin", "internal", "manage", "manager", "moderator", "permission", "role", "scope", "staff", "superuser"];
    let is_for_staff = |text: &str| {
        let snake = words::snake_case(text);
        STAFF.iter().any(|word| words::has_word(&snake, word))
    };
    let is_open = matches!(route.guarding.verdict, Verdict::No | Verdict::Public);
    let is_known = matches!(route.guarding.verdict, Verdict::Yes | Verdict::Conditional);
    let fits = match guards {
        Guards::Hidden => is_open || is_known,
        Guards::Deleted => is_open,
        Guards::Foreign => is_known,
    };
    let Some(file) = route.handler.function().and_then(|handler| project.file(handler.file)) else { return false };
    fits && is_served(project, route)
        && !route.path.split('/').any(is_for_staff)
        && !file.local_path().split(['/', '.']).any(is_for_staff)
        && !route.guards.iter().any(|guard| is_for_staff(&guard.name))
        && !route.handler.function().is_some_and(|handler| speaks_of_rights(file, handler))
}

fn report(project: &Project, file: File<'_>, choice: &Choice<'_>, route: &Route, findings: &mut Findings) {
    let (name, column) = (&choice.sent.name, choice.column);
    let whose = match choice.guards {
        Guards::Hidden => "rows that are not meant for everybody",
        Guards::Deleted => "rows that were deleted",
        Guards::Foreign => "the rows of others",
    };
    let message = format!(
        "Whoever sends another `{name}` skips the filter on `{column}` and gets {whose}: nothing asks what the caller of \
         `{}` may see.",
        route.label(),
    );
    let place = file.at(file.first_line(file.module().stmt_span(choice.stmt)));
    findings
        .report(place, format!("{} {name}", project.handler_name(route.handler)), message)
        .confidence(Confidence::High)
        .also(choice.sent.at, "the client chooses this");
}
