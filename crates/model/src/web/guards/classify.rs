//! What a callable does with an anonymous caller, judged by its definition.

use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::Expr;
use rustc_hash::FxHashMap;

use super::Verdict;
use super::known::{KnownCallable, callable_entity, is_auth_like, known};
use super::stranger::{Outcome, Role, Site, Stranger, applied_decorators, gates_in};
use crate::link::Options;
use crate::resolve::{ClassRef, Entity, ExprRef, FunctionRef, Type};
use crate::{File, Project};

/// How many callables deep a guard may be hidden.
const MAX_DEPTH: usize = 8;

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

    fn rank(self) -> u8 {
        match self {
            Self::Auth => 6,
            Self::Signature => 5,
            Self::Conditional => 4,
            Self::Unknown => 3,
            Self::Rate => 2,
            Self::Scheme => 1,
            Self::Neutral => 0,
        }
    }

    /// The stronger of two things that both run.
    pub(super) fn and(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    /// Of two things one runs, and it is not known which.
    pub(super) fn or(self, other: Self) -> Self {
        let guards = |class: Self| matches!(class.verdict(), Verdict::Yes | Verdict::Conditional);
        match (guards(self), guards(other)) {
            (true, false) | (false, true) => Self::Conditional,
            _ if other.rank() < self.rank() => other,
            _ => self,
        }
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
    pub(super) project: &'a Project,
    options: &'a Options,
    stranger: Stranger<'a>,
    functions: FxHashMap<FunctionRef, GuardClass>,
    callables: FxHashMap<ExprRef, (Classified, bool)>,
    active: Vec<FunctionRef>,
    /// Where the question is asked, if that matters.
    site: Option<Site>,
    depends_on_site: bool,
}

impl<'a> Classifier<'a> {
    pub(crate) fn new(project: &'a Project, options: &'a Options) -> Self {
        Self {
            project,
            options,
            stranger: Stranger::new(project),
            functions: FxHashMap::default(),
            callables: FxHashMap::default(),
            active: Vec::new(),
            site: None,
            depends_on_site: false,
        }
    }

    /// A decorator or the target of a dependency.
    pub(crate) fn callable(&mut self, at: ExprRef) -> Classified {
        if self.site.is_none()
            && let Some((found, depends)) = self.callables.get(&at)
        {
            self.depends_on_site |= *depends;
            return found.clone();
        }
        let outer = std::mem::take(&mut self.depends_on_site);
        let found = self.classify_callable(at);
        // An answer that was cut short by the depth, or given for one site, holds there only.
        if self.site.is_none() && (self.active.is_empty() || found.class == GuardClass::Auth) {
            self.callables.insert(at, (found.clone(), self.depends_on_site));
        }
        self.depends_on_site |= outer;
        found
    }

    /// As [`callable`](Self::callable), for a route: what lets some paths through is asked about this one.
    pub(crate) fn callable_at(&mut self, at: ExprRef, site: &Site) -> Classified {
        self.at_site(site, |classifier| classifier.callable(at))
    }

    fn at_site<T>(&mut self, site: &Site, ask: impl Fn(&mut Self) -> T) -> T {
        self.depends_on_site = false;
        let general = ask(self);
        if !self.depends_on_site {
            return general;
        }
        self.site = Some(site.clone());
        let found = ask(self);
        self.site = None;
        found
    }

    fn classify_callable(&mut self, at: ExprRef) -> Classified {
        let Some(file) = self.project.file(at.file) else { return unknown(String::new(), self.project.at(at)) };
        let module = file.module();
        let call = Call::of(module, at.expr);
        let callee = call.map_or(at.expr, |call| call.function);
        let name = last_segment(file.text_of(callee)).to_owned();
        let by_name = |class| Classified { class, name: name.clone(), at: self.project.at(at) };
        if self.options.not_guards.contains(&name) {
            return by_name(GuardClass::Neutral);
        }
        if self.options.guards.contains(&name) {
            return by_name(GuardClass::Auth);
        }
        if let Some((first, second)) = self.alternatives(at) {
            let (first, second) = (self.callable(first), self.callable(second));
            return Classified { class: first.class.or(second.class), name, at: first.at };
        }
        let entity = callable_entity(self.project, file, callee);
        let (class, definition) = self.entity_class(&entity, call, &name, file);
        let (class, definition) = match call {
            // A factory that shows nothing itself: judge what it returns.
            Some(call) if matches!(class, GuardClass::Neutral | GuardClass::Unknown) => {
                let (made_class, made_at) = self.made(at, call, &entity, &name, file);
                let is_news = made_class != GuardClass::Unknown || class == GuardClass::Unknown;
                if is_news { (class.and(made_class), definition.or(made_at)) } else { (class, definition) }
            }
            _ => (class, definition),
        };
        Classified { class, name, at: definition.unwrap_or_else(|| self.project.at(at)) }
    }

    pub(super) fn entity_class(
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
                let is_instance = matches!(entity, Entity::Instance { .. }) || call.is_some();
                let of_class = self.class(class, is_instance, entity, call, file);
                let place = self.project.file(class.file).map(|f| f.at(f.class(class.id).name_span));
                (of_class, place)
            }
            Entity::External(path) | Entity::Instance { of: Type::External(path), .. } => {
                (external(path, call.is_some_and(|call| is_optional(call, file)), name), None)
            }
            // A dependency that a library made: `current_user = users.current_user(optional=True)`.
            Entity::Result { of: path, origin } => (external(path, self.is_made_optional(*origin), name), None),
            Entity::Module(_) | Entity::Literal(_) => (GuardClass::Neutral, None),
            Entity::Param(..) | Entity::Unknown => {
                (if is_auth_like(name) { GuardClass::Unknown } else { GuardClass::Neutral }, None)
            }
        }
    }

    fn is_made_optional(&self, made: ExprRef) -> bool {
        let Some(file) = self.project.file(made.file) else { return false };
        Call::of(file.module(), made.expr).is_some_and(|call| is_optional(call, file))
    }

    pub(super) fn place(&self, function: FunctionRef) -> Option<Location> {
        let file = self.project.file(function.file)?;
        Some(file.at(file.function(function.id).name_span))
    }

    /// A class used as a dependency or decorator: what its constructor and its `__call__` do, and the permission
    /// classes it is given.
    fn class(
        &mut self,
        class: ClassRef,
        is_instance: bool,
        entity: &Entity,
        call: Option<Call<'_>>,
        file: File<'_>,
    ) -> GuardClass {
        let lineage = self.project.lineage(class);
        let is_scheme =
            lineage.iter().any(|t| matches!(t, Type::External(path) if known(path) == Some(KnownCallable::Scheme)));
        let names: &[&str] = if is_instance { &["__call__"] } else { &["__init__", "__call__", "dispatch"] };
        let mut found = if is_scheme { GuardClass::Scheme } else { GuardClass::Neutral };
        for method in names.iter().filter_map(|name| self.project.method(class, name)) {
            found = found.and(self.function(method));
        }
        let permissions = self.permission_classes(entity, call, file);
        if permissions.is_empty() {
            return found;
        }
        let given = self.permissions(permissions);
        // A checker of permissions is as strict as what it is given.
        if given == GuardClass::Neutral { GuardClass::Neutral } else { found.and(given) }
    }

    pub(super) fn outcome(&mut self, function: FunctionRef, role: Role) -> Outcome {
        let outcome = self.stranger.outcome(function, role, self.site.as_ref());
        self.depends_on_site |= outcome.depends_on_site();
        outcome
    }

    /// A function of the project, by what becomes of strangers in it and in what it depends on.
    pub(crate) fn function(&mut self, function: FunctionRef) -> GuardClass {
        if self.site.is_none()
            && let Some(&found) = self.functions.get(&function)
        {
            return found;
        }
        if self.active.contains(&function) || self.active.len() >= MAX_DEPTH {
            return GuardClass::Neutral;
        }
        let outer = std::mem::take(&mut self.depends_on_site);
        self.active.push(function);
        let found = self.classify_function(function);
        self.active.pop();
        // An answer that was cut short by the depth, or given for one site, holds there only.
        if self.site.is_none() && !self.depends_on_site && (self.active.is_empty() || found == GuardClass::Auth) {
            self.functions.insert(function, found);
        }
        self.depends_on_site |= outer;
        found
    }

    /// A method that answers whether a caller may go on. One that always says yes is no guard; one that asks something
    /// the model cannot see may be.
    pub(crate) fn predicate(&mut self, function: FunctionRef) -> GuardClass {
        let outcome = self.outcome(function, Role::Call);
        match outcome.class() {
            _ if outcome.denies() => GuardClass::Auth,
            _ if outcome.always_agrees() => GuardClass::Neutral,
            GuardClass::Neutral if outcome.may_deny() => GuardClass::Conditional,
            GuardClass::Neutral => GuardClass::Unknown,
            class => class,
        }
    }

    fn classify_function(&mut self, function: FunctionRef) -> GuardClass {
        let project = self.project;
        let gates = gates_in(project, function);
        let own = if gates.is_empty() {
            let applied = project.file(function.file).map(|file| applied_decorators(file, function.id));
            let of_applied = applied.unwrap_or_default().into_iter().fold(GuardClass::Neutral, |found, expr| {
                found.and(self.callable(ExprRef { file: function.file, expr }).class)
            });
            of_applied.and(self.outcome(function, Role::Call).class())
        } else {
            let classes: Vec<GuardClass> = gates
                .into_iter()
                .map(|gate| self.outcome(gate, Role::Gate).class().and(self.decorators(gate)))
                .collect();
            classes.into_iter().reduce(GuardClass::or).unwrap_or(GuardClass::Neutral)
        };
        let from_dependencies = project
            .signature_dependencies(function)
            .fold(GuardClass::Neutral, |found, dependency| found.and(self.callable(dependency.target).class));
        own.and(from_dependencies).and(self.decorators(function))
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

    /// Something from outside that the framework runs.
    pub(crate) fn library(&self, path: &str, at: Location) -> Classified {
        let name = last_segment(path).to_owned();
        let class = if self.options.not_guards.contains(&name) {
            GuardClass::Neutral
        } else if self.options.guards.contains(&name) {
            GuardClass::Auth
        } else {
            by_path(path, &name)
        };
        Classified { class, name, at }
    }

    /// A hook, middleware or handler, at a route.
    pub(crate) fn runs_at(&mut self, function: FunctionRef, role: Role, site: &Site) -> GuardClass {
        self.at_site(site, |classifier| {
            let outcome = classifier.outcome(function, role);
            let own = outcome.class();
            if role != Role::Body {
                own.and(classifier.decorators(function))
            } else if own == GuardClass::Signature && outcome.ran.changes_for_strangers(classifier.project, function) {
                // `if sent: check(sent)`: who sends no signature is not asked for one.
                GuardClass::Neutral
            } else if own == GuardClass::Neutral && outcome.ran.spares_strangers(classifier.project, function) {
                GuardClass::Auth
            } else {
                own
            }
        })
    }
}

