//! Values that are kept in the session of a client from one request to the next.

use backlint_syntax::ast::{Expr, ExprId};

use super::body::Reader;
use super::entries::{Entries, Sent};
use super::origin::{Name, Shelf, StepKind};
use super::state::State;
use super::value::{Taint, Value};

/// The session of a request of Starlette, in the tables.
const OF_REQUEST: &str = "starlette.requests.Request.session";

impl Reader<'_> {
    /// A name that an import binds to a session: `from flask import session`.
    pub(super) fn session(&self, name: ExprId) -> Option<Value> {
        let path = self.file.path_of(name).filter(|path| self.tables.is_session(path))?;
        Some(self.read(&path, name))
    }

    /// Puts a value into a session, if `object` is one.
    pub(super) fn keep_in_session(
        &mut self,
        object: ExprId,
        key: Option<&str>,
        value: &Value,
        state: &mut State,
    ) -> bool {
        if !self.is_session(object, state) {
            return false;
        }
        if let Some(key) = key {
            self.keep(&Shelf::Session(key.into()), self.file.at_expr(object), value, state);
        }
        true
    }

    fn is_session(&self, object: ExprId, state: &State) -> bool {
        let module = self.file.module();
        match module.expr(object) {
            Expr::Name(name) => {
                !state.is_bound(name)
                    && self.tables.may_be_source(module.text(name))
                    && self.file.path_of(object).is_some_and(|path| self.tables.is_session(&path))
            }
            Expr::Attribute { value, name } => {
                let name = module.text(name);
                self.session_of_request(value, name).is_some()
                    || self.tables.may_be_source(name)
                        && self.file.path_of(object).is_some_and(|path| self.tables.is_session(&path))
            }
            _ => false,
        }
    }

    /// The path of `request.session`, where the request is a parameter.
    pub(super) fn session_of_request(&self, object: ExprId, attribute: &str) -> Option<&'static str> {
        let module = self.file.module();
        let Expr::Name(request) = module.expr(object) else { return None };
        if attribute != "session" {
            return None;
        }
        let mut params = module.list(self.file.function(self.function.id).params).iter();
        let annotation = params.find(|param| param.name == request)?.annotation?;
        self.project.is_request(self.file.id(), annotation).then_some(OF_REQUEST)
    }
}

impl Entries<'_> {
    /// What clients have put into the session under the key that `path` starts with.
    pub(super) fn kept(&self, path: &[Name], taint: &Taint) -> Vec<Sent> {
        let Some((key, ways)) = self.summaries.context.stored.in_session(path) else { return Vec::new() };
        let Some((at, _)) = taint.trace.steps().into_iter().next() else { return Vec::new() };
        let read = StepKind::Loaded(Shelf::Session(Name::clone(key)));
        ways.iter().map(|way| Sent { before: way.before.then(at, read.clone()), ..way.clone() }).collect()
    }
}
