//! Who answers a route.

use backlint_source::Location;

use crate::Project;
use crate::effects::{Effect, EffectKind};
use crate::resolve::{ClassRef, FunctionRef};
use crate::web::Route;

/// The code that answers a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handler {
    /// The code itself.
    pub answer: Answer,
    /// The class of a class-based view.
    pub class: Option<ClassRef>,
}

/// Code of the project, or code that a library brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// A function or method of the project.
    Function(FunctionRef),
    /// An endpoint that the view's class, or the app itself, has from a library.
    Library(Endpoint),
}

/// An endpoint of a library: the project holds no code of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The name that the library gives it.
    pub name: &'static str,
    /// What calling it changes.
    pub changes: Option<EffectKind>,
    /// The library's own guard in front of it.
    pub guard: Option<&'static str>,
}

impl Handler {
    pub(crate) fn of_function(function: FunctionRef, class: Option<ClassRef>) -> Self {
        Self { answer: Answer::Function(function), class }
    }

    /// The function or method of the project; none when a library answers with code of its own.
    pub fn function(self) -> Option<FunctionRef> {
        match self.answer {
            Answer::Function(function) => Some(function),
            Answer::Library(_) => None,
        }
    }

    /// The library's endpoint, when no code of the project answers.
    pub fn endpoint(self) -> Option<Endpoint> {
        match self.answer {
            Answer::Function(_) => None,
            Answer::Library(endpoint) => Some(endpoint),
        }
    }
}

impl Project {
    /// The name of the function, method or inherited endpoint that answers.
    pub fn handler_name(&self, handler: Handler) -> &str {
        match handler.answer {
            Answer::Function(function) => self.file(function.file).map_or("", |file| file.function_name(function.id)),
            Answer::Library(endpoint) => endpoint.name,
        }
    }

    /// Where a reader finds the handler: the header of its function, else where the route is declared.
    pub fn handler_place(&self, route: &Route) -> Location {
        let of_function = |function: FunctionRef| self.file(function.file).map(|file| file.at_function(function.id));
        route.handler.function().and_then(of_function).unwrap_or(route.at)
    }

    /// What calling the handler changes: its own effects, or what is known of the library's endpoint.
    pub(crate) fn handler_effects(&self, route: &Route) -> Vec<Effect> {
        match route.handler.answer {
            Answer::Function(function) => self.effects(function),
            Answer::Library(endpoint) => endpoint
                .changes
                .map(|kind| Effect { kind, at: route.at, depth: 0, what: endpoint.name.into() })
                .into_iter()
                .collect(),
        }
    }
}
