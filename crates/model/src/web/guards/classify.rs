//! What a callable does with an anonymous caller, judged by its definition.

use backlint_semantic::{Block, Call};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt};
use rustc_hash::FxHashMap;

use super::Verdict;
use super::exits::{Rejection, all_calls, rejections};
use super::identity::{has_bypass, lets_anonymous_pass, looks_at_caller, reads_identity, spares_anonymous};
use super::known::{KnownCallable, is_auth_like, known};
use crate::link::Options;
use crate::resolve::{ClassRef, Entity, ExprRef, FunctionRef, Type};
use crate::{File, Project};

/// How many calls deep a guard may be hidden.
const MAX_DEPTH: usize = 6;

/// What a callable does with an anonymous caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GuardClass {
    /// Turns anonymous callers away.
    Auth,
    /// As above, unless a setting switches it off.
    Conditional,
    /// Turns away what is not signed.
    Signature,
    /// Turns away who calls too often.
    Rate,
    /// Demands a credential but does not check it.
    Scheme,
    /// Nothing of the above.
    Neutral,
    /// Could not be told.
    Unknown,
}

impl GuardClass {
    pub(crate) fn verdict(self) -> Verdict {
        match self {
            Self::Auth | Self::Signature => Verdict::Yes,
            Self::Conditional => Verdict::Conditional,
            Self::Rate | Self::Scheme | Self::Neutral => Verdict::No,
            Self::Unknown => Verdict::Unknown,
        }
    }

