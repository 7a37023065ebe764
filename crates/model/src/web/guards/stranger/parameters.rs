//! What the framework hands in when a stranger calls.

use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, Param};

use super::values::{About, Value};
use super::{End, Role, Site, Stranger, identity};
use crate::File;
use crate::resolve::{Entity, ExprRef, FunctionRef, Type};
use crate::web::guards::known::{KnownCallable, known};

impl Stranger<'_> {
    /// The values of all parameters, as the framework fills them.
    pub(super) fn unbound(&mut self, function: FunctionRef, site: Option<&Site>) -> Vec<Value> {
        let Some(file) = self.project.file(function.file) else { return Vec::new() };
        let count = file.module().list(file.function(function.id).params).len();
        (0..count).map(|place| self.parameter(function, place, site)).collect()
    }

    /// The value of the parameter at a place, as the framework fills it.
    pub(super) fn parameter(&mut self, function: FunctionRef, place: usize, site: Option<&Site>) -> Value {
        if let Some(dependency) = self.project.param_dependencies(function, place).next() {
            return self.provided(dependency.target, site);
        }
        let file = self.project.file(function.file);
        let param = file.and_then(|file| file.module().list(file.function(function.id).params).get(place));
        match (file, param) {
            (Some(file), Some(param)) => from_request(file, param),
            _ => Value::unknown(About::NOTHING),
        }
    }

    /// What a dependency gives to strangers whom it does not refuse.
    fn provided(&mut self, target: ExprRef, site: Option<&Site>) -> Value {
        match self.project.resolve(target.file, target.expr) {
            Entity::Function(provider) => self.given_by(provider, site),
            Entity::Instance { of: Type::Project(class), origin } => match self.project.method(class, "__call__") {
                Some(call) => self.given_by(call, site),
                None => self.scheme(class_is_scheme(self, class), origin),
            },
            Entity::Instance { of: Type::External(path), origin } => {
                self.scheme(known(&path) == Some(KnownCallable::Scheme), origin)
            }
            Entity::Result { of: path, .. } if path.ends_with("current_user") || path.ends_with("authenticator") => {
                Value::missing()
            }
            Entity::Unknown | Entity::Param(..) if self.names_caller(target) => Value::missing(),
            _ => Value::unknown(About::NOTHING),
        }
    }

    fn names_caller(&self, target: ExprRef) -> bool {
        let text = self.project.file(target.file).map_or("", |file| file.text_of(target.expr));
        identity::asks_who(text.split('(').next().and_then(|callee| callee.rsplit('.').next()).unwrap_or_default())
    }

    fn given_by(&mut self, provider: FunctionRef, site: Option<&Site>) -> Value {
        let arguments = self.unbound(provider, site);
        let outcome = self.walk(provider, Role::Call, &arguments, site);
        let given = outcome.exits.iter().filter_map(|exit| match exit.end {
            End::Passed(value) => Some(value),
            End::Refused(_) => None,
        });
        let given = given.reduce(Value::or).unwrap_or(Value::unknown(About::NOTHING));
        let name = self.project.file(provider.file).map_or("", |file| file.function_name(provider.id));
        // What is said to be the user may be, however it is found.
        let is_about_nothing = !given.about.has(About::CALLER.with(About::REQUEST));
        if is_about_nothing && identity::is_about_caller(name) {
            return Value { about: given.about.with(About::REQUEST), ..given };
        }
        given
    }

    /// A security scheme: it demands that a credential is there, unless `auto_error=False`.
    fn scheme(&self, is_scheme: bool, origin: Option<ExprRef>) -> Value {
        if !is_scheme {
            return Value::unknown(About::NOTHING);
        }
        let is_soft = origin.is_some_and(|origin| {
            let Some(file) = self.project.file(origin.file) else { return false };
            let Some(call) = Call::of(file.module(), origin.expr) else { return false };
            call.keyword("auto_error").is_some_and(|arg| file.module().expr(arg.value) == Expr::False)
        });
        if is_soft { Value::missing() } else { Value::wrong() }
    }
}

fn class_is_scheme(stranger: &Stranger<'_>, class: crate::resolve::ClassRef) -> bool {
    let lineage = stranger.project.lineage(class);
    lineage.iter().any(|t| matches!(t, Type::External(path) if known(path) == Some(KnownCallable::Scheme)))
}

/// What the framework reads off the request for a parameter.
fn from_request(file: File<'_>, param: &Param) -> Value {
    let module = file.module();
    let name = module.text(param.name);
    let annotation = param.annotation.map_or("", |annotation| file.text_of(annotation));
    let default = param.default.and_then(|default| Call::of(module, default)).and_then(|call| call.name());
    if matches!(default, Some("Header" | "Cookie")) || ["Header(", "Cookie("].iter().any(|w| annotation.contains(w)) {
        let is_credential = identity::is_credential_header(name);
        return if is_credential { Value::missing() } else { Value::unknown(About::NOTHING) };
    }
    if annotation.contains("HTTPAuthorizationCredentials") || annotation.contains("HTTPBasicCredentials") {
        return Value::wrong();
    }
    if matches!(name, "request" | "req" | "websocket" | "info" | "ctx" | "context" | "scope" | "environ") {
        return Value::unknown(About::REQUEST);
    }
    let takes_text = annotation.is_empty() || annotation.contains("str");
    if takes_text && identity::is_credential_name(name) { Value::missing() } else { Value::unknown(About::NOTHING) }
}
