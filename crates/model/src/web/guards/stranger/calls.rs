//! Calls, as a stranger's request makes them come out.

use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt, StmtId};

use super::expressions::joined;
use super::statements::Frame;
use super::values::{About, Value};
use super::{End, Exit, Outcome, Role, digests, gates, identity};
use crate::File;
use crate::resolve::{Entity, FunctionRef, Type};
use crate::web::guards::classify::{GuardClass, is_optional};
use crate::web::guards::exits::Rejection;
use crate::web::guards::known::{KnownCallable, callable_entity, is_auth_like, known};

/// How many refusals of a callee are passed on.
const MAX_PASSED_ON: usize = 4;

impl Frame<'_, '_> {
    pub(super) fn call(&mut self, expr: ExprId) -> Value {
        let file = self.file;
        let Some(call) = Call::of(file.module(), expr) else { return Value::unknown(About::NOTHING) };
        if self.role == Role::Gate
            && let Some(found) = self.run_wrapped(call)
        {
            return found;
        }
        let receiver = call.receiver().map(|receiver| (receiver, self.eval(receiver)));
        if self.is_over {
            return Value::unknown(About::NOTHING);
        }
        if let Some((receiver, object)) = receiver
            && let Some(found) =
                self.method_of_digest(call, receiver, object).or_else(|| self.method(call, receiver, object))
        {
            return found;
        }
        let arguments: Vec<(ExprId, Value)> = call.args.iter().map(|arg| (arg.value, self.eval(arg.value))).collect();
        if self.is_over {
            return Value::unknown(About::NOTHING);
        }
        let name = call.name().unwrap_or_default();
        // Who checks where a form comes from learns nothing of the caller.
        if identity::checks_forgery(name) {
            return Value::unknown(About::FOREIGN);
        }
        if identity::verifies(name) {
            let is_seen = self.stranger.project.resolve(file.id(), call.function).function().is_some();
            if !is_seen {
                let is_signature = matches!(name, "compare_digest");
                let about = if is_signature { About::CALLER.with(About::SIGNATURE) } else { About::CALLER };
                return Value::truth(false, about);
            }
        }
        match callable_entity(self.stranger.project, file, call.function) {
            Entity::Function(function) => self.project_call(call, function, &arguments),
            Entity::Class(class) => match self.stranger.project.method(class, "__init__") {
                Some(init) => {
                    self.project_call(call, init, &arguments);
                    joined_arguments(&arguments)
                }
                None => joined_arguments(&arguments),
            },
            Entity::Instance { of: Type::Project(class), .. } => {
                match self.stranger.project.method(class, "__call__") {
                    Some(method) => self.project_call(call, method, &arguments),
                    None => joined_arguments(&arguments),
                }
            }
            Entity::External(path) | Entity::Result { of: path, .. } => self.external_call(call, &path, &arguments),
            _ => self.unseen_call(call, receiver.map(|(_, object)| object), &arguments),
        }
    }

    /// Methods of values that are known to be parts of the request or missing.
    fn method(&mut self, call: Call<'_>, receiver: ExprId, object: Value) -> Option<Value> {
        let name = call.name()?;
        if object.is_missing {
            for arg in call.args {
                self.eval(arg.value);
            }
            return Some(match identity::of_strangers(name) {
                Some(truth) => Value::truth(truth, About::CALLER),
                None => Value::missing(),
            });
        }
        let part = object.part;
        if let Some(part) = part.filter(|part| part.is_place()) {
            return Some(self.method_of_place(part, call));
        }
        // `g.get("user")` is `g.user`.
        let key = call.positional(0).filter(|_| name == "get").and_then(|key| self.key_text(key));
        if key.is_some_and(|key| identity::is_caller_attribute(self.file.text_of(receiver), &key)) {
            return Some(Value::missing());
        }
        if matches!(name, "get" | "getlist" | "pop" | "get_all") {
            return self.entry(object, receiver, call.positional(0)?);
        }
        // `request.get_json()` and its like say nothing of the caller.
        matches!(name, "json" | "get_json" | "body" | "form" | "stream").then_some(Value::unknown(About::NOTHING))
    }

