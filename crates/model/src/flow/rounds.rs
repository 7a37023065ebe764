//! Summarises functions: all of them once, and those that read columns again when it is known what clients put there.

use backlint_source::FileId;
use backlint_syntax::ast::Expr;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::entries::Entries;
use super::graph::Graph;
use super::origin::Root;
use super::pages::PageKind;
use super::stored::Stored;
use super::summary::Summary;
use super::value::Value;
use super::{Context, Summaries, body};
use crate::resolve::FunctionRef;
use crate::{File, Project};

/// How often functions that call each other are summarised.
const MAX_ROUNDS: usize = 4;
/// How many columns and sessions a value may pass through, one after the other.
const MAX_SHELVES: usize = 3;

/// The summaries of all functions, and what is in columns.
pub(super) struct Known {
    pub(super) summaries: FxHashMap<FunctionRef, Summary>,
    pub(super) stored: Stored,
}

/// The groups of functions that call each other, level by level.
type Levels = Vec<Vec<Vec<usize>>>;

/// Summarises the functions of a graph.
pub(super) fn summarise(project: &Project, graph: &Graph, pages: &FxHashMap<FunctionRef, PageKind>) -> Known {
    let levels = graph.levels();
    let mut summaries = FxHashMap::default();
    let mut stored = Stored::default();
    let nobody = FxHashSet::default();
    let context = Context { pages, stored: &stored, takers: &nobody };
    for level in &levels {
        let groups: Vec<_> = level.iter().collect();
        let found = of_level(project, graph, context, &summaries, &groups);
        summaries.extend(found);
    }
    for _ in 0..MAX_SHELVES {
        let context = Context { pages, stored: &stored, takers: &nobody };
        let entries = Entries::of(project, Summaries::settled(context, &summaries));
        let now = Stored::collect(project, &entries, graph, &summaries);
        let fresh = now.new_names(&stored);
        let is_settled = fresh.is_empty() && now.has_sessions_of(&stored);
        // What is in sessions is asked for where ways are told: only columns change summaries.
        if !fresh.is_empty() {
            let readers = readers(project, graph, &fresh);
            let takers = takers(&summaries, &now);
            let context = Context { pages, stored: &now, takers: &takers };
            renew(project, graph, &levels, context, &readers, &mut summaries);
        }
        stored = now;
        if is_settled {
            break;
        }
    }
    Known { summaries, stored }
}

/// Summarises those functions again that read certain columns themselves or through others.
fn renew(
    project: &Project,
    graph: &Graph,
    levels: &Levels,
    context: Context<'_>,
    readers: &FxHashSet<FunctionRef>,
    summaries: &mut FxHashMap<FunctionRef, Summary>,
) {
    let mut changed: FxHashSet<FunctionRef> = FxHashSet::default();
    for level in levels {
        let is_touched = |&node: &usize| {
            let node = &graph.nodes[node];
            let mut callees = node.callees.iter().map(|&callee| graph.nodes[callee].function);
            readers.contains(&node.function)
                || callees.any(|callee| context.takers.contains(&callee) || changed.contains(&callee))
        };
        let groups: Vec<_> = level.iter().filter(|group| group.iter().any(is_touched)).collect();
        let found = of_level(project, graph, context, summaries, &groups);
        changed.extend(found.iter().filter(|(_, summary)| hands_out_rows(summary)).map(|(function, _)| *function));
        summaries.extend(found);
    }
}

/// Whether callers get something that comes from a column.
fn hands_out_rows(summary: &Summary) -> bool {
    let parts = [summary.returns.flat(), summary.receiver.flat()];
    parts.iter().flat_map(Value::taints).any(|taint| matches!(taint.origin.root, Root::Row(_)))
}

/// The functions that do something with a column of a row that they are passed.
fn takers(summaries: &FxHashMap<FunctionRef, Summary>, stored: &Stored) -> FxHashSet<FunctionRef> {
    let takes = |summary: &Summary| summary.uses_any(&|origin| stored.is_meant(origin));
    summaries.iter().filter(|(_, summary)| takes(summary)).map(|(function, _)| *function).collect()
}

/// The functions with an attribute of one of these names in their bodies.
fn readers(project: &Project, graph: &Graph, names: &FxHashSet<&str>) -> FxHashSet<FunctionRef> {
    let mut files: Vec<FileId> = graph.nodes.iter().map(|node| node.function.file).collect();
    files.sort_unstable();
    files.dedup();
    let files = files.par_iter().filter_map(|&file| project.file(file));
    files.flat_map_iter(|file| readers_in(file, names)).collect()
}

fn readers_in(file: File<'_>, names: &FxHashSet<&str>) -> Vec<FunctionRef> {
    let module = file.module();
    let symbols: FxHashSet<_> = names.iter().filter_map(|name| module.symbol(name)).collect();
    let mut found = Vec::new();
    if symbols.is_empty() {
        return found;
    }
    for expr in module.expr_ids() {
        let Expr::Attribute { name, .. } = module.expr(expr) else { continue };
        let mut function = if symbols.contains(&name) { file.index().function_of(expr) } else { None };
        while let Some(id) = function {
            found.push(FunctionRef::new(file.id(), id));
            function = file.index().outer_function(module, id);
        }
    }
    found
}

/// The summaries of functions that only call each other and functions of lower levels.
fn of_level(
    project: &Project,
    graph: &Graph,
    context: Context<'_>,
    known: &FxHashMap<FunctionRef, Summary>,
    groups: &[&Vec<usize>],
) -> Vec<(FunctionRef, Summary)> {
    groups.par_iter().flat_map_iter(|group| of_group(project, graph, context, known, group)).collect()
}

/// The summaries of functions that call each other.
fn of_group(
    project: &Project,
    graph: &Graph,
    context: Context<'_>,
    known: &FxHashMap<FunctionRef, Summary>,
    group: &[usize],
) -> Vec<(FunctionRef, Summary)> {
    let mut drafts: FxHashMap<FunctionRef, Summary> = FxHashMap::default();
    for _ in 0..MAX_ROUNDS {
        let mut is_done = true;
        for &place in group {
            let node = &graph.nodes[place];
            let summaries = Summaries { context, known, drafts: Some(&drafts) };
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
