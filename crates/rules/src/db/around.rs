//! Functions around others: what they call, and what is called by whoever calls their helpers.

use std::collections::BTreeSet;

use backlint_model::{FunctionRef, Project};

/// How many calls away a function is still around another.
const MAX_DEPTH: u32 = 3;

/// The functions that do something, and those for which it is done.
pub(super) struct Around {
    doing: BTreeSet<FunctionRef>,
    /// What the functions that do it themselves or by a helper call.
    covered: BTreeSet<FunctionRef>,
}

impl Around {
    /// Some functions that do something. Those which are helpers do it for their callers; the callers of others may do
    /// many things.
    pub(super) fn of(project: &Project, doing: BTreeSet<FunctionRef>, is_helper: impl Fn(FunctionRef) -> bool) -> Self {
        let helpers = doing.iter().copied().filter(|&function| is_helper(function));
        let served = helpers.flat_map(|helper| project.callers(helper)).map(|caller| caller.function);
        let origins: BTreeSet<FunctionRef> = doing.iter().copied().chain(served).collect();
        let called = origins.iter().flat_map(|&origin| project.called_within(origin, MAX_DEPTH));
        let covered = called.map(|(_, function)| function).collect();
        Self { doing, covered }
    }

    /// The functions that do it themselves.
    pub(super) fn doing(&self) -> &BTreeSet<FunctionRef> {
        &self.doing
    }

    /// Whether it is done by a function, by what it calls, or by what calls it.
    pub(super) fn covers(&self, project: &Project, function: FunctionRef) -> bool {
        let is_below =
            || project.called_within(function, MAX_DEPTH).iter().any(|(_, callee)| self.doing.contains(callee));
        self.covered.contains(&function) || is_below()
    }
}
