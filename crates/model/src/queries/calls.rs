//! Which calls of a function ask the database something.

use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use crate::resolve::FunctionRef;
use crate::{File, Project};

/// A call that asks the database something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseCall {
    /// The expression; for a query in steps the one that runs it.
    pub expr: ExprId,
    /// What it does.
    pub kind: DatabaseCallKind,
}

/// What a call asks of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseCallKind {
    /// Runs a query of a mapped class, or looks a row up by its key.
    Query,
    /// Runs a statement that is no query of a mapped class.
    Statement,
    /// Sends what was added or changed so far.
    Flush,
}

impl Project {
    /// The calls of a function that ask the database something, in source order. Nested functions are left out.
    pub fn database_calls(&self, function: FunctionRef) -> Vec<DatabaseCall> {
        let Some(file) = self.file(function.file) else { return Vec::new() };
        let runs = self.queries_in(function).flat_map(|query| query.ends.iter().filter(|end| end.kind.is_run()));
        let mut found: Vec<DatabaseCall> =
            runs.map(|end| DatabaseCall { expr: end.value, kind: DatabaseCallKind::Query }).collect();
        let module = file.module();
        let known: Vec<_> = found.iter().map(|call| module.span(call.expr)).collect();
        for call in self.calls_in(function) {
            if file.index().function_of(call.expr) != Some(function.id) {
                continue;
            }
            let Some(kind) = session_call(file, call) else { continue };
            if !known.iter().any(|span| span.contains(call.span()) || call.span().contains(*span)) {
                found.push(DatabaseCall { expr: call.expr, kind });
            }
        }
        found.sort_by_key(|call| module.span(call.expr).start);
        found
    }
}

/// What a call of a method of a session asks.
fn session_call(file: File<'_>, call: Call<'_>) -> Option<DatabaseCallKind> {
    let kind = match call.name()? {
        "execute" | "scalar" | "scalars" | "exec" if !call.args.is_empty() => DatabaseCallKind::Statement,
        "flush" => DatabaseCallKind::Flush,
        _ => return None,
    };
    is_session(file, call.receiver()?).then_some(kind)
}

/// Whether an expression is called like a session of the database.
fn is_session(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let (Expr::Name(name) | Expr::Attribute { name, .. }) = module.expr(expr) else { return false };
    let name = module.text(name);
    matches!(name, "db" | "session" | "conn" | "connection") || name.ends_with("session") || name.ends_with("_db")
}
