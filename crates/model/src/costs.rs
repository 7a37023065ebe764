//! What calling a function costs beyond the time of the caller: work that is started, paid for or sent elsewhere.

use std::sync::{Arc, LazyLock};

use backlint_semantic::{Block, Call};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, Stmt};
use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::effects::EffectKind;
use crate::resolve::FunctionRef;
use crate::{File, Project};

/// What makes a call expensive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostKind {
    /// A model answers, mostly for money.
    Inference,
    /// A process is started.
    Process,
    /// Work is handed to a queue or thread.
    Enqueue,
    /// A page or image is rendered.
    Rendering,
    /// Data goes to an object store.
    Upload,
    /// Mail or a text message goes out.
    Mail,
    /// A writing request goes to another service.
    Outbound,
}

/// One expensive call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// What makes it expensive.
    pub kind: CostKind,
    /// Where.
    pub at: Location,
    /// How many calls away.
    pub depth: u32,
    /// The callee in the source.
    pub what: Arc<str>,
    /// What the nearest loop around it runs over, in the source.
    pub each_of: Option<Arc<str>>,
}

/// How many resolved calls deep costs are looked for.
const MAX_DEPTH: u32 = 3;

/// The costs of functions, each function looked at once.
#[derive(Debug)]
pub struct Costs<'p> {
    project: &'p Project,
    own: FxHashMap<FunctionRef, Vec<Cost>>,
}

impl<'p> Costs<'p> {
    /// Nothing looked at yet.
    pub fn of(project: &'p Project) -> Self {
        Self { project, own: FxHashMap::default() }
    }

    /// What a function costs itself and at most three resolved calls deep, nearest first.
    pub fn reached(&mut self, function: FunctionRef) -> Vec<Cost> {
        let project = self.project;
        let mut found = Vec::new();
        for (depth, function) in project.called_within(function, MAX_DEPTH) {
            let own = self.own.entry(function).or_insert_with(|| own_costs(project, function));
            found.extend(own.iter().map(|cost| Cost { depth, ..cost.clone() }));
        }
        found
    }
}

fn own_costs(project: &Project, function: FunctionRef) -> Vec<Cost> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let mut found: Vec<Cost> = Vec::new();
    for effect in project.own_effects(function) {
        let kind = match effect.kind {
            // What runs on in the process that answers waits for nobody and can be anything.
            EffectKind::Enqueue if !runs_along(&effect.what) => CostKind::Enqueue,
            EffectKind::ProcessStart => CostKind::Process,
            EffectKind::Mail => CostKind::Mail,
            EffectKind::OutboundWrite => CostKind::Outbound,
            _ => continue,
        };
        found.push(Cost { kind, at: effect.at, depth: 0, what: effect.what.clone(), each_of: None });
    }
    for call in project.calls_in(function) {
        let at = file.at(file.first_line(call.span()));
        if let Some(cost) = found.iter_mut().find(|cost| cost.at == at) {
            cost.each_of = loop_over(file, call);
            continue;
        }
        let Some(kind) = kind_by_name(file, call) else { continue };
        let what = file.text_of(call.function).chars().take(60).collect::<String>().into();
        found.push(Cost { kind, at, depth: 0, what, each_of: loop_over(file, call) });
    }
    found.sort_by_key(|cost| cost.at);
    found
}

fn runs_along(what: &str) -> bool {
    ["add_task", "create_task", "ensure_future", "put_nowait", "publish"].iter().any(|name| what.ends_with(name))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    cost: Vec<Named>,
}

/// Calls told by their names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    kind: CostKind,
    methods: Vec<String>,
    #[serde(default)]
    on: Vec<String>,
}

static NAMED: LazyLock<Vec<Named>> = LazyLock::new(|| {
    let data: Data = crate::words::load(include_str!("../data/costs.toml"));
    data.cost
});

fn kind_by_name(file: File<'_>, call: Call<'_>) -> Option<CostKind> {
    let name = call.name()?;
    let receiver = call.receiver()?;
    let by_name = NAMED.iter().filter(|named| named.methods.iter().any(|method| method == name));
    let speaks = |named: &&Named| {
        let text = file.text_of(receiver).to_ascii_lowercase();
        let last: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        named.on.is_empty()
            || named.on.iter().any(|word| last.contains(&word.as_str()) || text.ends_with(word.as_str()))
    };
    by_name.filter(|named| speaks(named)).map(|named| named.kind).next()
}

/// What the nearest loop or comprehension around a call runs over.
fn loop_over(file: File<'_>, call: Call<'_>) -> Option<Arc<str>> {
    let (module, index) = (file.module(), file.index());
    let comprehension = index.ancestors(call.expr).find_map(|around| match module.expr(around) {
        Expr::Comprehension(id) => module.list(module.comprehension(id).generators).first().map(|g| g.iter),
        _ => None,
    });
    let stmt = index.stmt_of(call.expr)?;
    let around = index.stmt_ancestors(stmt).take_while(|parent| !matches!(module.stmt(parent.stmt), Stmt::Function(_)));
    let statement = || {
        around.into_iter().find_map(|parent| match (module.stmt(parent.stmt), parent.block) {
            (Stmt::For { iter, .. }, Block::Body) => Some(iter),
            _ => None,
        })
    };
    let iter = comprehension.or_else(statement)?;
    Some(file.text_of(iter).lines().next().unwrap_or_default().chars().take(40).collect::<String>().into())
}
