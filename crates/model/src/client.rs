//! Values that clients choose: followed through names, wrappers, and the callers of a function.

mod inputs;

use backlint_semantic::{BindingKind, Call};
use backlint_source::{FileId, Location};
use backlint_syntax::ast::{Expr, ExprId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::resolve::FunctionRef;
use crate::web::{Liveness, RouteId};
use crate::{File, Project};

/// How many names and wrappers a value may be behind. Callers share out what is left, which bounds how many are looked at.
const MAX_STEPS: u32 = 24;

/// How many callers of one function are looked at.
const MAX_CALLERS: usize = 12;

/// A value that a client sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientValue {
    /// What the client calls it: the name of the parameter or field.
    pub name: String,
    /// Where it enters the program.
    pub at: Location,
    /// What it may be.
    pub form: ClientForm,
}

/// What a value that a client sends may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientForm {
    /// Any text.
    Text,
    /// One of some texts: an enumeration, a literal type, a pattern.
    Constrained,
    /// Numbers, identifiers, dates, truth values.
    Scalar,
    /// An object of a class, with the fields of that class.
    Object,
    /// JSON of any kind, or a list or dict of it.
    Structure,
}

/// Which functions clients reach with values of their own.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    /// The routes of handlers.
    handlers: FxHashMap<FunctionRef, Vec<RouteId>>,
    /// Functions whose parameters FastAPI fills from the request for a handler.
    providers: FxHashSet<FunctionRef>,
}

impl Project {
    /// The routes that a function handles, those that are never served left out.
    pub fn routes_of(&self, function: FunctionRef) -> &[RouteId] {
        self.clients.handlers.get(&function).map_or(&[], Vec::as_slice)
    }

    /// The values of clients that an expression may be, through the callers of its function too.
    pub fn client_values(&self, file: FileId, expr: ExprId) -> Vec<ClientValue> {
        let mut found = Vec::new();
        self.add_client_values(file, expr, MAX_STEPS, &mut found);
        found
    }

    /// The values of clients that a parameter may be.
    pub fn client_values_of_param(&self, function: FunctionRef, place: u32) -> Vec<ClientValue> {
        let mut found = Vec::new();
        self.add_param_values(function, place, MAX_STEPS, &mut found);
        found
    }

    pub(crate) fn find_clients(&self) -> Clients {
        let mut clients = Clients::default();
        for route in self.routes().iter().filter(|route| route.liveness != Liveness::Dead) {
            let Some(handler) = route.handler.function() else { continue };
            clients.handlers.entry(handler).or_default().push(route.id);
            clients.providers.extend(self.dependency_uses(route).into_iter().map(|used| used.provider));
        }
        clients
    }

    fn add_client_values(&self, file: FileId, expr: ExprId, steps: u32, found: &mut Vec<ClientValue>) {
        let Some(steps) = steps.checked_sub(1) else { return };
        let Some(view) = self.file(file) else { return };
        let module = view.module();
        if let Some(value) = inputs::of_request(self, view, expr) {
            found.push(value);
            return;
        }
        match module.expr(expr) {
            Expr::Name(name) => {
                for binding in view.index().lookup(view.index().scope_of_name(expr), name) {
                    match binding.kind {
                        BindingKind::Param(id, place) => {
                            self.add_param_values(FunctionRef::new(file, id), place, steps, found);
                        }
                        BindingKind::Assign { value: Some(value), .. } | BindingKind::Named { value } => {
                            self.add_client_values(file, value, steps / 2, found);
                        }
                        _ => {}
                    }
                }
            }
            Expr::Await(inner) => self.add_client_values(file, inner, steps, found),
            Expr::Bool { values, .. } => {
                module.list(values).iter().for_each(|&value| self.add_client_values(file, value, steps / 2, found));
            }
            Expr::Conditional { body, orelse, .. } => {
                self.add_client_values(file, body, steps / 2, found);
                self.add_client_values(file, orelse, steps / 2, found);
            }
            Expr::Call { .. } => {
                if let Some(inner) = Call::of(module, expr).and_then(|call| unwrapped(view, call)) {
                    self.add_client_values(file, inner, steps, found);
                }
            }
            _ => {}
        }
    }

    fn add_param_values(&self, function: FunctionRef, place: u32, steps: u32, found: &mut Vec<ClientValue>) {
        let Some(steps) = steps.checked_sub(1) else { return };
        if !self.routes_of(function).is_empty() || self.clients.providers.contains(&function) {
            found.extend(inputs::of_param(self, function, place));
            return;
        }
        for caller in self.callers(function).iter().take(MAX_CALLERS) {
            let Some(view) = self.file(caller.function.file) else { continue };
            let Some(call) = Call::of(view.module(), caller.call) else { continue };
            let given = self.argument_for(view.id(), call, function, place as usize);
            // A default comes from the function itself.
            if let Some(given) = given.filter(|at| at.file == view.id()) {
                self.add_client_values(given.file, given.expr, steps / 2, found);
            }
        }
    }
}

/// The value below methods and conversions that leave a text a text.
fn unwrapped(file: File<'_>, call: Call<'_>) -> Option<ExprId> {
    const METHODS: &[&str] = &["casefold", "lower", "lstrip", "rstrip", "strip", "title", "upper"];
    match (call.name()?, call.receiver()) {
        ("str", None) => call.positional(0),
        (name, Some(receiver)) if METHODS.contains(&name) && file.module().span(receiver) != call.span() => {
            Some(receiver)
        }
        _ => None,
    }
}
