//! Which of two routes of one app is registered first.

use backlint_semantic::Parent;
use backlint_source::Location;
use backlint_syntax::ast::{Stmt, StmtId};

use super::containers::{ContainerKind, Framework};
use super::routes::Route;
use crate::{File, Project};

impl Project {
    /// Whether the app that serves both registers `first` before `second`. None if the code does not say, as when they
    /// stand in different files, when only one of them is registered at a time, or when `first` is registered on a
    /// condition.
    pub fn is_registered_before(&self, first: &Route, second: &Route) -> Option<bool> {
        let (steps, others) = (self.steps(first), self.steps(second));
        let level = steps.iter().zip(&others).position(|(a, b)| a != b)?;
        let (a, b) = (steps[level], others[level]);
        // A blueprint registers its own routes first, then the blueprints in it.
        let container =
            if level == 0 { first.app } else { Some(self.web.edges[first.chain[first.chain.len() - level]].child) };
        let container = self.container(container?);
        let is_nested = container.framework == Framework::Flask && container.kind != ContainerKind::App;
        if is_nested && a.is_registration != b.is_registration {
            return Some(b.is_registration);
        }
        self.runs_before(a.at, b.at)
    }

    /// What registers a route, from the app on down: registrations of routers, and the route's own declaration.
    fn steps(&self, route: &Route) -> Vec<Step> {
        let registrations = route.chain.iter().rev().map(|&edge| self.web.edges[edge].at);
        let registrations = registrations.map(|at| Step { at, is_registration: true });
        registrations.chain([Step { at: route.at, is_registration: false }]).collect()
    }

    /// Whether `first` runs before `second` whenever `second` runs, if both run in one go.
    fn runs_before(&self, first: Location, second: Location) -> Option<bool> {
        let file = self.file(first.file).filter(|_| first.file == second.file)?;
        let (a, b) = (stmt_at(file, first)?, stmt_at(file, second)?);
        if file.index().function_of_stmt(a) != file.index().function_of_stmt(b) {
            return None;
        }
        let around_second: Vec<Parent> = file.index().stmt_ancestors(b).collect();
        let mut around_first = file.index().stmt_ancestors(a);
        let is_certain = around_first.all(|parent| !is_choice(file, parent.stmt) || around_second.contains(&parent));
        is_certain.then_some(first.span.start < second.span.start)
    }
}

/// One step of the registration of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    at: Location,
    /// Whether a router is registered here, rather than the route itself.
    is_registration: bool,
}

/// Whether the blocks of a statement do not all run.
fn is_choice(file: File<'_>, stmt: StmtId) -> bool {
    matches!(file.module().stmt(stmt), Stmt::If { .. } | Stmt::Match { .. } | Stmt::Try { .. } | Stmt::While { .. })
}

/// The innermost statement at a place, with the decorators of definitions.
fn stmt_at(file: File<'_>, at: Location) -> Option<StmtId> {
    let module = file.module();
    let holds = |&stmt: &StmtId| {
        let span = file.index().definition_span(module, stmt);
        span.start <= at.span.start && at.span.start < span.end
    };
    module.stmt_ids().filter(holds).min_by_key(|&stmt| {
        let span = file.index().definition_span(module, stmt);
        (span.end - span.start, stmt)
    })
}
