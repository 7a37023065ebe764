//! What FastAPI routes depend on, and what they do with it.

use backlint_semantic::Call;
use backlint_source::Location;

use crate::Project;
use crate::resolve::{ExprRef, FunctionRef};
use crate::web::Route;

/// A function that runs for a route as its dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DependencyUse {
    /// What runs.
    pub provider: FunctionRef,
    /// The place of the handler's parameter that gets the result; none if the result is dropped.
    pub param: Option<u32>,
    /// Where the dependency is declared.
    pub at: Location,
}

impl Project {
    /// The dependencies of a route that are functions of the project: of its signature, its decorator, its routers and
    /// its app.
    pub fn dependency_uses(&self, route: &Route) -> Vec<DependencyUse> {
        if !route.takes_dependencies {
            return Vec::new();
        }
        let mut found = Vec::new();
        if let Some(handler) = route.handler.function() {
            let placed = self.placed_dependencies(handler).iter();
            found.extend(placed.filter_map(|&(place, d)| self.dependency_use(d.target, u32::try_from(place).ok())));
        }
        for list in route.dependencies.into_iter().chain(self.dependency_lists(route)) {
            let listed = self.listed_dependencies(list).unwrap_or_default().into_iter();
            found.extend(listed.filter_map(|d| self.dependency_use(d.target, None)));
        }
        found
    }

    /// The functions of the project whose result FastAPI hands in for a parameter.
    pub fn param_providers(&self, function: FunctionRef, place: u32) -> Vec<FunctionRef> {
        let dependencies = self.param_dependencies(function, place as usize);
        dependencies.filter_map(|d| self.resolve(d.target.file, d.target.expr).function()).collect()
    }

    fn dependency_use(&self, target: ExprRef, param: Option<u32>) -> Option<DependencyUse> {
        let provider = self.resolve(target.file, target.expr).function()?;
        Some(DependencyUse { provider, param, at: self.at(target) })
    }

    /// The `dependencies=` of the routers, registrations and the app above a route.
    fn dependency_lists(&self, route: &Route) -> Vec<ExprRef> {
        let edges = self.registrations();
        let containers = route.container.into_iter().chain(route.chain.iter().map(|&edge| edges[edge].parent));
        let of_containers = containers.filter_map(|id| {
            let made = self.container(id).made;
            let arg = Call::of(self.file(made.file)?.module(), made.expr)?.keyword("dependencies")?;
            Some(ExprRef { file: made.file, expr: arg.value })
        });
        of_containers.chain(route.chain.iter().filter_map(|&edge| edges[edge].dependencies)).collect()
    }
}