    /// Runs what a gate wraps, if the call does: strangers pass, unless the call puts a guard of its own around it.
    fn run_wrapped(&mut self, call: Call<'_>) -> Option<Value> {
        let (project, file) = (self.stranger.project, self.file);
        if !gates::reaches(project, file, self.function, call) {
            return None;
        }
        let decorating = Call::of(file.module(), call.function);
        let guards = decorating.is_some_and(|decorating| self.decorates_with_guard(decorating));
        Some(if guards { self.raise_for_strangers(About::CALLER) } else { self.pass_gate() })
    }

    /// Whether `decorator(view)` is a guard around the view.
    fn decorates_with_guard(&mut self, decorating: Call<'_>) -> bool {
        self.makes_guard(self.file, decorating.function)
            .unwrap_or_else(|| is_auth_like(decorating.name().unwrap_or_default()))
    }

    /// Whether a function stands behind a guard wherever it is called from, as methods of controllers do.
    fn is_decorated_with_guard(&mut self, function: FunctionRef) -> bool {
        let Some(file) = self.stranger.project.file(function.file) else { return false };
        let module = file.module();
        module.list(file.function(function.id).decorators).iter().any(|decorator| {
            let call = Call::of(module, decorator.expr);
            !call.is_some_and(|call| is_optional(call, file))
                && self.makes_guard(file, call.map_or(decorator.expr, |call| call.function)) == Some(true)
        })
    }

    /// Whether a decorator turns strangers away, if that can be told.
    fn makes_guard(&mut self, file: File<'_>, decorator: ExprId) -> Option<bool> {
        let project = self.stranger.project;
        match project.resolve(file.id(), decorator) {
            Entity::Function(function) => Some(gates::gates_in(project, function).into_iter().any(|gate| {
                let arguments = self.stranger.unbound(gate, None);
                let outcome = self.stranger.walk(gate, Role::Gate, &arguments, None);
                outcome.exits.iter().any(Exit::refuses_strangers) && outcome.class() != GuardClass::Neutral
            })),
            Entity::External(path) => Some(known(&path) == Some(KnownCallable::Guard)),
            _ => None,
        }
    }

    fn pass_gate(&mut self) -> Value {
        let passed = Value::unknown(About::NOTHING);
        self.leave(Exit {
            end: End::Passed(passed),
            raised: None,
            by_caller: self.state.by_caller,
            under: self.state.under,
        });
        self.is_over = true;
        passed
    }

    fn project_call(&mut self, call: Call<'_>, function: FunctionRef, arguments: &[(ExprId, Value)]) -> Value {
        if self.is_decorated_with_guard(function) {
            return self.raise_for_strangers(About::CALLER);
        }
        // Who implements an interface is not seen here.
        if self.is_declared_only(function) {
            self.has_unseen |= call.name().is_some_and(|name| is_auth_like(name) || name.contains("decode"));
            return self.unseen_call(call, None, arguments);
        }
        let Some(values) = self.passed(call, function, arguments) else { return joined_arguments(arguments) };
        let site = self.site;
        let outcome = self.stranger.walk_callee(function, &values, site);
        self.has_unseen |= outcome.has_unseen;
        self.take_over(&outcome, arguments)
    }

    /// Whether a method has no body but `...`, `pass` or an error.
    fn is_declared_only(&self, function: FunctionRef) -> bool {
        let Some(file) = self.stranger.project.file(function.file) else { return false };
        let module = file.module();
        let is_nothing = |&stmt: &StmtId| match module.stmt(stmt) {
            Stmt::Pass => true,
            Stmt::Raise { exception: Some(exception), .. } => file.text_of(exception).starts_with("NotImplemented"),
            Stmt::Expr(value) => matches!(module.expr(value), Expr::Ellipsis | Expr::Str(_)),
            _ => false,
        };
        file.index().class_of(module, function.id).is_some() && module.body(function.id).iter().all(is_nothing)
    }

