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
mod flags;
mod graph;
mod hazard;
mod origin;
mod outside;
mod pages;
mod rounds;
mod rows;
mod schemas;
mod sessions;
mod sinks;
mod state;
mod stored;
mod summary;
mod tables;
mod targets;
mod texts;
mod value;
mod writes;

use std::collections::BTreeMap;

use backlint_source::Location;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Project;
use crate::resolve::{ExprRef, FunctionRef};
use entries::{Entries, Sent};
use graph::Graph;
use origin::{ColumnRef, Shelf, StepKind};
use pages::PageKind;
use rounds::Known;
use stored::Stored;
use summary::{Reached, Sink, Summary};

pub use entries::SentKind;
pub use hazard::Hazard;
pub use tables::FlowTable;
pub(crate) use tables::Tables;

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
    /// The column that it is kept in on its way: `Webhook.url`.
    pub stored_as: Option<String>,
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
    context: Context<'a>,
    known: &'a FxHashMap<FunctionRef, Summary>,
    drafts: Option<&'a FxHashMap<FunctionRef, Summary>>,
}

impl<'a> Summaries<'a> {
    /// Summaries that do not change any more.
    fn settled(context: Context<'a>, known: &'a FxHashMap<FunctionRef, Summary>) -> Self {
        Self { context, known, drafts: None }
    }

    fn get(self, function: FunctionRef) -> Option<&'a Summary> {
        self.drafts.and_then(|drafts| drafts.get(&function)).or_else(|| self.known.get(&function))
    }
}

/// What is known besides of the project.
#[derive(Clone, Copy)]
struct Context<'a> {
    /// The handlers whose text a browser takes for a page.
    pages: &'a FxHashMap<FunctionRef, PageKind>,
    /// What clients have put into columns and sessions.
    stored: &'a Stored,
    /// The functions that do something with such a column of a row that they are passed.
    takers: &'a FxHashSet<FunctionRef>,
}

impl Project {
    /// The values of clients that do harm of this kind, in source order: one per place, of content one per place and
    /// function that takes it. Known only to rules whose row says `needs Flows`.
    pub fn flows(&self, hazard: Hazard) -> impl Iterator<Item = &Flow> {
        self.flows.iter().filter(move |flow| flow.hazard == hazard)
    }

    /// What is known of calls from outside.
    fn flow_tables(&self) -> &Tables {
        &self.flow_tables
    }
}

/// Follows all values of clients.
pub(crate) fn follow(project: &Project) -> Vec<Flow> {
    let mut entries: Vec<FunctionRef> = project.reached_functions().collect();
    entries.extend(project.routes().iter().filter_map(|route| route.handler.function()));
    let graph = Graph::from(project, entries);
    let pages = pages::pages(project);
    let Known { summaries, stored } = rounds::summarise(project, &graph, &pages);
    let context = Context { pages: &pages, stored: &stored, takers: &FxHashSet::default() };
    let entries = Entries::of(project, Summaries::settled(context, &summaries));
    let mut found: BTreeMap<(Sink, Option<FunctionRef>), Flow> = BTreeMap::new();
    for node in &graph.nodes {
        let Some(summary) = summaries.get(&node.function) else { continue };
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

fn flow(project: &Project, entries: &Entries<'_>, entry: FunctionRef, reached: &Reached) -> Option<Flow> {
    let Reached { sink, taint, is_labelled } = reached;
    let Sent { name, what, at: source, kind, before, .. } = entries.sent(entry, taint, sink.hazard)?;
    if sink.hazard == Hazard::Content && kind != SentKind::UploadContent {
        return None;
    }
    let steps = before.continued(&taint.trace).steps();
    let stored_as = steps.iter().rev().find_map(|(_, kind)| match kind {
        StepKind::Loaded(Shelf::Column(column)) => Some(column_name(project, *column)),
        _ => None,
    });
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
        stored_as,
        is_joined: taint.is_joined,
        is_markup: taint.is_markup,
        is_labelled: *is_labelled,
        entry,
    })
}

fn column_name(project: &Project, column: ColumnRef) -> String {
    project.column(column).map(|(model, name)| format!("{}.{name}", model.name)).unwrap_or_default()
}

fn step(project: &Project, at: Location, kind: StepKind) -> FlowStep {
    let name = |function: FunctionRef| {
        project.file(function.file).map(|file| file.qualified_name(function.id)).unwrap_or_default()
    };
    let message = match kind {
        StepKind::Stored(Shelf::Column(place)) => format!("it is stored in `{}`", column_name(project, place)),
        StepKind::Loaded(Shelf::Column(place)) => format!("it is read from `{}`", column_name(project, place)),
        StepKind::Stored(Shelf::Session(key)) => format!("it is stored as `{key}` in the session"),
        StepKind::Loaded(Shelf::Session(key)) => format!("it is read as `{key}` from the session"),
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
