//! AUTH028: an open handler returns rows whatever their mark of visibility says, while others leave the hidden ones out.

mod marks;
mod reads;

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{ClassRef, Cohort, Custom, FunctionRef, Model, Project, Route, Verdict, words};
use backlint_source::Location;

use crate::default_criteria::filters_by_default;
use crate::served::is_served;
use reads::reads;

/// How many handlers that look at a mark make one that does not worth a question.
const MIN_SIBLINGS: usize = 2;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let marks: BTreeMap<ClassRef, &str> = project.models().iter().filter_map(mark).collect();
    if marks.is_empty() || filters_by_default(project) || !keeps_somebody_out(project) {
        return;
    }
    let mut by_model: BTreeMap<ClassRef, Vec<Reading<'_>>> = BTreeMap::new();
    let mut seen: BTreeSet<FunctionRef> = BTreeSet::new();
    for route in project.routes().iter().filter(|route| is_open(project, route)) {
        let Some(handler) = route.handler.function().filter(|&handler| seen.insert(handler)) else { continue };
        for (model, (tests, returned)) in reads(project, handler, &marks) {
            by_model.entry(model).or_default().push(Reading { route, tests, returned });
        }
    }
    for (class, readings) in by_model {
        if let (Some(model), Some(mark)) = (project.model(class), marks.get(&class)) {
            judge(project, model, mark, &readings, findings);
        }
    }
}

/// An open handler that reads rows of a class.
#[derive(Clone, Copy)]
struct Reading<'p> {
    route: &'p Route,
    /// Whether it looks at the mark.
    tests: bool,
    /// Where rows that it returns come from.
    returned: Option<Location>,
}

fn mark(model: &Model) -> Option<(ClassRef, &str)> {
    Some((model.class, model.visibility_marks().next()?.name.as_str()))
}

/// Whether there are guards at all; without any, nobody is a stranger.
fn keeps_somebody_out(project: &Project) -> bool {
    project.routes().iter().any(|route| matches!(route.guarding.verdict, Verdict::Yes | Verdict::Conditional))
}

/// Whether everybody may read by a route, and it is not one for staff or for what is the caller's own.
fn is_open(project: &Project, route: &Route) -> bool {
    const OTHERS: &[&str] = &[
        "admin",
        "debug",
        "draft",
        "internal",
        "manage",
        "manager",
        "me",
        "mine",
        "moderation",
        "my",
        "own",
        "preview",
        "private",
        "staff",
        "studio",
    ];
    let is_for_others = |text: &str| {
        let snake = words::snake_case(text);
        OTHERS.iter().any(|word| words::has_word(&snake, word))
    };
    matches!(route.guarding.verdict, Verdict::No | Verdict::Public)
        && route.methods.contains("GET")
        && is_served(project, route)
        && !route.path.split('/').any(is_for_others)
        && !is_for_others(project.handler_name(route.handler))
}

fn judge(project: &Project, model: &Model, mark: &str, readings: &[Reading<'_>], findings: &mut Findings) {
    let cohort = Cohort { subject: model.name.clone(), members: (0..readings.len()).collect() };
    let spread = cohort.spread(|at| readings[at].tests);
    for &at in &spread.lack {
        let (route, Some(place)) = (readings[at].route, readings[at].returned) else { continue };
        let twin = spread.have.iter().map(|&at| readings[at].route).find(|other| is_twin(route, other));
        let is_norm = spread.custom() == Some(Custom::Norm);
        if twin.is_none() && !is_norm && (spread.have.len() < MIN_SIBLINGS || spread.have.len() < spread.lack.len()) {
            continue;
        }
        let Some(sibling) = twin.or_else(|| spread.have.first().map(|&at| readings[at].route)) else { continue };
        let name = &model.name;
        let others = match twin {
            Some(_) => format!("the other handler of `{}` looks at it", route.path),
            None => format!("{} open handlers that read them look at it", spread.ratio()),
        };
        let message =
            format!("`{}` gives everybody rows of `{name}` whatever their `{mark}` says; {others}.", route.label());
        let anchor = format!("{name} in {}", project.handler_name(route.handler));
        let shown = format!("`{}` looks at `{mark}`", sibling.label());
        let finding = findings
            .report(place, anchor, message)
            .confidence(Confidence::Medium)
            .also(project.handler_place(sibling), shown);
        if twin.is_none() && !is_norm {
            finding.audience(Audience::Pedantic);
        }
    }
}

/// Whether two routes answer the same path, apart from versions and the names of parameters.
fn is_twin(route: &Route, other: &Route) -> bool {
    route.handler != other.handler && shape(&route.path) == shape(&other.path)
}

fn shape(path: &str) -> Vec<&str> {
    let is_version =
        |segment: &str| segment == "api" || segment.strip_prefix('v').is_some_and(|rest| rest.parse::<f32>().is_ok());
    let segments = path.split('/').filter(|segment| !segment.is_empty() && !is_version(segment));
    segments.map(|segment| if segment.starts_with(['{', '<']) { "{}" } else { segment }).collect()
}