    /// Runs a function of which only its object is known.
    pub(super) fn run_unbound(&mut self, function: FunctionRef) {
        let arguments = self.stranger.unbound(function, self.site);
        let outcome = self.stranger.walk_callee(function, &arguments, self.site);
        self.take_over(&outcome, &[]);
    }

    /// The refusals of a callee become our own; what is left is its answer.
    fn take_over(&mut self, outcome: &Outcome, arguments: &[(ExprId, Value)]) -> Value {
        let own = |frame: &Self, exit: &Exit| Exit {
            under: frame.state.under.with(exit.under),
            by_caller: frame.state.by_caller || exit.by_caller,
            raised: exit.raised.clone().or_else(|| Some(String::new())),
            end: exit.end,
        };
        if outcome.is_closed() {
            let first = outcome.exits.iter().find(|exit| exit.refuses_strangers()).or(outcome.exits.first());
            let first = first.map(|exit| own(self, exit));
            self.leave_all(first);
            self.is_over = true;
            return Value::unknown(About::NOTHING);
        }
        let telling = outcome
            .exits
            .iter()
            .filter(|exit| exit.refuses_strangers() || matches!(exit.end, End::Refused(Rejection::TooMany)));
        let telling: Vec<Exit> = telling.take(MAX_PASSED_ON).map(|exit| own(self, exit)).collect();
        let answers: Vec<(Value, About)> = outcome
            .exits
            .iter()
            .filter_map(|exit| match exit.end {
                End::Passed(value) => Some((value, exit.under)),
                End::Refused(_) => None,
            })
            .collect();
        if telling.iter().any(Exit::refuses_strangers) {
            for (_, under) in &answers {
                self.state.under = self.state.under.with(*under);
            }
        }
        self.leave_all(telling);
        let answer = answers.into_iter().map(|(value, _)| value).reduce(Value::or);
        answer.unwrap_or_else(|| joined_arguments(arguments))
    }

    /// The values of a function's parameters in a call.
    fn passed(&mut self, call: Call<'_>, function: FunctionRef, arguments: &[(ExprId, Value)]) -> Option<Vec<Value>> {
        let project = self.stranger.project;
        let target = project.file(function.file)?;
        let params = target.module().list(target.function(function.id).params);
        let site = self.site;
        let values = params.iter().enumerate().map(|(place, param)| {
            let given = project.argument_for(self.file.id(), call, function, place);
            match given.and_then(|at| arguments.iter().find(|(expr, _)| *expr == at.expr)) {
                Some((_, value)) => *value,
                None => match param.default.and_then(|default| constant_truth(target.module().expr(default))) {
                    Some(truth) => Value::truth(truth, About::NOTHING),
                    None => self.stranger.parameter(function, place, site),
                },
            }
        });
        Some(values.collect())
    }

    fn external_call(&mut self, call: Call<'_>, path: &str, arguments: &[(ExprId, Value)]) -> Value {
        match known(path) {
            Some(KnownCallable::Guard) if !is_optional(call, self.file) => {
                return self.raise_for_strangers(About::CALLER);
            }
            Some(KnownCallable::Signature) => return self.raise_for_strangers(About::CALLER.with(About::SIGNATURE)),
            _ => {}
        }
        if identity::decodes(path) && !self.skips_verification(call) {
            return self.raise_for_strangers(About::CALLER);
        }
        let name = call.name().unwrap_or_default();
        if path == "getattr" {
            return self.getattr(call, arguments);
        }
        if matches!(name, "dict" | "Headers" | "cast" | "str" | "any" | "list" | "bool")
            && let Some((_, first)) = arguments.first()
        {
            return if first.is_missing { Value::missing() } else { *first };
        }
        if arguments.iter().any(|(_, value)| value.is_missing) {
            self.has_doubt |= !is_harmless(path);
            return Value::missing();
        }
        if identity::asks_who(name) && !path.starts_with("sqlalchemy") {
            return Value::missing();
        }
        let about = joined_arguments(arguments).about.with(digests::made_by(path));
        Value::unknown(about.with(identity::setting(self.file.text_of(call.function))))
    }

