//! What functions do with sessions themselves.

use backlint_semantic::{BindingKind, Call};
use backlint_source::FileId;
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId};

use super::sessions::Session;
use crate::resolve::FunctionRef;
use crate::{File, Project};

/// What is done to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionAction {
    /// A row is added, changed or removed, but not yet for good.
    Write,
    /// Rows are read.
    Read,
    /// Pending changes are sent to the database.
    Flush,
    /// The changes become final.
    Commit,
    /// The changes since the last commit are undone.
    Rollback,
    /// A savepoint is set.
    Savepoint,
    /// A transaction is begun by hand.
    Begin,
    /// The session is closed; what is not committed is undone.
    Close,
}

/// One use of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionEvent {
    /// What happens.
    pub action: SessionAction,
    /// To which session.
    pub session: Session,
    /// The call, or for a row's attribute the target that is assigned.
    pub expr: ExprId,
}

/// Methods that mean something on a session.
const METHODS: &[&str] = &[
    "add",
    "add_all",
    "begin",
    "begin_nested",
    "bulk_insert_mappings",
    "bulk_save_objects",
    "bulk_update_mappings",
    "close",
    "commit",
    "delete",
    "exec",
    "execute",
    "flush",
    "get",
    "merge",
    "query",
    "refresh",
    "remove",
    "rollback",
    "scalar",
    "scalars",
    "update",
];

impl Project {
    /// What a function does with sessions, in the order of evaluation, without what its callees do.
    pub(super) fn find_session_events(&self, function: FunctionRef) -> Vec<SessionEvent> {
        let Some(file) = self.file(function.file) else { return Vec::new() };
        let calls = self.calls_in(function).into_iter();
        let named = calls.filter(|call| call.name().is_some_and(|name| METHODS.contains(&name)));
        let own = named.filter(|call| file.index().function_of(call.expr) == Some(function.id));
        let mut found: Vec<SessionEvent> = own.filter_map(|call| self.session_event(file, call)).collect();
        found.extend(self.row_writes(file, function, &found));
        found.sort_by_key(|event| (file.module().span(event.expr).end, event.expr));
        found
    }

    fn session_event(&self, file: File<'_>, call: Call<'_>) -> Option<SessionEvent> {
        let (name, receiver) = (call.name()?, call.receiver()?);
        let event = |action, session| Some(SessionEvent { action, session, expr: call.expr });
        if matches!(name, "delete" | "update")
            && let Some(session) = self.queried_session(file, receiver)
        {
            return event(SessionAction::Write, session);
        }
        let action = match name {
            "add"
            | "add_all"
            | "bulk_insert_mappings"
            | "bulk_save_objects"
            | "bulk_update_mappings"
            | "delete"
            | "merge" => SessionAction::Write,
            "get" | "query" | "refresh" | "scalar" => SessionAction::Read,
            "exec" | "execute" | "scalars" => match call.positional(0) {
                Some(statement) if self.is_changing_statement(file.id(), statement) => SessionAction::Write,
                _ => SessionAction::Read,
            },
            "flush" => SessionAction::Flush,
            "commit" => SessionAction::Commit,
            "rollback" => SessionAction::Rollback,
            "begin_nested" => SessionAction::Savepoint,
            "begin" => SessionAction::Begin,
            "close" | "remove" => SessionAction::Close,
            _ => return None,
        };
        event(action, self.session(file.id(), receiver)?)
    }

    /// The session behind `session.query(M).filter(…)` or `M.query.filter(…)`.
    fn queried_session(&self, file: File<'_>, receiver: ExprId) -> Option<Session> {
        let module = file.module();
        let mut current = receiver;
        loop {
            match module.expr(current) {
                Expr::Call { function, .. } => match module.expr(function) {
                    Expr::Attribute { value, name } if module.text(name) == "query" => {
                        return self.session(file.id(), value);
                    }
                    Expr::Attribute { value, .. } => current = value,
                    _ => return None,
                },
                Expr::Attribute { name, .. } if module.text(name) == "query" => {
                    return self.queried_model(file.id(), current).map(|_| Session::Scoped);
                }
                _ => return None,
            }
        }
    }

