//! From where functions are reached in production, nested ones included.

use std::collections::BTreeSet;

use backlint_model::{File, FunctionRef, Project, Reach};
use backlint_syntax::ast::FunctionId;

/// From where a function, or one around it, is reached; none if nothing is known to run it in production.
pub(crate) fn reach_of(project: &Project, file: File<'_>, function: FunctionId) -> Option<Reach> {
    let outer = |&id: &FunctionId| file.index().outer_function(file.module(), id);
    std::iter::successors(Some(function), outer).find_map(|id| project.reach(FunctionRef { file: file.id(), id }))
}

/// A function and all that call it, so many steps up.
pub(crate) fn callers_within(project: &Project, function: FunctionRef, depth: u32) -> BTreeSet<FunctionRef> {
    let mut found = BTreeSet::from([function]);
    let mut level = vec![function];
    for _ in 0..depth {
        let callers = level.iter().flat_map(|&function| project.callers(function));
        level = callers.map(|caller| caller.function).filter(|caller| found.insert(*caller)).collect();
    }
    found
}
