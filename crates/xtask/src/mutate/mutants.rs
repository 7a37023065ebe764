//! The mutants of a project, and what `check` says of each.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use backlint_engine::{MemoryFile, Settings, analyse, project_of};
use backlint_model::{Guard, Handler, Liveness, Project, Role, Route, Verdict};
use backlint_source::{Location, Sources};

use super::edits::apply;
use super::outcome::{Missed, Tried};
use super::overlaid;
use super::removal::{Removal, What, redefinition, removal};

/// A line of a file.
type Line = (String, u32);

/// A guard taken away, and whom that exposes.
#[derive(Debug)]
pub(super) struct Mutant {
    removal: Removal,
    guard: String,
    exposed: BTreeSet<Exposed>,
}

/// A handler that changes state and has no other guard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Exposed {
    /// `DELETE /users/{id}`: the first of its routes.
    label: String,
    /// The anchor of the finding that an app gets that has no guard at all.
    app: String,
    /// Where its routes are declared.
    at: BTreeSet<Line>,
}

/// One mutant for each guard that is the last of some handler that changes state, in the order of their places.
pub(super) fn mutants(project: &Project) -> Vec<Mutant> {
    let mut mutants: BTreeMap<Removal, Mutant> = BTreeMap::new();
    let declared = declared(project);
    for route in project.routes().iter().filter(|route| is_guarded_change(project, route)) {
        let Some(at) = declared.get(&key(route)) else { continue };
        let app = route.app.map(|app| format!("app {}", project.container(app).import_path)).unwrap_or_default();
        for (removal, guard) in last_guards(project, route) {
            let mutant =
                mutants.entry(removal.clone()).or_insert_with(|| Mutant { removal, guard, exposed: BTreeSet::new() });
            if !mutant.exposed.iter().any(|exposed| exposed.at == *at) {
                mutant.exposed.insert(Exposed { label: route.label(), app: app.clone(), at: at.clone() });
            }
        }
    }
    mutants.into_values().collect()
}

/// Whether the rule would report the route if nothing guarded it.
fn is_guarded_change(project: &Project, route: &Route) -> bool {
    matches!(route.guarding.verdict, Verdict::Yes | Verdict::Conditional)
        && route.liveness == Liveness::Live
        && !project.is_dev_only(route)
        && project.file(route.at.file).is_some_and(|file| file.role() == Role::App)
        && project.changing_effect(route).is_some()
}

/// The removals that leave the route without any guard, with the name of the guard: where it is used, and where it is
/// defined.
fn last_guards(project: &Project, route: &Route) -> Vec<(Removal, String)> {
    let of_use = last_guard(route, |guard| removal(project, route, guard));
    let of_definition = last_guard(route, |guard| redefinition(project, route, guard));
    // These are mutants of the definition already.
    let is_defined_there = |what: What| matches!(what, What::Check | What::Method | What::Base);
    let is_told = of_use.as_ref().is_some_and(|(removal, _)| is_defined_there(removal.what));
    of_use.into_iter().chain(of_definition.filter(|_| !is_told)).collect()
}

/// The one removal that takes all guards of the route away, if there is one. What may be a guard counts as one.
fn last_guard(route: &Route, removal: impl Fn(&Guard) -> Option<Removal>) -> Option<(Removal, String)> {
    let guards = route.guards.iter().filter(|guard| guard.verdict != Verdict::No);
    let removals: Option<Vec<_>> = guards.map(|guard| Some((removal(guard)?, guard.name.clone()))).collect();
    let removals = removals?;
    let first = removals.first()?;
    removals.iter().all(|(removal, _)| *removal == first.0).then(|| first.clone())
}

/// The handler; endpoints that a class inherits stand and fall with the class.
fn key(route: &Route) -> (Option<Handler>, Location) {
    match route.handler.function() {
        Some(_) => (Some(route.handler), Location { file: route.at.file, span: backlint_source::Span::default() }),
        None => (None, route.at),
    }
}

/// Where the routes of each handler are declared.
fn declared(project: &Project) -> BTreeMap<(Option<Handler>, Location), BTreeSet<Line>> {
    let mut declared: BTreeMap<_, BTreeSet<Line>> = BTreeMap::new();
    for route in project.routes() {
        declared.entry(key(route)).or_default().insert(line(project.sources(), route.at));
    }
    declared
}

fn line(sources: &Sources, at: Location) -> Line {
    let file = sources.file(at.file);
    (file.path().to_owned(), file.line(at.span.start))
}

impl Mutant {
    /// Checks the project without the guard.
    pub(super) fn check(&self, project: &Project, files: &[MemoryFile], settings: &Settings) -> Result<Tried> {
        let source = project.sources().file(self.removal.file);
        let mutated = overlaid(files, source.path(), apply(source.text(), &self.removal.edits));
        let outcome = analyse(mutated.clone(), settings)?;
        let findings = || outcome.shown().map(|triaged| &triaged.finding);
        let apps: BTreeSet<&str> = findings().map(|finding| finding.anchor.as_str()).collect();
        let at: BTreeSet<Line> = findings().map(|finding| line(&outcome.sources, finding.at)).collect();
        let silent: Vec<&Exposed> = self
            .exposed
            .iter()
            .filter(|exposed| !apps.contains(exposed.app.as_str()) && exposed.at.is_disjoint(&at))
            .collect();
        let place = self.removal.edits.first().map_or(0, |edit| source.line(edit.span.start));
        let missed = if silent.is_empty() { Vec::new() } else { reasons(&silent, mutated, settings)? };
        Ok(Tried {
            what: self.removal.what,
            guard: self.guard.clone(),
            place: format!("{}:{place}", source.path()),
            exposed: self.exposed.len(),
            missed,
        })
    }
}

/// What the model says of handlers that should have been reported.
fn reasons(silent: &[&Exposed], mutated: Vec<MemoryFile>, settings: &Settings) -> Result<Vec<Missed>> {
    let project = project_of(mutated, settings)?;
    let reason = |exposed: &Exposed| {
        let Some(project) = &project else { return "the mutant could not be linked".to_owned() };
        let is_declared = |route: &&Route| exposed.at.contains(&line(project.sources(), route.at));
        let Some(route) = project.routes().iter().find(is_declared) else { return "the route is gone".to_owned() };
        if project.changing_effect(route).is_none() {
            return "changes nothing any more".to_owned();
        }
        let why = route.guarding.reason.clone().unwrap_or_else(|| {
            let guards: Vec<&str> = route.guards.iter().map(|guard| guard.name.as_str()).collect();
            guards.join(", ")
        });
        format!("{:?}: {why}", route.guarding.verdict).to_lowercase()
    };
    Ok(silent.iter().map(|exposed| Missed { handler: exposed.label.clone(), reason: reason(exposed) }).collect())
}
