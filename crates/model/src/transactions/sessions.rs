//! Which session an expression is, and of which kind.

use backlint_semantic::{Binding, BindingKind, ScopeId};
use backlint_source::FileId;
use backlint_syntax::ast::{Expr, ExprId, Symbol};

use crate::resolve::{ClassRef, Entity, ExprRef, FunctionRef, Type};
use crate::{File, Project};

/// How many assignments and attributes a session may be behind.
const MAX_STEPS: u32 = 8;

/// A session, told apart from others by where a function has it from.
///
/// The session that a constructor gets and keeps in `self` is the constructor's parameter, in every method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Session {
    /// The parameter of a function at this place.
    Param(FunctionRef, u32),
    /// A variable of a function.
    Local(FunctionRef, Symbol),
    /// An attribute of an object that is no parameter of its constructor.
    Attribute(ClassRef, Symbol),
    /// A variable of a module.
    Global(FileId, Symbol),
    /// The one session of a thread or request behind a global: `db.session`, `scoped_session(…)`.
    Scoped,
}

/// How a session is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// By plain calls.
    Sync,
    /// By awaited calls.
    Async,
    /// By its name and its methods a session; which one could not be told.
    Presumed,
}

impl Project {
    /// The session that an expression is.
    pub fn session(&self, file: FileId, expr: ExprId) -> Option<Session> {
        self.session_kind(file, expr)?;
        self.session_within(file, expr, MAX_STEPS)
    }

    /// Of which kind the session is that an expression stands for; none if it is none.
    pub fn session_kind(&self, file: FileId, expr: ExprId) -> Option<SessionKind> {
        let view = self.file(file)?;
        if !matches!(view.module().expr(expr), Expr::Name(_) | Expr::Attribute { .. } | Expr::Call { .. }) {
            return None;
        }
        match self.resolve(file, expr) {
            Entity::Instance { of: Type::External(path), .. }
            | Entity::Result { of: path, .. }
            | Entity::External(path) => kind_of_path(&path),
            Entity::Instance { of: of @ Type::Project(_), .. } if self.derives_from(&of, SYNC) => {
                Some(SessionKind::Sync)
            }
            Entity::Instance { of: of @ Type::Project(_), .. } if self.derives_from(&of, ASYNC) => {
                Some(SessionKind::Async)
            }
            Entity::Unknown | Entity::Param(..) => is_presumed(self, view, expr).then_some(SessionKind::Presumed),
            _ => None,
        }
    }

    pub(super) fn session_within(&self, file: FileId, expr: ExprId, steps: u32) -> Option<Session> {
        let steps = steps.checked_sub(1)?;
        let view = self.file(file)?;
        if self.is_scoped(file, expr) {
            return Some(Session::Scoped);
        }
        match view.module().expr(expr) {
            Expr::Await(inner) => self.session_within(file, inner, steps),
            Expr::Name(name) => {
                let bindings = view.index().lookup(view.index().scope_of_name(expr), name);
                self.bound_session(view, name, bindings, steps)
            }
            Expr::Attribute { value, name } => self.attribute_session(view, value, name, steps),
            _ => None,
        }
    }

    fn bound_session(&self, view: File<'_>, name: Symbol, bindings: &[Binding], steps: u32) -> Option<Session> {
        let first = bindings.first()?;
        if let Some(binding) = bindings.iter().find(|b| matches!(b.kind, BindingKind::Param(..)))
            && let BindingKind::Param(function, place) = binding.kind
        {
            return Some(Session::Param(FunctionRef::new(view.id(), function), place));
        }
        if let [Binding { kind: BindingKind::Assign { value: Some(value), .. }, .. }] = bindings
            && matches!(view.module().expr(*value), Expr::Name(_) | Expr::Attribute { .. })
            && let Some(found) = self.session_within(view.id(), *value, steps)
        {
            return Some(found);
        }
        if let BindingKind::Import(_) = first.kind {
            return None;
        }
        match view.index().function_of_scope(first.scope) {
            Some(function) => Some(Session::Local(FunctionRef::new(view.id(), function), name)),
            None if first.scope == ScopeId::MODULE => Some(Session::Global(view.id(), name)),
            None => None,
        }
    }

