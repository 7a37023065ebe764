//! AUTH026: a handler leaves out the check that its siblings make before they act.

mod access;
mod parameter;

use std::collections::BTreeSet;

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{Cohort, Custom, Project, Role, Route, RouteId, Spread, Verdict};
use backlint_source::Location;

use access::AccessChecks;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut access = AccessChecks::of(project);
    let mut reported = BTreeSet::new();
    for cohort in project.handler_cohorts() {
        for gap in access_gaps(project, &cohort, &mut access).into_iter().chain(parameter_gaps(project, &cohort)) {
            if reported.insert((gap.route, gap.check.name.clone())) {
                report(project, &cohort, &gap, findings);
            }
        }
    }
}

/// A check as one handler makes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Check {
    /// What identifies it among siblings, and what a reader calls it.
    name: String,
    /// Where it stands.
    at: Location,
}

/// A handler without the check that most siblings make.
struct Gap {
    route: RouteId,
    sibling: RouteId,
    check: Check,
    custom: Custom,
    ratio: String,
}

/// Members that look at nothing but whether somebody is signed in, while most siblings look at the same thing.
fn access_gaps(project: &Project, cohort: &Cohort<RouteId>, access: &mut AccessChecks<'_>) -> Vec<Gap> {
    for &member in &cohort.members {
        access.prepare(member);
    }
    let Some((check, spread)) = most_common(cohort, |route| access.checks(route)) else { return Vec::new() };
    let is_gap = |&route: &RouteId| {
        access.checks(route).is_empty() && !access.may_check_elsewhere(route) && is_signed_in(project, project.route(route))
    };
    gaps(&check, &spread, |route| access.checks(route), is_gap)
}

/// Members that use a parameter as it comes, while most siblings validate it.
fn parameter_gaps(project: &Project, cohort: &Cohort<RouteId>) -> Vec<Gap> {
    let checks = |route: RouteId| parameter::checks(project, project.route(route), &cohort.subject);
    let Some((check, spread)) = most_common(cohort, checks) else { return Vec::new() };
    let is_gap = |&route: &RouteId| {
        checks(route).is_empty() && parameter::is_used_as_path(project, project.route(route), &cohort.subject)
    };
    gaps(&check, &spread, checks, is_gap)
}

/// The check that most members make, and how it is spread.
fn most_common(cohort: &Cohort<RouteId>, checks: impl Fn(RouteId) -> Vec<Check>) -> Option<(String, Spread<RouteId>)> {
    let names: BTreeSet<String> =
        cohort.members.iter().flat_map(|&route| checks(route)).map(|check| check.name).collect();
    let spreads = names.into_iter().map(|name| {
        let spread = cohort.spread(|route| checks(route).iter().any(|check| check.name == name));
        (name, spread)
    });
    spreads.max_by_key(|(name, spread)| (spread.have.len(), std::cmp::Reverse(name.clone())))
}

fn gaps(
    name: &str,
    spread: &Spread<RouteId>,
    checks: impl Fn(RouteId) -> Vec<Check>,
    is_gap: impl FnMut(&&RouteId) -> bool,
) -> Vec<Gap> {
    let Some(custom) = spread.custom() else { return Vec::new() };
    let Some(&sibling) = spread.have.first() else { return Vec::new() };
    let Some(check) = checks(sibling).into_iter().find(|check| check.name == name) else { return Vec::new() };
    let lacking = spread.lack.iter().filter(is_gap);
    lacking.map(|&route| Gap { route, sibling, check: check.clone(), custom, ratio: spread.ratio() }).collect()
}

/// Whether something in front of the route proves who calls, and no more; routes open to all are another rule's matter.
fn is_signed_in(project: &Project, route: &Route) -> bool {
    matches!(route.guarding.verdict, Verdict::Yes | Verdict::Conditional)
        && !project.is_dev_only(route)
        && project.file(route.at.file).is_some_and(|file| file.role() == Role::App)
}

fn report(project: &Project, cohort: &Cohort<RouteId>, gap: &Gap, findings: &mut Findings) {
    let route = project.route(gap.route);
    let name = project.handler_name(route.handler);
    let does = if route.is_read_only_method() { "reads" } else { "acts on" };
    let subject = cohort.subject.trim_start_matches('/');
    let message = format!(
        "`{name}` {does} what `{subject}` names without the check that its siblings make: {} of them use `{}` first.",
        gap.ratio, gap.check.name,
    );
    let sibling = project.handler_name(project.route(gap.sibling).handler);
    let finding = findings
        .report(project.handler_place(route), route.label(), message)
        .confidence(Confidence::Medium)
        .also(gap.check.at, format!("`{sibling}` checks here"));
    if gap.custom == Custom::Habit {
        finding.audience(Audience::Pedantic);
    }
}
