//! Functions of the project that ask the database something whenever they are called.

use backlint_model::{DatabaseCallKind, File, FunctionRef, Project};
use backlint_semantic::Parent;
use backlint_source::Location;
use backlint_syntax::ast::{ExprId, Stmt};
use rustc_hash::FxHashMap;

/// Through how many further helpers a query is looked for.
const MAX_DEPTH: u32 = 1;

/// Where a helper asks.
#[derive(Clone, Copy)]
pub(super) struct Asks {
    pub(super) at: Location,
    /// How many helpers further.
    pub(super) depth: u32,
}

/// What is known of helpers so far.
pub(super) struct Helpers<'p> {
    project: &'p Project,
    known: FxHashMap<(FunctionRef, u32), Option<Asks>>,
}

impl<'p> Helpers<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        Self { project, known: FxHashMap::default() }
    }

    /// Where calling a function asks the database, if it always does.
    pub(super) fn asks(&mut self, function: FunctionRef) -> Option<Asks> {
        self.asks_within(function, MAX_DEPTH)
    }

    fn asks_within(&mut self, function: FunctionRef, depth: u32) -> Option<Asks> {
        if let Some(&known) = self.known.get(&(function, depth)) {
            return known;
        }
        let found = self.find(function, depth);
        self.known.insert((function, depth), found);
        found
    }

    fn find(&mut self, function: FunctionRef, depth: u32) -> Option<Asks> {
        let project = self.project;
        let file = project.file(function.file)?;
        if is_cached(file, function) || claims_row(file, function) {
            return None;
        }
        let own = project
            .database_calls(function)
            .into_iter()
            .find(|call| call.kind != DatabaseCallKind::Flush && is_always_run(file, call.expr));
        if let Some(call) = own {
            return Some(Asks { at: file.at(file.first_line(file.at_expr(call.expr).span)), depth: 0 });
        }
        let below = depth.checked_sub(1)?;
        project.callees(function).iter().filter(|callee| is_always_run(file, callee.call)).find_map(|callee| {
            let asks = self.asks_within(callee.function, below)?;
            Some(Asks { depth: asks.depth + 1, ..asks })
        })
    }
}

/// A function that keeps its answers, as far as its text says.
fn is_cached(file: File<'_>, function: FunctionRef) -> bool {
    let module = file.module();
    let stmt = file.function(function.id).stmt;
    file.slice(file.index().definition_span(module, stmt)).to_ascii_lowercase().contains("cache")
}

/// A change that looks at whether it met the row as expected: such rows have to be taken one by one.
fn claims_row(file: File<'_>, function: FunctionRef) -> bool {
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
    text.contains("update(") && (text.contains(".rowcount") || text.contains(".returning("))
}

/// Whether an expression runs whenever its function does, as far as the blocks around it say.
fn is_always_run(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let stmt = file.index().stmt_of(expr);
    let function = file.index().function_of(expr);
    let mut around = stmt.into_iter().flat_map(|stmt| file.index().stmt_ancestors(stmt));
    !around.any(|Parent { stmt, .. }| {
        file.index().function_of_stmt(stmt) == function
            && matches!(module.stmt(stmt), Stmt::If { .. } | Stmt::Match { .. } | Stmt::While { .. })
    })
}