    /// `self.session`, `service.session`, `module.session`.
    fn attribute_session(&self, view: File<'_>, value: ExprId, name: Symbol, steps: u32) -> Option<Session> {
        let text = view.module().text(name);
        match self.resolve(view.id(), value) {
            Entity::Instance { of: Type::Project(class), .. } => {
                let kept = self.instance_attribute(class, text);
                let from = kept.and_then(|at| self.session_within(at.file, at.expr, steps));
                from.filter(|session| !matches!(session, Session::Local(..))).or_else(|| {
                    let owner = kept.and_then(|at| self.class_around(at)).unwrap_or(class);
                    Some(Session::Attribute(owner, self.file(owner.file)?.module().symbol(text)?))
                })
            }
            Entity::Module(module) => Some(Session::Global(module, self.file(module)?.module().symbol(text)?)),
            _ => None,
        }
    }

    fn class_around(&self, at: ExprRef) -> Option<ClassRef> {
        let file = self.file(at.file)?;
        let function = file.index().function_of(at.expr)?;
        Some(ClassRef::new(at.file, file.index().class_of(file.module(), function)?))
    }

    fn is_scoped(&self, file: FileId, expr: ExprId) -> bool {
        match self.resolve(file, expr) {
            Entity::Instance { of: Type::External(path), .. }
            | Entity::Result { of: path, .. }
            | Entity::External(path) => SCOPED.contains(&path.as_str()),
            // `db.session` of a `db` that could not be told.
            Entity::Unknown => self.file(file).is_some_and(|view| {
                let text = view.text_of(expr);
                text == "db.session" || text.ends_with(".db.session") && !text.starts_with("self.")
            }),
            _ => false,
        }
    }
}

const SYNC: &[&str] =
    &["sqlalchemy.orm.Session", "sqlalchemy.orm.session.Session", "sqlmodel.Session", "sqlmodel.orm.session.Session"];

const ASYNC: &[&str] = &[
    "sqlalchemy.ext.asyncio.AsyncSession",
    "sqlalchemy.ext.asyncio.session.AsyncSession",
    "sqlmodel.ext.asyncio.session.AsyncSession",
];

const SCOPED: &[&str] = &[
    "flask_sqlalchemy.SQLAlchemy.session",
    "sqlalchemy.ext.asyncio.async_scoped_session",
    "sqlalchemy.orm.scoped_session",
    "sqlalchemy.orm.scoping.scoped_session",
];

fn kind_of_path(path: &str) -> Option<SessionKind> {
    if ASYNC.contains(&path) || path == "sqlalchemy.ext.asyncio.async_scoped_session" {
        return Some(SessionKind::Async);
    }
    (SYNC.contains(&path) || SCOPED.contains(&path)).then_some(SessionKind::Sync)
}

/// A name like `db` or `session` on which the same function calls what only sessions have.
fn is_presumed(project: &Project, view: File<'_>, expr: ExprId) -> bool {
    let text = view.text_of(expr);
    let last = text.rsplit('.').next().unwrap_or(text);
    let lower = last.trim_start_matches('_').to_ascii_lowercase();
    let is_named = matches!(lower.as_str(), "db" | "session" | "sess" | "s" | "dbsession")
        || lower.ends_with("_session")
        || lower.ends_with("_db")
        || lower.starts_with("db_");
    if !is_named {
        return false;
    }
    let Some(function) = view.index().function_of(expr) else { return false };
    project.calls_in(FunctionRef::new(view.id(), function)).into_iter().any(|call| {
        call.name().is_some_and(|name| ONLY_OF_SESSIONS.contains(&name))
            && call.receiver().is_some_and(|receiver| view.text_of(receiver) == text)
    })
}

/// Methods that connections, cursors and web sessions do not have.
const ONLY_OF_SESSIONS: &[&str] =
    &["add", "add_all", "expunge", "flush", "merge", "query", "refresh", "scalar", "scalars"];
