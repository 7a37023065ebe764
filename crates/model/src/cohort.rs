//! Cohorts: functions that do the same kind of work beside each other, and what most of them have in common.
//!
//! What nearly all siblings do is what the authors meant; the one that does not is the one to look at.

use std::collections::BTreeMap;

use backlint_source::FileId;

use crate::Project;
use crate::resolve::FunctionRef;
use crate::web::{Liveness, Route, RouteId};

/// From how many members on a cohort can have a norm.
const NORM_MEMBERS: usize = 5;

/// Which share of the members makes a norm, in percent.
const NORM_SHARE: usize = 80;

/// From how many members with a feature on two thirds of a cohort make a habit.
const HABIT_MEMBERS: usize = 2;

/// Members of one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort<M> {
    /// What they work on, in words for a reader.
    pub subject: String,
    /// The members, in stable order.
    pub members: Vec<M>,
}

/// How a feature is spread in a cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread<M> {
    /// The members that have it.
    pub have: Vec<M>,
    /// The members that lack it.
    pub lack: Vec<M>,
}

/// What the members that have a feature say about those that lack it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Custom {
    /// Two thirds of a few siblings have it.
    Habit,
    /// At least 80 % of at least five have it.
    Norm,
}

impl<M: Copy> Cohort<M> {
    /// How a feature is spread among the members.
    pub fn spread(&self, has: impl Fn(M) -> bool) -> Spread<M> {
        let (have, lack) = self.members.iter().partition(|&&member| has(member));
        Spread { have, lack }
    }
}

impl<M> Spread<M> {
    /// What the feature is to the cohort, if it is common and not everybody has it.
    pub fn custom(&self) -> Option<Custom> {
        let (have, total) = (self.have.len(), self.have.len() + self.lack.len());
        if self.lack.is_empty() {
            None
        } else if self.is_shared(NORM_SHARE, NORM_MEMBERS) {
            Some(Custom::Norm)
        } else {
            (have >= HABIT_MEMBERS && have * 3 >= total * 2).then_some(Custom::Habit)
        }
    }

    /// Whether at least so many percent of at least so many members have it.
    pub fn is_shared(&self, percent: usize, members: usize) -> bool {
        let (have, total) = (self.have.len(), self.have.len() + self.lack.len());
        total >= members && have * 100 >= total * percent
    }

    /// `5 of 6`: the members with the feature among all.
    pub fn ratio(&self) -> String {
        format!("{} of {}", self.have.len(), self.have.len() + self.lack.len())
    }
}

/// What makes handlers siblings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kinship {
    file: FileId,
    subject: String,
    is_read: bool,
}

impl Project {
    /// Handlers of one module that act on the same thing by the same path parameter, reads and writes apart. The last
    /// parameter of a path names what a handler acts on; one that answers several routes counts once.
    pub fn handler_cohorts(&self) -> Vec<Cohort<RouteId>> {
        let mut found: BTreeMap<Kinship, Vec<(FunctionRef, RouteId)>> = BTreeMap::new();
        for route in self.routes().iter().filter(|route| route.liveness != Liveness::Dead) {
            let Some(handler) = route.handler.function() else { continue };
            let Some(subject) = subject(route) else { continue };
            let kinship = Kinship { file: handler.file, subject, is_read: route.is_read_only_method() };
            let members = found.entry(kinship).or_default();
            if !members.iter().any(|&(member, _)| member == handler) {
                members.push((handler, route.id));
            }
        }
        let cohorts = found.into_iter().filter(|(_, members)| members.len() > HABIT_MEMBERS);
        cohorts
            .map(|(kinship, members)| Cohort {
                subject: kinship.subject,
                members: members.into_iter().map(|(_, route)| route).collect(),
            })
            .collect()
    }
}

/// The last parameter of a path. A name that says nothing of what it stands for takes the segment before it along.
fn subject(route: &Route) -> Option<String> {
    let segments: Vec<&str> = route.path.split('/').collect();
    let at = segments.iter().rposition(|segment| parameter(segment).is_some())?;
    let name = parameter(segments[at])?;
    if matches!(name, "id" | "pk" | "uuid" | "name" | "key" | "slug") {
        let before = at.checked_sub(1).map_or("", |before| segments[before]);
        return Some(format!("{before}/{name}"));
    }
    Some(name.to_owned())
}

/// The name of the parameter that a path segment is: `{item_id}`, `{item_id:int}`, `<int:item_id>`.
fn parameter(segment: &str) -> Option<&str> {
    if let Some(inner) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        return inner.split(':').next();
    }
    let inner = segment.strip_prefix('<')?.strip_suffix('>')?;
    inner.rsplit(':').next()
}