fn unknown(name: String, at: Location) -> Classified {
    Classified { class: GuardClass::Unknown, name, at }
}

fn last_segment(text: &str) -> &str {
    text.rsplit('.').next().unwrap_or(text)
}

/// `jwt_required(optional=True)`, `login_required(optional=True)`.
pub(super) fn is_optional(call: Call<'_>, file: File<'_>) -> bool {
    call.keyword("optional").is_some_and(|arg| file.module().expr(arg.value) == Expr::True)
}

fn external(path: &str, is_optional: bool, name: &str) -> GuardClass {
    match by_path(path, name) {
        GuardClass::Auth if is_optional => GuardClass::Neutral,
        class => class,
    }
}

fn by_path(path: &str, name: &str) -> GuardClass {
    match known(path) {
        Some(KnownCallable::Guard) => GuardClass::Auth,
        Some(KnownCallable::Signature) => GuardClass::Signature,
        Some(KnownCallable::Scheme) => GuardClass::Scheme,
        Some(KnownCallable::Throttle) => GuardClass::Rate,
        None if is_neutral_library(path) || name.contains("optional") => GuardClass::Neutral,
        None if is_auth_like(name) => GuardClass::Unknown,
        Some(KnownCallable::Open) | None => GuardClass::Neutral,
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
