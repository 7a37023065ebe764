//! The way of values from what clients send to the places where they do harm, through calls.
//!
//! Every function that requests can reach is summarised once, callees before callers: which of its parameters end up in
//! what it returns, in what it keeps, and at which dangerous call. What the frameworks pass to handlers then tells which
//! of these ways start at a client.

mod arguments;
mod bindings;
mod body;
mod calls;
mod conditions;
mod entries;
mod expressions;
mod graph;
mod hazard;
mod origin;
mod outside;
mod schemas;
mod sinks;
mod state;
mod summary;
mod tables;
mod targets;
mod texts;
mod value;

use std::collections::BTreeMap;

use backlint_source::Location;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Project;
use crate::resolve::{ExprRef, FunctionRef};
use crate::web::Framework;
use entries::{Entries, Sent};
use graph::Graph;
use origin::StepKind;
use summary::{Reached, Sink, Summary};

pub use entries::SentKind;
pub use hazard::Hazard;

/// How often functions that call each other are summarised.
const MAX_ROUNDS: usize = 4;

/// A value of a client that reaches a place where it does harm.
#[derive(Clone, Debug)]
pub struct Flow {
    /// What the client decides.
    pub hazard: Hazard,
    /// The value where it does harm.
    pub at: ExprRef,
    /// The function around that place.
    pub function: FunctionRef,
    /// What a reader calls the value: `url`.
    pub name: String,
    /// What hands it in: `the request body`.
    pub what: String,
    /// What kind of value it is.
    pub kind: SentKind,
    /// Where it enters the program.
    pub source: Location,
    /// The steps in between, in order.
    pub steps: Vec<FlowStep>,
    /// Whether it is one piece of a larger text.
    pub is_joined: bool,
    /// Whether that text is markup.
    pub is_markup: bool,
    /// Whether what the client says of the value was looked at: the name or type of an upload.
    pub is_labelled: bool,
    /// The place where the way starts: the handler, or the function that reads the request.
    pub entry: FunctionRef,
}

/// One step of a value's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowStep {
    /// Where.
    pub at: Location,
    /// What happens there.
    pub message: String,
}

/// The summaries that are known so far: those of lower levels, and drafts of the group at hand.
#[derive(Clone, Copy)]
struct Summaries<'a> {
    /// The handlers whose text a browser takes for a page.
    pages: &'a FxHashSet<FunctionRef>,
    known: &'a FxHashMap<FunctionRef, Summary>,
    drafts: &'a FxHashMap<FunctionRef, Summary>,
}

impl<'a> Summaries<'a> {
    fn get(self, function: FunctionRef) -> Option<&'a Summary> {
        self.drafts.get(&function).or_else(|| self.known.get(&function))
    }
}

impl Project {
    /// The values of clients that do harm of this kind, in source order: one per place, of content one per place and
    /// function that takes it. Known only to rules whose row says `needs Flows`.
    pub fn flows(&self, hazard: Hazard) -> impl Iterator<Item = &Flow> {
        self.flows.iter().filter(move |flow| flow.hazard == hazard)
    }
}

/// Follows all values of clients.
pub(crate) fn follow(project: &Project) -> Vec<Flow> {
    let mut entries: Vec<FunctionRef> = project.reached_functions().collect();
    entries.extend(project.routes().iter().filter_map(|route| route.handler.function()));
    let graph = Graph::from(project, entries);
    let pages = pages(project);
    let known = summarise(project, &graph, &pages);
    let drafts = FxHashMap::default();
    let summaries = Summaries { pages: &pages, known: &known, drafts: &drafts };
    let entries = Entries::of(project, summaries);
    let mut found: BTreeMap<(Sink, Option<FunctionRef>), Flow> = BTreeMap::new();
    for node in &graph.nodes {
        let Some(summary) = known.get(&node.function) else { continue };
        for reached in &summary.sinks {
            let Some(flow) = flow(project, &entries, node.function, reached) else { continue };
            // Each function that keeps uploads looks at them for itself, also if one helper writes for all.
            let keeper = (reached.sink.hazard == Hazard::Content).then_some(node.function);
            let known = found.get(&(reached.sink, keeper));
            if known.is_none_or(|known| (flow.steps.len(), flow.source) < (known.steps.len(), known.source)) {
                found.insert((reached.sink, keeper), flow);
            }
        }
    }
    found.into_values().collect()
}

