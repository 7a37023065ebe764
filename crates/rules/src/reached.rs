//! From where functions are reached in production, nested ones included.

use backlint_model::{File, FunctionRef, Project, Reach};
use backlint_syntax::ast::FunctionId;

/// From where a function, or one around it, is reached; none if nothing is known to run it in production.
pub(crate) fn reach_of(project: &Project, file: File<'_>, function: FunctionId) -> Option<Reach> {
    let outer = |&id: &FunctionId| file.index().outer_function(file.module(), id);
    std::iter::successors(Some(function), outer).find_map(|id| project.reach(FunctionRef { file: file.id(), id }))
}
