//! Tokens that rows hold, set a password, and stay there.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::words::{has_word, snake_case};
use backlint_model::{ClassRef, Comparator, ExprRef, FunctionRef, Project, Route, RowChange, RowChangeKind};

use super::{consumes, password_set, run_by, text_of};

/// Words of columns with tokens of other kinds.
const OTHERS: &[&str] = &["access", "api", "bearer", "csrf", "device", "fcm", "jwt", "push", "refresh", "session"];

/// A query that looks for the row of a token.
struct Lookup<'p> {
    at: ExprRef,
    model: ClassRef,
    attribute: &'p str,
}

pub(super) fn check(project: &Project, routes: &[&Route], findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for route in routes {
        let run = run_by(project, route);
        let Some((home, set)) = run.iter().find_map(|&function| password_set(project, function)) else { continue };
        let Some(lookup) = run.iter().find_map(|&function| lookup(project, function)) else { continue };
        if consumes(project, &run) || empties(project, &run, &lookup) || !seen.insert(lookup.at) {
            continue;
        }
        let message = format!(
            "The token that `{}` looks up by `{}` works again after use: it stays in its row. Empty the column, or \
             remove the row, when the password is set.",
            route.label(),
            lookup.attribute
        );
        let report = findings.report(project.at(lookup.at), route.label(), message);
        let report = report.also(route.at, "this route takes it");
        report.also(home.at(home.first_line(home.module().span(set))), "the password is set here");
    }
}

/// Where a function looks for a row by its token.
fn lookup(project: &Project, function: FunctionRef) -> Option<Lookup<'_>> {
    project.queries_in(function).find_map(|query| {
        let criteria = project.criteria(query).into_iter();
        let mut by_token = criteria.filter(|criterion| {
            let name = snake_case(criterion.attribute);
            criterion.comparator == Comparator::Equal
                && criterion.value.is_some()
                && has_word(&name, "token")
                && !OTHERS.iter().any(|word| has_word(&name, word))
        });
        let criterion = by_token.next()?;
        let model = project.model(criterion.class.unwrap_or(query.entity))?;
        let attribute = model.attribute(criterion.attribute)?;
        Some(Lookup { at: query.at, model: model.class, attribute: attribute.name.as_str() })
    })
}

/// Whether something that runs changes the row so that the token is not found, or not taken, again.
fn empties(project: &Project, run: &[FunctionRef], lookup: &Lookup<'_>) -> bool {
    let is_password = |name: &str| name.contains("password") || name.contains("pw");
    let changes = |change: &RowChange| match &change.kind {
        RowChangeKind::Set { attribute, .. } => change.model == lookup.model && !is_password(attribute),
        RowChangeKind::Remove => change.model == lookup.model,
        RowChangeKind::Create => false,
    };
    run.iter().any(|&function| {
        project.row_changes_in(function).any(changes)
            || project.file(function.file).is_some_and(|file| {
                let text = text_of(file, function);
                // On rows whose class is not known, and by helpers that are not followed.
                text.contains(&format!("{} =", lookup.attribute)) || text.contains("clear") || text.contains("setattr(")
            })
    })
}