    /// The stronger of two things that both run.
    fn and(self, other: Self) -> Self {
        let rank = |class| match class {
            Self::Auth => 6,
            Self::Signature => 5,
            Self::Conditional => 4,
            Self::Unknown => 3,
            Self::Rate => 2,
            Self::Scheme => 1,
            Self::Neutral => 0,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

/// A callable and what it does.
#[derive(Clone, Debug)]
pub(crate) struct Classified {
    pub(crate) class: GuardClass,
    pub(crate) name: String,
    pub(crate) at: Location,
}

/// Classifies callables, each once.
pub(crate) struct Classifier<'a> {
    project: &'a Project,
    options: &'a Options,
    functions: FxHashMap<FunctionRef, GuardClass>,
    callables: FxHashMap<ExprRef, Classified>,
    active: Vec<FunctionRef>,
}

impl<'a> Classifier<'a> {
    pub(crate) fn new(project: &'a Project, options: &'a Options) -> Self {
        Self { project, options, functions: FxHashMap::default(), callables: FxHashMap::default(), active: Vec::new() }
    }

    /// A decorator or the target of a dependency.
    pub(crate) fn callable(&mut self, at: ExprRef) -> Classified {
        if let Some(found) = self.callables.get(&at) {
            return found.clone();
        }
        let found = self.classify_callable(at);
        self.callables.insert(at, found.clone());
        found
    }

    fn classify_callable(&mut self, at: ExprRef) -> Classified {
        let Some(file) = self.project.file(at.file) else { return unknown(String::new(), self.project.at(at)) };
        let module = file.module();
        let call = Call::of(module, at.expr);
        let callee = call.map_or(at.expr, |call| call.function);
        let name = last_segment(file.text_of(callee)).to_owned();
        if self.options.not_guards.contains(&name) {
            return Classified { class: GuardClass::Neutral, name, at: self.project.at(at) };
        }
        if self.options.guards.contains(&name) {
            return Classified { class: GuardClass::Auth, name, at: self.project.at(at) };
        }
        let entity = self.project.resolve(at.file, callee);
        let (class, definition) = self.entity_class(&entity, call, &name, file);
        let (class, definition) = match call {
            // A factory that shows nothing itself: judge what it returns.
            Some(call) if matches!(class, GuardClass::Neutral | GuardClass::Unknown) => {
                let made = self.project.resolve(at.file, at.expr);
                let (made_class, made_at) = self.entity_class(&made, Some(call), &name, file);
                let is_news = made_class != GuardClass::Unknown;
                if is_news { (class.and(made_class), definition.or(made_at)) } else { (class, definition) }
            }
            _ => (class, definition),
        };
        Classified { class, name, at: definition.unwrap_or_else(|| self.project.at(at)) }
    }

    fn entity_class(
        &mut self,
        entity: &Entity,
        call: Option<Call<'_>>,
        name: &str,
        file: File<'_>,
    ) -> (GuardClass, Option<Location>) {
        match entity {
            Entity::Function(function) => (self.function(*function), self.place(*function)),
            Entity::Class(class) | Entity::Instance { of: Type::Project(class), .. } => {
                let class = *class;
                let of_class = self.class(class, entity, call, file);
                let place = self.project.file(class.file).map(|f| f.at(f.class(class.id).name_span));
                (of_class, place)
            }
            Entity::External(path) | Entity::Result(path) | Entity::Instance { of: Type::External(path), .. } => {
                (external(path, call, file, name), None)
            }
            Entity::Module(_) | Entity::Literal(_) => (GuardClass::Neutral, None),
            Entity::Param(..) | Entity::Unknown => {
                (if is_auth_like(name) { GuardClass::Unknown } else { GuardClass::Neutral }, None)
            }
        }
    }

    fn place(&self, function: FunctionRef) -> Option<Location> {
        let file = self.project.file(function.file)?;
        Some(file.at(file.function(function.id).name_span))
    }

    /// A class used as a dependency or decorator: what its constructor and its `__call__` do, and the permission
    /// classes it is given.
    fn class(&mut self, class: ClassRef, entity: &Entity, call: Option<Call<'_>>, file: File<'_>) -> GuardClass {
        let mut found = GuardClass::Neutral;
        for name in ["__call__", "__init__", "dispatch"] {
            if let Some(method) = self.project.method(class, name) {
                found = found.and(self.function(method));
            }
        }
        let lineage = self.project.lineage(class);
        let is_scheme =
            lineage.iter().any(|t| matches!(t, Type::External(path) if path.starts_with("fastapi.security.")));
        if is_scheme {
            found = found.and(GuardClass::Scheme);
        }
        let permissions = self.permission_classes(entity, call, file);
        for permission in permissions {
            found = found.and(self.permission(permission));
        }
        found
    }

    /// Project classes among the arguments of the call that makes the object: `PermissionDependency([IsAdmin])`.
    fn permission_classes(&self, entity: &Entity, call: Option<Call<'_>>, file: File<'_>) -> Vec<ClassRef> {
        let made = match (entity.origin(), call) {
            (Some(made), _) => Some(made),
            (None, Some(call)) => Some(ExprRef { file: file.id(), expr: call.expr }),
            (None, None) => None,
        };
        let Some((view, call)) = made.and_then(|made| {
            let view = self.project.file(made.file)?;
            Some((view, Call::of(view.module(), made.expr)?))
        }) else {
            return Vec::new();
        };
        let module = view.module();
        let names = call.args.iter().flat_map(|arg| match module.expr(arg.value) {
            Expr::List(items) | Expr::Tuple(items) => module.list(items).to_vec(),
            _ => vec![arg.value],
        });
        names
            .filter(|&expr| matches!(module.expr(expr), Expr::Name(_) | Expr::Attribute { .. }))
            .filter_map(|expr| match self.project.resolve(view.id(), expr) {
                Entity::Class(class) => Some(class),
                _ => None,
            })
            .collect()
    }

    /// A permission class: a guard if any method of it turns callers away or answers whether it would.
    fn permission(&mut self, class: ClassRef) -> GuardClass {
        let Some(file) = self.project.file(class.file) else { return GuardClass::Unknown };
        let name = file.class_name(class.id).to_ascii_lowercase();
        if name.contains("allowall") || name.contains("allow_any") || name.contains("public") {
            return GuardClass::Neutral;
        }
        let methods: Vec<FunctionRef> = self
            .project
            .lineage(class)
            .into_iter()
            .filter_map(|t| match t {
                Type::Project(class) => Some(class),
                Type::External(_) => None,
            })
            .flat_map(|class| {
                self.project.methods(class).map(move |id| FunctionRef::new(class.file, id)).collect::<Vec<_>>()
            })
            .collect();
        let class = methods.iter().fold(GuardClass::Neutral, |found, &method| found.and(self.function(method)));
        let answers = methods.iter().any(|&method| reads_identity(self.project, method));
        if class == GuardClass::Neutral && answers && is_auth_like(&name) { GuardClass::Auth } else { class }
    }

    /// A function of the project, by what it and the functions it calls or depends on do.
    pub(crate) fn function(&mut self, function: FunctionRef) -> GuardClass {
        if let Some(&found) = self.functions.get(&function) {
            return found;
        }
        if self.active.contains(&function) || self.active.len() >= MAX_DEPTH {
            return GuardClass::Neutral;
        }
        self.active.push(function);
        let found = self.classify_function(function);
        self.active.pop();
        // An answer that was cut short by the depth holds for that depth only.
        if self.active.is_empty() || found == GuardClass::Auth {
            self.functions.insert(function, found);
        }
        found
    }

    fn classify_function(&mut self, function: FunctionRef) -> GuardClass {
        // `if token is None: return None`: whoever shows nothing walks past the rest.
        if lets_anonymous_pass(self.project, function) {
            return GuardClass::Neutral;
        }
        let own = self.body(function);
        let from_dependencies = self
            .project
            .signature_dependencies(function)
            .into_iter()
            .fold(GuardClass::Neutral, |found, dependency| found.and(self.callable(dependency.target).class));
        let from_decorators = self.decorators(function);
        own.and(from_dependencies).and(from_decorators)
    }

    fn decorators(&mut self, function: FunctionRef) -> GuardClass {
        let Some(file) = self.project.file(function.file) else { return GuardClass::Neutral };
        let decorators = file.module().list(file.function(function.id).decorators);
        decorators.iter().fold(GuardClass::Neutral, |found, decorator| {
            let class = self.callable(ExprRef { file: function.file, expr: decorator.expr }).class;
            // What wraps a helper without being known does not make the helper unknown.
            if class == GuardClass::Unknown { found } else { found.and(class) }
        })
    }

    /// What the body itself does: its exits, and the guards it calls.
    pub(crate) fn body(&mut self, function: FunctionRef) -> GuardClass {
        let mut exits = rejections(self.project, function);
        if let Some(file) = self.project.file(function.file) {
            exits.retain(|exit| match exit.rejection {
                Rejection::TooMany => true,
                // A 403 has many reasons; only one that looks at the caller counts.
                Rejection::Forbidden => !spares_anonymous(file, exit.stmt) && looks_at_caller(file, exit.stmt),
                _ => !spares_anonymous(file, exit.stmt),
            });
        }
        let has = |wanted: Rejection| exits.iter().any(|exit| exit.rejection == wanted);
        let is_login_exit = has(Rejection::Unauthenticated);
        let is_guard = (is_login_exit || has(Rejection::Forbidden)) && reads_identity(self.project, function);
        let mut found = GuardClass::Neutral;
        if is_guard {
            found = if has_bypass(self.project, function) { GuardClass::Conditional } else { GuardClass::Auth };
        } else if (has(Rejection::Invalid) || is_login_exit) && self.compares_digest(function) {
            found = GuardClass::Signature;
        } else if has(Rejection::TooMany) {
            found = GuardClass::Rate;
        }
        if matches!(found, GuardClass::Auth) { found } else { found.and(self.called_guards(function)) }
    }

    fn compares_digest(&self, function: FunctionRef) -> bool {
        let Some(file) = self.project.file(function.file) else { return false };
        let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
        text.contains("compare_digest") || text.contains("construct_event")
    }

    /// The strongest guard among the functions that the body calls.
    fn called_guards(&mut self, function: FunctionRef) -> GuardClass {
        let Some(file) = self.project.file(function.file) else { return GuardClass::Neutral };
        let module = file.module();
        let mut found = GuardClass::Neutral;
        for call in all_calls(file, function) {
            let Some(call) = Call::of(module, call).filter(|call| !is_forgiven(file, call.expr)) else { continue };
            let class = self.called(file, call);
            found = found.and(class);
            if found == GuardClass::Auth {
                break;
            }
        }
        found
    }

    fn called(&mut self, file: File<'_>, call: Call<'_>) -> GuardClass {
        match self.project.resolve(file.id(), call.function) {
            Entity::Function(callee) => match self.function(callee) {
                GuardClass::Unknown | GuardClass::Scheme | GuardClass::Neutral => GuardClass::Neutral,
                found => found,
            },
            Entity::External(path) => match known(&path) {
                Some(KnownCallable::Guard) if !is_optional(call, file) => GuardClass::Auth,
                Some(KnownCallable::Signature) => GuardClass::Signature,
                _ => GuardClass::Neutral,
            },
            // A helper that the model does not see, named as guards are.
            Entity::Unknown | Entity::Param(..) if is_statement(file, call.expr) => {
                let name = call.name().unwrap_or_default();
                let demands =
                    ["require_", "ensure_", "check_", "assert_", "verify_", "authorize", "authenticate", "enforce_"];
                let is_demand = demands.iter().any(|prefix| name.starts_with(prefix)) && is_auth_like(name);
                if is_demand { GuardClass::Unknown } else { GuardClass::Neutral }
            }
            _ => GuardClass::Neutral,
        }
    }
}

/// Whether a refusal by the call is caught and not passed on: `try: user = current_user() except AuthError: user = None`.
fn is_forgiven(file: File<'_>, call: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(call) else { return false };
    file.index().stmt_ancestors(stmt).any(|parent| {
        let (Stmt::Try { handlers, .. }, Block::Body) = (module.stmt(parent.stmt), parent.block) else { return false };
        module.list(handlers).iter().any(|handler| {
            let text = file.slice(handler.span);
            !["raise", "abort", "401", "403", "redirect", "nauthorized", "close("]
                .iter()
                .any(|word| text.contains(word))
        })
    })
}

fn is_statement(file: File<'_>, expr: ExprId) -> bool {
    match file.index().parent(expr) {
        None => true,
        Some(parent) => matches!(file.module().expr(parent), Expr::Await(_)) && file.index().parent(parent).is_none(),
    }
}

fn unknown(name: String, at: Location) -> Classified {
    Classified { class: GuardClass::Unknown, name, at }
}

fn last_segment(text: &str) -> &str {
    text.rsplit('.').next().unwrap_or(text)
}

/// `jwt_required(optional=True)`, `login_required(optional=True)`.
fn is_optional(call: Call<'_>, file: File<'_>) -> bool {
    call.keyword("optional").is_some_and(|arg| file.module().expr(arg.value) == Expr::True)
}

fn external(path: &str, call: Option<Call<'_>>, file: File<'_>, name: &str) -> GuardClass {
    match known(path) {
        Some(KnownCallable::Guard) => {
            if call.is_some_and(|call| is_optional(call, file)) {
                GuardClass::Neutral
            } else {
                GuardClass::Auth
            }
        }
        Some(KnownCallable::Signature) => GuardClass::Signature,
        Some(KnownCallable::Scheme) => GuardClass::Scheme,
        Some(KnownCallable::Throttle) => GuardClass::Rate,
        None if is_neutral_library(path) => GuardClass::Neutral,
        None if is_auth_like(name) => GuardClass::Unknown,
        None => GuardClass::Neutral,
    }
}

/// Libraries whose callables never turn an anonymous caller away, whatever their names say.
fn is_neutral_library(path: &str) -> bool {
    const TOPS: &[&str] =
        &["functools", "typing", "contextlib", "sqlalchemy", "pydantic", "celery", "prometheus_client", "flask_cors"];
    let top = path.split('.').next().unwrap_or(path);
    TOPS.contains(&top)
        || matches!(path, "fastapi.Request" | "fastapi.Response" | "fastapi.BackgroundTasks")
        || path.starts_with("starlette.middleware.")
        || path.starts_with("fastapi.middleware.")
}
