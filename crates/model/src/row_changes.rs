//! What code does to the rows of mapped classes: which are made, which columns are set, which are removed.

mod reader;

use backlint_syntax::ast::ExprId;
use rayon::prelude::*;

use crate::Project;
use crate::by_function::ByFunction;
use crate::resolve::{ClassRef, ExprRef, FunctionRef};

/// A change to a row.
#[derive(Clone, Debug)]
pub struct RowChange {
    /// The function it stands in.
    pub function: FunctionRef,
    /// The class of the row.
    pub model: ClassRef,
    /// What is done.
    pub kind: RowChangeKind,
    /// Where: the call, or the target of the assignment.
    pub at: ExprRef,
}

/// What is done to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowChangeKind {
    /// It is made: `Order(…)`.
    Create,
    /// A column gets a value: `order.state = value`, `update(Order).values(state=value)`.
    Set {
        /// The attribute.
        attribute: String,
        /// What it is set to.
        value: ExprId,
    },
    /// It is removed: `session.delete(order)`, `query.delete()`, `delete(Order)`.
    Remove,
}

impl RowChange {
    /// The attribute that gets a value, if this sets one.
    pub fn attribute(&self) -> Option<&str> {
        match &self.kind {
            RowChangeKind::Set { attribute, .. } => Some(attribute),
            RowChangeKind::Create | RowChangeKind::Remove => None,
        }
    }

    /// What a column is set to, if this sets the column.
    pub fn value_of(&self, name: &str) -> Option<ExprId> {
        match &self.kind {
            RowChangeKind::Set { attribute, value } if attribute == name => Some(*value),
            _ => None,
        }
    }
}

impl Project {
    /// The changes to rows in files that rules report in, in source order. Known only to rules whose row says
    /// `needs RowChanges`.
    pub fn row_changes(&self) -> &[RowChange] {
        self.row_changes.all()
    }

    /// The changes to rows that a function makes itself, in source order.
    pub fn row_changes_in(&self, function: FunctionRef) -> impl Iterator<Item = &RowChange> {
        self.row_changes.of(function)
    }

    pub(crate) fn find_row_changes(&self) -> ByFunction<RowChange> {
        if self.models().is_empty() {
            return ByFunction::default();
        }
        let files: Vec<_> = self.reported_files().collect();
        let mut all: Vec<RowChange> = files.par_iter().flat_map_iter(|&file| reader::changes(self, file)).collect();
        all.extend(reader::by_queries(self));
        let place = |change: &RowChange| {
            let start = self.file(change.at.file).map(|file| file.module().span(change.at.expr).start);
            (change.at.file, start)
        };
        all.sort_by_key(place);
        ByFunction::new(all, |change| Some(change.function))
    }
}
