//! The functions that requests can reach, each with those that it calls, in the order in which they can be summarised.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::targets::Targets;
use crate::Project;
use crate::resolve::FunctionRef;

/// How many functions are followed; the rest of a larger project is unknown.
const MAX_FUNCTIONS: usize = 200_000;

/// One function of the graph.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) function: FunctionRef,
    pub(super) targets: Targets,
    pub(super) callees: Vec<usize>,
}

/// The functions that can be reached from some entries.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
}

impl Graph {
    /// Everything that `entries` call, directly or not.
    pub(super) fn from(project: &Project, entries: Vec<FunctionRef>) -> Self {
        let mut found: Vec<(FunctionRef, Targets, Vec<FunctionRef>)> = Vec::new();
        let mut places: FxHashMap<FunctionRef, usize> = FxHashMap::default();
        let mut frontier = entries;
        while !frontier.is_empty() && found.len() < MAX_FUNCTIONS {
            frontier.sort_unstable();
            frontier.dedup();
            frontier.retain(|function| !places.contains_key(function));
            let level: Vec<_> = frontier
                .par_iter()
                .map(|&function| {
                    let targets = Targets::of(project, function);
                    let callees = targets.functions();
                    (function, targets, callees)
                })
                .collect();
            places.extend(level.iter().enumerate().map(|(at, (function, ..))| (*function, found.len() + at)));
            frontier = level.iter().flat_map(|(.., callees)| callees.iter().copied()).collect();
            found.extend(level);
        }
        let nodes = found.into_iter().map(|(function, targets, callees)| {
            let callees = callees.iter().filter_map(|callee| places.get(callee).copied()).collect();
            Node { function, targets, callees }
        });
        Self { nodes: nodes.collect() }
    }

    /// Groups of functions that call each other, in levels: a group only calls groups of earlier levels.
    pub(super) fn levels(&self) -> Vec<Vec<Vec<usize>>> {
        let mut levels: Vec<Vec<Vec<usize>>> = Vec::new();
        // None for functions whose group is not placed yet: those of the group at hand.
        let mut level_of: Vec<Option<usize>> = vec![None; self.nodes.len()];
        for mut group in self.components() {
            let callees = group.iter().flat_map(|&node| &self.nodes[node].callees);
            let level = callees.filter_map(|&callee| level_of[callee]).map(|level| level + 1).max().unwrap_or(0);
            group.sort_unstable();
            for &node in &group {
                level_of[node] = Some(level);
            }
            if levels.len() <= level {
                levels.resize_with(level + 1, Vec::new);
            }
            levels[level].push(group);
        }
        levels
    }

    /// The strongly connected components, callees before callers (Tarjan's algorithm without recursion).
    fn components(&self) -> Vec<Vec<usize>> {
        let mut walk = Walk { number: vec![None; self.nodes.len()], low: vec![0; self.nodes.len()], ..Walk::default() };
        for start in 0..self.nodes.len() {
            if walk.number[start].is_some() {
                continue;
            }
            let mut calls = vec![(start, 0)];
            walk.enter(start);
            while let Some((node, next)) = calls.pop() {
                let Some(&callee) = self.nodes[node].callees.get(next) else {
                    walk.leave(node);
                    if let Some(&(caller, _)) = calls.last() {
                        walk.low[caller] = walk.low[caller].min(walk.low[node]);
                    }
                    continue;
                };
                calls.push((node, next + 1));
                match walk.number[callee] {
                    None => {
                        walk.enter(callee);
                        calls.push((callee, 0));
                    }
                    Some(number) if walk.is_open[callee] => walk.low[node] = walk.low[node].min(number),
                    Some(_) => {}
                }
            }
        }
        walk.components
    }
}

/// The state of the search for components.
#[derive(Default)]
struct Walk {
    number: Vec<Option<usize>>,
    low: Vec<usize>,
    is_open: Vec<bool>,
    open: Vec<usize>,
    count: usize,
    components: Vec<Vec<usize>>,
}

impl Walk {
    fn enter(&mut self, node: usize) {
        self.is_open.resize(self.number.len(), false);
        self.number[node] = Some(self.count);
        self.low[node] = self.count;
        self.count += 1;
        self.open.push(node);
        self.is_open[node] = true;
    }

    /// Closes the component that started at `node`, if one did.
    fn leave(&mut self, node: usize) {
        if self.number[node] != Some(self.low[node]) {
            return;
        }
        let mut component = Vec::new();
        while let Some(member) = self.open.pop() {
            self.is_open[member] = false;
            component.push(member);
            if member == node {
                break;
            }
        }
        self.components.push(component);
    }
}
