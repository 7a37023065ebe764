//! The queries of the project: what they select, what narrows them, and what becomes of their rows.

mod calls;
mod criteria;
mod roots;
mod trace;

use backlint_syntax::ast::{ExprId, StmtId};
use rayon::prelude::*;

use crate::Project;
use crate::by_function::ByFunction;
use crate::resolve::{ClassRef, ExprRef, FunctionRef};

pub use calls::{DatabaseCall, DatabaseCallKind};
pub use criteria::{Comparator, Criterion};

/// A query of mapped classes, from `select(…)` or `query(…)` to where it is run.
#[derive(Clone, Debug)]
pub struct Query {
    /// The function it stands in.
    pub function: Option<FunctionRef>,
    /// Where it begins: `select(Order)`, `session.query(Order)`, `Order.query`, `session.get(Order, key)`.
    pub at: ExprRef,
    /// The first mapped class that it is about.
    pub entity: ClassRef,
    /// What a row of the result is.
    pub selects: Selection,
    /// What is added to it, in source order.
    pub steps: Vec<Step>,
    /// What becomes of it.
    pub ends: Vec<End>,
}

/// What a row of a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Objects of the class.
    Objects,
    /// Some of its columns.
    Columns,
    /// Counts, sums and the like.
    Aggregates,
}

/// A method that adds to a query.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What it adds.
    pub kind: StepKind,
    /// The call.
    pub call: ExprId,
    /// The innermost `if` around it that is not around the beginning of the query.
    pub branch: Option<StmtId>,
}

/// What a method adds to a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A condition on the rows.
    Filter,
    /// The order.
    Order,
    /// The most rows there may be.
    Limit,
    /// How many rows to leave out.
    Offset,
    /// Another table.
    Join,
    /// Rows are put together.
    Group,
    /// Anything else that leaves the rows what they are.
    Other,
}

/// Where a query ends.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// What happens.
    pub kind: EndKind,
    /// The expression that holds the outcome: the list of rows, the one row, the number.
    pub value: ExprId,
}

/// What becomes of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// All rows are fetched.
    All,
    /// At most one row, or one value, is fetched.
    One,
    /// Rows are counted.
    Count,
    /// A helper of a library fetches one page.
    Page,
    /// Rows are changed or removed in place.
    Write,
    /// It becomes a part of another query.
    Nested,
    /// It is returned as it is, or its result is.
    Returned,
    /// It is handed to a call.
    Passed {
        /// The call.
        call: ExprId,
    },
    /// Something else.
    Unknown,
}

impl EndKind {
    /// Whether the database is asked.
    pub fn is_run(self) -> bool {
        matches!(self, Self::All | Self::One | Self::Count | Self::Page | Self::Write)
    }
}

impl Query {
    /// The steps of one kind.
    pub fn steps_of(&self, kind: StepKind) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(move |step| step.kind == kind)
    }

    /// Whether it has a step of this kind.
    pub fn has(&self, kind: StepKind) -> bool {
        self.steps_of(kind).next().is_some()
    }

    /// The ends of one kind.
    pub fn ends_of(&self, kind: EndKind) -> impl Iterator<Item = &End> {
        self.ends.iter().filter(move |end| end.kind == kind)
    }
}

impl Project {
    /// All queries of mapped classes in files that rules report in, in source order.
    pub fn queries(&self) -> &[Query] {
        self.queries.all()
    }

    /// The queries that stand in a function.
    pub fn queries_in(&self, function: FunctionRef) -> impl Iterator<Item = &Query> {
        self.queries.of(function)
    }

    pub(crate) fn find_queries(&self) -> ByFunction<Query> {
        if self.models().is_empty() {
            return ByFunction::default();
        }
        let files: Vec<_> = self.reported_files().collect();
        let all: Vec<Query> = files.par_iter().flat_map_iter(|&file| trace::queries(self, file)).collect();
        ByFunction::new(all, |query| query.function)
    }
}
