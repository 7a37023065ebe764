//! What becomes of a session where it comes from: who commits it, who rolls it back, who closes it.

use backlint_semantic::{BindingKind, Block, Call, descendants, expressions_of, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId};

use super::events::{SessionAction, SessionEvent};
use super::sessions::{Session, SessionKind};
use crate::resolve::{Entity, FunctionRef, Type};
use crate::{File, Project};

/// How many providers may stand behind each other.
const MAX_STEPS: u32 = 5;

/// What becomes of a session in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SessionEnd {
    /// Committed if all went well; an exception rolls it back.
    Commits,
    /// Committed whatever happens.
    AlwaysCommits,
    /// Closed, which undoes what is not committed.
    Closes,
    /// Nobody commits or closes it but those that use it.
    Free,
}

impl SessionEnd {
    /// Whether what is not committed when all has gone well is stored in the end.
    pub fn keeps_after_success(self) -> bool {
        matches!(self, Self::Commits | Self::AlwaysCommits)
    }

    /// Whether what is not committed when an exception passes is stored in the end.
    pub fn keeps_after_exception(self) -> bool {
        self == Self::AlwaysCommits
    }
}

/// Where sessions come from, and what becomes of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSource {
    /// What becomes of them.
    pub end: SessionEnd,
    /// How they are used.
    pub kind: SessionKind,
    /// The commit that ends the work, or else the place that opens the session.
    pub at: Location,
}

impl Project {
    /// What a generator that hands out a session does with it afterwards: a `yield` dependency or a context manager.
    pub fn session_provider(&self, function: FunctionRef) -> Option<SessionSource> {
        self.provider_within(function, MAX_STEPS)
    }

    fn provider_within(&self, function: FunctionRef, steps: u32) -> Option<SessionSource> {
        let steps = steps.checked_sub(1)?;
        let file = self.file(function.file)?;
        let (stmt, handed_out) = handed_out(file, function)?;
        match handed_out {
            HandedOut::Session(value) => self.yielded(file, function, stmt, value, steps),
            HandedOut::From(other) => self.source_of_call(file, other, steps),
        }
    }

    /// `yield session`: by the `with` around it, and by what the generator does after it.
    fn yielded(
        &self,
        file: File<'_>,
        function: FunctionRef,
        stmt: StmtId,
        value: ExprId,
        steps: u32,
    ) -> Option<SessionSource> {
        let Some(session) = self.session(file.id(), value) else {
            // `async for session in other(): yield session`.
            let handed_on = self.session_within(file.id(), value, steps)?;
            return self.opened(handed_on, steps).filter(|source| source.end != SessionEnd::Free);
        };
        let kind = self.session_kind(file.id(), value)?;
        let after = file.module().stmt_span(stmt).end;
        let events = self.find_session_events(function);
        let is_final = |event: &&SessionEvent| {
            event.action == SessionAction::Commit
                && event.session == session
                && file.module().span(event.expr).start > after
        };
        if let Some(commit) = events.iter().find(is_final) {
            let is_after_failure = |event: &SessionEvent| commits_after_failure(file, event.expr);
            let always = events.iter().filter(is_final).any(is_after_failure);
            let end = if always { SessionEnd::AlwaysCommits } else { SessionEnd::Commits };
            return Some(SessionSource { end, kind, at: file.at_expr(commit.expr) });
        }
        let around = file.index().stmt_ancestors(stmt).filter_map(|parent| match file.module().stmt(parent.stmt) {
            Stmt::With { items, .. } => Some(file.module().list(items)),
            _ => None,
        });
        let begun = around.flatten().find(|item| self.is_begin_of(file, item.context, session));
        if let Some(begun) = begun {
            return Some(SessionSource { end: SessionEnd::Commits, kind, at: file.at_expr(begun.context) });
        }
        self.opened(session, steps)
            .filter(|source| source.end != SessionEnd::Free)
            .or_else(|| Some(SessionSource { end: closing_end(&events, session), kind, at: file.at_stmt(stmt) }))
    }

    /// What becomes of the session that a variable of a function holds, by how it is bound.
    pub(super) fn opened_session(&self, session: Session) -> Option<SessionSource> {
        self.opened(session, MAX_STEPS)
    }