    /// `getattr(request.state, "user", None)`.
    fn getattr(&mut self, call: Call<'_>, arguments: &[(ExprId, Value)]) -> Value {
        let module = self.file.module();
        let (Some(base), Some(name)) = (call.positional(0), call.positional(1)) else {
            return joined_arguments(arguments);
        };
        let Expr::Str(name) = module.expr(name) else { return joined_arguments(arguments) };
        let object = arguments.first().map_or(Value::unknown(About::NOTHING), |(_, value)| *value);
        let (base, name) = (self.file.text_of(base), module.text(name));
        Self::attribute_of(object, base, name, name)
    }

    fn raise_for_strangers(&mut self, about: About) -> Value {
        self.refuse(Rejection::Unauthenticated, Some(String::new()), about);
        self.is_over = true;
        Value::unknown(About::NOTHING)
    }

    /// `jwt.decode(token, options={"verify_signature": False})`.
    fn skips_verification(&self, call: Call<'_>) -> bool {
        let file = self.file;
        call.args.iter().any(|arg| {
            let text = file.text_of(arg.value);
            let is_off = text.contains("False");
            match arg.kind {
                ArgKind::Keyword(name) if file.module().text(name) == "verify" => text == "False",
                ArgKind::Keyword(name) if file.module().text(name) == "options" => {
                    is_off && text.contains("verify_signature")
                }
                _ => false,
            }
        })
    }

    /// A call of something that the model does not see.
    fn unseen_call(&mut self, call: Call<'_>, receiver: Option<Value>, arguments: &[(ExprId, Value)]) -> Value {
        let name = call.name().unwrap_or_default();
        if arguments.iter().any(|(_, value)| value.is_missing) {
            self.has_doubt = true;
            self.has_unseen |= self.role == Role::Call && is_auth_like(name);
            return Value::missing();
        }
        if identity::asks_who(name) {
            self.has_doubt = true;
            return Value::missing();
        }
        // `permissions[level](view)` inside a function that is named as guards are.
        let is_chosen = matches!(self.file.module().expr(call.function), Expr::Subscript { .. });
        let around = || self.stranger.project.file(self.function.file).map(|file| file.function_name(self.function.id));
        if self.is_demand(call) || is_chosen && around().is_some_and(is_auth_like) {
            self.has_unseen = true;
        }
        let of_receiver = receiver.map_or(About::NOTHING, |object| object.about);
        let about = joined_arguments(arguments).about.with(of_receiver);
        Value::unknown(about.with(identity::setting(self.file.text_of(call.function))))
    }

    /// A call that stands alone and is named as guards are.
    fn is_demand(&self, call: Call<'_>) -> bool {
        const DEMANDS: &[&str] =
            &["require_", "ensure_", "check_", "assert_", "verify_", "authorize", "authenticate", "enforce_"];
        let name = call.name().unwrap_or_default();
        let index = self.file.index();
        let stands_alone = match index.parent(call.expr) {
            None => true,
            Some(parent) => matches!(self.file.module().expr(parent), Expr::Await(_)) && index.parent(parent).is_none(),
        };
        stands_alone && DEMANDS.iter().any(|prefix| name.starts_with(prefix)) && is_auth_like(name)
    }
}

fn constant_truth(expr: Expr) -> Option<bool> {
    match expr {
        Expr::True => Some(true),
        Expr::False | Expr::None => Some(false),
        _ => None,
    }
}

fn joined_arguments(arguments: &[(ExprId, Value)]) -> Value {
    let values: Vec<Value> = arguments.iter().map(|(_, value)| *value).collect();
    let found = joined(&values);
    // Whoever is looked up by a header that a setting names is looked up all the same.
    if found.about.has(About::CALLER.with(About::REQUEST)) {
        return Value::unknown(found.about.without(About::SETTINGS));
    }
    found
}

/// Calls that never raise for what strangers lack.
fn is_harmless(path: &str) -> bool {
    matches!(path, "print" | "len" | "repr" | "type" | "isinstance" | "hasattr" | "id") || path.starts_with("logging.")
}
