//! API001: a list that grows with the data, without pages.

mod lists;

use std::collections::BTreeSet;

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{ClassRef, Entity, FunctionRef, Project, Reach, Route};

use lists::{List, Scope};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.models().is_empty() {
        return;
    }
    let lists = lists::of_routes(project);
    let paged = lists.iter().filter(|(_, list)| list.is_paged).count();
    let total = lists.len();
    let growing = growing(project);
    let mut reported: BTreeSet<FunctionRef> = BTreeSet::new();
    for (route, list) in lists.iter().filter(|(_, list)| !list.is_paged) {
        let Some(handler) = route.handler.function() else { continue };
        if growing.contains(&list.entity) && reported.insert(handler) {
            report(route, list, (paged, total), findings);
        }
    }
}

/// The classes whose rows requests make: their tables grow.
fn growing(project: &Project) -> BTreeSet<ClassRef> {
    let names: BTreeSet<&str> = project.models().iter().map(|model| model.name.as_str()).collect();
    let mut found = BTreeSet::new();
    for file in project.app_files() {
        for call in file.calls().filter(|call| call.name().is_some_and(|name| names.contains(name))) {
            let Some(id) = file.index().function_of(call.expr) else { continue };
            if project.reach(FunctionRef { file: file.id(), id }) != Some(Reach::Request) {
                continue;
            }
            if let Entity::Class(class) = project.resolve(file.id(), call.function) {
                found.insert(class);
            }
        }
    }
    found
}

fn report(route: &Route, list: &List, (paged, total): (usize, usize), findings: &mut Findings) {
    let label = route.label();
    let ratio = if paged > 0 { format!("; {paged} of {total} list routes page") } else { String::new() };
    let what = match list.scope {
        Scope::Whole => "every row ever made",
        Scope::Part => "all rows of its parent at once",
        Scope::Open => "all rows that are still open at once",
    };
    let message = format!("`{label}` returns {what}{ratio}; take a limit with a maximum, and an offset or cursor.");
    let report = findings.report(route.at, label.clone(), message);
    let report = report.also(list.at, "all rows are fetched here");
    if list.scope != Scope::Whole || list.is_lookup {
        report.confidence(Confidence::Low).audience(Audience::Pedantic);
    }
}