    fn opened(&self, session: Session, steps: u32) -> Option<SessionSource> {
        let Session::Local(function, name) = session else { return None };
        let steps = steps.checked_sub(1)?;
        let file = self.file(function.file)?;
        let bindings = file.index().bindings_of(file.index().function_scope(function.id), name);
        bindings.iter().find_map(|binding| match binding.kind {
            BindingKind::With { context } => self.source_of_call(file, context, steps),
            BindingKind::Loop { iter } => self.source_of_call(file, iter, steps),
            BindingKind::Assign { value: Some(value), .. } => {
                let kind = self.session_kind(file.id(), value).filter(|kind| *kind != SessionKind::Presumed)?;
                Some(SessionSource { end: SessionEnd::Free, kind, at: file.at_expr(value) })
            }
            _ => None,
        })
    }

    /// What becomes of the session that a call hands out: `Session()`, `Session.begin()`, a context manager of the
    /// project.
    fn source_of_call(&self, file: File<'_>, expr: ExprId, steps: u32) -> Option<SessionSource> {
        let module = file.module();
        let call = Call::of(module, expr)?;
        match self.resolve(file.id(), call.function) {
            Entity::Function(function) => return self.provider_within(function, steps),
            Entity::Class(class) => return self.manager_class(class),
            Entity::Instance { of: Type::Project(class), .. } => {
                return self.method(class, "__call__").and_then(|method| self.provider_within(method, steps));
            }
            _ => {}
        }
        let is_begin = call.name() == Some("begin");
        self.session_kind(file.id(), expr).map(|kind| SessionSource {
            end: if is_begin { SessionEnd::Commits } else { SessionEnd::Closes },
            kind,
            at: file.at_expr(expr),
        })
    }

    /// A context manager that is a class: by what `__exit__` does.
    fn manager_class(&self, class: crate::resolve::ClassRef) -> Option<SessionSource> {
        let exit = self.method(class, "__exit__").or_else(|| self.method(class, "__aexit__"))?;
        let file = self.file(exit.file)?;
        let calls = self.calls_in(exit);
        let find = |name: &str| calls.iter().find(|call| call.name() == Some(name)).map(|call| file.at_expr(call.expr));
        // What is entered is not told from here.
        let kind = SessionKind::Presumed;
        match (find("commit"), find("close")) {
            (Some(at), _) => Some(SessionSource { end: SessionEnd::Commits, kind, at }),
            (None, Some(at)) => Some(SessionSource { end: SessionEnd::Closes, kind, at }),
            (None, None) => None,
        }
    }

    /// `session.begin()` of this session, as a context.
    fn is_begin_of(&self, file: File<'_>, context: ExprId, session: Session) -> bool {
        let Some(call) = Call::of(file.module(), context) else { return false };
        call.name() == Some("begin")
            && call.receiver().is_some_and(|receiver| self.session(file.id(), receiver) == Some(session))
    }
}

/// What a generator hands out.
enum HandedOut {
    /// `yield session`.
    Session(ExprId),
    /// `yield from other()`, `for session in other(): yield session`.
    From(ExprId),
}

/// The first `yield` of a function, and what is handed out there.
fn handed_out(file: File<'_>, function: FunctionRef) -> Option<(StmtId, HandedOut)> {
    let module = file.module();
    own_statements(module, module.body(function.id)).into_iter().find_map(|stmt| {
        let parts = expressions_of(module, stmt).into_iter().flat_map(|expr| descendants(module, expr));
        parts.into_iter().find_map(|expr| match module.expr(expr) {
            Expr::Yield(Some(value)) => Some((stmt, HandedOut::Session(value))),
            Expr::YieldFrom(other) => Some((stmt, HandedOut::From(other))),
            _ => None,
        })
    })
}

fn closing_end(events: &[SessionEvent], session: Session) -> SessionEnd {
    let closes = events.iter().any(|event| event.action == SessionAction::Close && event.session == session);
    if closes || session == Session::Scoped { SessionEnd::Closes } else { SessionEnd::Free }
}

/// Whether a commit stands where exceptions lead, too.
fn commits_after_failure(file: File<'_>, expr: ExprId) -> bool {
    let stmt = file.index().stmt_of(expr);
    stmt.is_some_and(|stmt| {
        let mut around = file.index().stmt_ancestors(stmt);
        around.any(|parent| matches!(parent.block, Block::Handler(_) | Block::Finally))
    })
}