    /// Whether an executed statement changes rows: `insert(M)`, `update(M).where(…)`, `text("DELETE …")`, also through
    /// a variable.
    fn is_changing_statement(&self, file: FileId, statement: ExprId) -> bool {
        let Some(view) = self.file(file) else { return false };
        let module = view.module();
        let is_changing = |expr: ExprId| changes(view, expr);
        let Expr::Name(name) = module.expr(statement) else { return is_changing(statement) };
        let bindings = view.index().lookup(view.index().scope_of_name(statement), name);
        bindings.iter().any(|binding| match binding.kind {
            BindingKind::Assign { value: Some(value), .. } => is_changing(value),
            _ => false,
        })
    }

    /// `row.column = value` for rows of a function with one session.
    fn row_writes(&self, file: File<'_>, function: FunctionRef, events: &[SessionEvent]) -> Vec<SessionEvent> {
        let Some(session) = only_session(events) else { return Vec::new() };
        let module = file.module();
        let mut found = Vec::new();
        for stmt in backlint_semantic::own_statements(module, module.body(function.id)) {
            for target in assigned(file, stmt) {
                let Expr::Attribute { value, name } = module.expr(target) else { continue };
                let is_write = match self.row_model(file.id(), value) {
                    Some(model) => model.attribute(module.text(name)).is_some(),
                    None => is_loaded_row(file, value),
                };
                if is_write {
                    found.push(SessionEvent { action: SessionAction::Write, session, expr: target });
                }
            }
        }
        found
    }
}

/// Whether a name is bound to nothing but a row that a query of a session gives, of whatever class: one that is not of
/// the project, or that a text names.
fn is_loaded_row(file: File<'_>, row: ExprId) -> bool {
    const ENDS: &[&str] = &["first", "first_or_404", "one", "one_or_404", "one_or_none"];
    let module = file.module();
    let Expr::Name(name) = module.expr(row) else { return false };
    let [binding] = file.index().lookup(file.index().scope_of_name(row), name) else { return false };
    let BindingKind::Assign { value: Some(value), .. } = binding.kind else { return false };
    let end = Call::of(module, value).filter(|call| call.name().is_some_and(|name| ENDS.contains(&name)));
    let mut current = end.and_then(|call| call.receiver());
    while let Some(call) = current.and_then(|expr| Call::of(module, expr)) {
        // A query of one argument that is no column.
        if call.name() == Some("query") && call.receiver().is_some() {
            return matches!(call.args, [only] if matches!(module.expr(only.value), Expr::Name(_) | Expr::Str(_)));
        }
        current = call.receiver();
    }
    false
}

fn only_session(events: &[SessionEvent]) -> Option<Session> {
    let first = events.first()?.session;
    events.iter().all(|event| event.session == first).then_some(first)
}

/// The targets that a statement assigns.
fn assigned(file: File<'_>, stmt: StmtId) -> Vec<ExprId> {
    match file.module().stmt(stmt) {
        Stmt::Assign { targets, .. } => file.module().list(targets).to_vec(),
        Stmt::AugAssign { target, .. } => vec![target],
        _ => Vec::new(),
    }
}

fn changes(view: File<'_>, statement: ExprId) -> bool {
    let module = view.module();
    let mut current = statement;
    while let Some(call) = Call::of(module, current) {
        match (call.name(), call.receiver()) {
            (Some("insert" | "update" | "delete"), _) => return true,
            (Some("text"), _) => {
                return call.positional(0).is_some_and(|sql| is_changing_sql(view, sql));
            }
            (_, Some(receiver)) => current = receiver,
            _ => return false,
        }
    }
    is_changing_sql(view, current)
}

fn is_changing_sql(view: File<'_>, sql: ExprId) -> bool {
    let text = view.text_of(sql).trim_start_matches(['f', 'r', '"', '\'', ' ', '\n', '\t', '\\']);
    let word = text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    matches!(word.as_str(), "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "REPLACE" | "TRUNCATE")
}
