//! AUTH007: a row that any known caller gets by its id, whoever it belongs to.

mod caller;
mod lookups;

use std::collections::BTreeSet;

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{ClassRef, FunctionRef, Liveness, Project, Role, Route, Verdict, words};
use backlint_source::Location;
use rustc_hash::FxHashMap;

use caller::CallerUse;
use lookups::{Lookup, Owned};

/// How many calls deep a row may be loaded.
const MAX_DEPTH: u32 = 2;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let owned = Owned::of(project);
    if owned.is_empty() {
        return;
    }
    let mut uses = CallerUse::of(project);
    let mut reported: BTreeSet<FunctionRef> = BTreeSet::new();
    for route in project.routes().iter().filter(|route| is_signed_in(project, route)) {
        let Some(case) = case(project, route, &owned, &mut uses) else { continue };
        if reported.insert(case.function) {
            report(project, route, &case, findings);
        }
    }
}

/// Whether something in front of the route proves who calls.
fn is_signed_in(project: &Project, route: &Route) -> bool {
    route.liveness != Liveness::Dead
        && matches!(route.guarding.verdict, Verdict::Yes | Verdict::Conditional)
        && !project.is_dev_only(route)
        && project.file(route.at.file).is_some_and(|file| file.role() == Role::App)
}

/// A row that is loaded whoever asks.
struct Case {
    function: FunctionRef,
    lookup: Lookup,
    /// The parameter for the caller that the function never reads.
    unread: Option<String>,
}

fn case(project: &Project, route: &Route, owned: &Owned, uses: &mut CallerUse<'_>) -> Option<Case> {
    let handler = route.handler.function()?;
    if is_for_staff(route) || lookups::is_checked_in_front(project, route) {
        return None;
    }
    let reached = reached(project, handler);
    let (function, lookup) =
        reached.iter().find_map(|&function| Some((function, owned.lookup(project, route, handler, function)?)))?;
    if reached.iter().any(|&function| uses.reads_caller(function, route) || refuses(project, function))
        || reached.iter().any(|&function| row_methods(project, function).any(|method| refuses(project, method)))
    {
        return None;
    }
    let unread = (function != handler).then(|| uses.unread_actor(function)).flatten();
    // Who asks for a role lets its holders see the rows; a function that is told who asks and does not look is a slip.
    if unread.is_none() && asks_for_role(route) {
        return None;
    }
    Some(Case { function: if unread.is_some() { function } else { handler }, lookup, unread })
}

/// Whether a function turns callers away for what they do not know or may not do, as far as its text says.
fn refuses(project: &Project, function: FunctionRef) -> bool {
    const WORDS: &[&str] =
        &["403", "FORBIDDEN", "Forbidden", "PermissionError", "check_password", "compare_digest", "verify"];
    let Some(file) = project.file(function.file) else { return true };
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
    WORDS.iter().any(|word| text.contains(word))
}

/// The methods of rows that a function calls: `order.check_access()`.
fn row_methods(project: &Project, function: FunctionRef) -> impl Iterator<Item = FunctionRef> + '_ {
    project.calls_in(function).into_iter().filter_map(move |call| {
        let model = project.row_model(function.file, call.receiver()?)?;
        project.method(model.class, call.name()?)
    })
}

/// The handler and what it calls.
fn reached(project: &Project, handler: FunctionRef) -> Vec<FunctionRef> {
    let mut reached = project.called_within(handler, MAX_DEPTH);
    reached.sort_unstable();
    reached.into_iter().map(|(_, function)| function).collect()
}

fn is_for_staff(route: &Route) -> bool {
    const WORDS: &[&str] = &["admin", "internal", "manager", "moderator", "staff", "superuser"];
    let has_word = |name: &str| {
        let snake = words::snake_case(name).replace(|c: char| !c.is_alphanumeric(), "_");
        WORDS.iter().any(|word| words::has_word(&snake, word))
    };
    has_word(&route.path) || route.guards.iter().any(|guard| has_word(&guard.name))
}

fn asks_for_role(route: &Route) -> bool {
    const WORDS: &[&str] =
        &["access", "can", "owner", "permission", "permissions", "policy", "role", "roles", "scope", "scopes"];
    route.guards.iter().any(|guard| {
        let snake = words::snake_case(&guard.name).replace(|c: char| !c.is_alphanumeric(), "_");
        WORDS.iter().any(|word| words::has_word(&snake, word))
    })
}

fn report(project: &Project, route: &Route, case: &Case, findings: &mut Findings) {
    let Lookup { model, owner, at, sibling, .. } = &case.lookup;
    let Some(file) = project.file(case.function.file) else { return };
    let name = file.function_name(case.function.id);
    let message = match &case.unread {
        Some(actor) => format!(
            "`{name}` never reads `{actor}`: any known caller reaches every `{model}` by its id, whatever its `{owner}` says."
        ),
        None => format!(
            "`{name}` loads `{model}` by its id alone and never looks at who calls: any known caller reaches those of others (`{owner}`)."
        ),
    };
    let place: Location = match case.unread {
        Some(_) => file.at_function(case.function.id),
        None => project.handler_place(route),
    };
    let report = findings.report(place, route.label(), message).also(*at, "the row is loaded here");
    let report = match sibling {
        Some(at) => report.also(*at, format!("`{owner}` is looked at here")),
        None => report.confidence(Confidence::Medium),
    };
    if case.unread.is_none() && (sibling.is_none() || !case.lookup.is_private) {
        report.audience(Audience::Pedantic);
    }
}

/// What is known of mapped classes.
type ByClass<T> = FxHashMap<ClassRef, T>;