/// The handlers whose text a browser takes for a page: Flask says so of every text, but REST extensions make JSON of it.
fn pages(project: &Project) -> FxHashSet<FunctionRef> {
    let routes = project.routes().iter();
    let of_flask = routes.filter(|route| route.framework == Framework::Flask && route.handler.class.is_none());
    of_flask.filter_map(|route| route.handler.function()).collect()
}

/// The summaries of all functions, level by level.
fn summarise(project: &Project, graph: &Graph, pages: &FxHashSet<FunctionRef>) -> FxHashMap<FunctionRef, Summary> {
    let mut known: FxHashMap<FunctionRef, Summary> = FxHashMap::default();
    for level in graph.levels() {
        let summaries: Vec<_> =
            level.par_iter().flat_map_iter(|group| of_group(project, graph, (pages, &known), group)).collect();
        known.extend(summaries);
    }
    known
}

/// The summaries of functions that call each other.
fn of_group(
    project: &Project,
    graph: &Graph,
    (pages, known): (&FxHashSet<FunctionRef>, &FxHashMap<FunctionRef, Summary>),
    group: &[usize],
) -> Vec<(FunctionRef, Summary)> {
    let mut drafts: FxHashMap<FunctionRef, Summary> = FxHashMap::default();
    for _ in 0..MAX_ROUNDS {
        let mut is_done = true;
        for &place in group {
            let node = &graph.nodes[place];
            let summaries = Summaries { pages, known, drafts: &drafts };
            let Some(summary) = body::summarise(project, summaries, &node.targets, node.function) else { continue };
            is_done &= drafts.get(&node.function).is_some_and(|draft| draft.is_like(&summary));
            drafts.insert(node.function, summary);
        }
        let calls_itself = group.iter().any(|&place| graph.nodes[place].callees.contains(&place));
        if is_done || (group.len() == 1 && !calls_itself) {
            break;
        }
    }
    let mut summaries: Vec<_> = drafts.into_iter().collect();
    summaries.sort_by_key(|(function, _)| *function);
    summaries
}

fn flow(project: &Project, entries: &Entries<'_>, entry: FunctionRef, reached: &Reached) -> Option<Flow> {
    let Reached { sink, taint, is_labelled } = reached;
    let Sent { name, what, at: source, kind, safe, before } = entries.sent(entry, taint)?;
    if safe.contains(sink.hazard) || (sink.hazard == Hazard::Content && kind != SentKind::UploadContent) {
        return None;
    }
    let steps = before.continued(&taint.trace).steps();
    let steps = steps.into_iter().filter(|(_, kind)| *kind != StepKind::Read);
    Some(Flow {
        hazard: sink.hazard,
        at: sink.at,
        function: sink.function,
        name,
        what,
        kind,
        source,
        steps: steps.map(|(at, kind)| step(project, at, kind)).collect(),
        is_joined: taint.is_joined,
        is_markup: taint.is_markup,
        is_labelled: *is_labelled,
        entry,
    })
}

fn step(project: &Project, at: Location, kind: StepKind) -> FlowStep {
    let name = |function: FunctionRef| {
        project.file(function.file).map(|file| file.qualified_name(function.id)).unwrap_or_default()
    };
    let message = match kind {
        StepKind::Read => "it is read here".to_owned(),
        StepKind::Fetched => "the host that it names answers".to_owned(),
        StepKind::Returned(function) => format!("`{}` returns it", name(function)),
        StepKind::Passed(function, place) => {
            let param = project.file(function.file).and_then(|file| {
                let params = file.module().list(file.function(function.id).params);
                params.get(place as usize).map(|param| file.module().text(param.name))
            });
            format!("it is passed to `{}` as `{}`", name(function), param.unwrap_or_default())
        }
    };
    FlowStep { at, message }
}
