//! Statements that raise whatever happens.

use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, Stmt, StmtId};

use crate::File;

/// Packages whose `abort` raises an HTTP error.
const ABORTING: &[&str] =
    &["apiflask", "flask", "flask_restful", "flask_restplus", "flask_restx", "flask_smorest", "quart", "werkzeug"];

impl File<'_> {
    /// Whether a statement never lets what follows it run because it raises: `raise`, `abort(404)`, `sys.exit(1)`, also
    /// where the call is handed back.
    pub fn always_raises(self, stmt: StmtId) -> bool {
        let module = self.module();
        match module.stmt(stmt) {
            Stmt::Raise { .. } => true,
            Stmt::Expr(value) | Stmt::Return(Some(value)) => {
                Call::of(module, value).is_some_and(|call| always_raises(self, call))
            }
            _ => false,
        }
    }
}

fn always_raises(file: File<'_>, call: Call<'_>) -> bool {
    match call.name() {
        Some("abort") => is_http_abort(file, call),
        Some("exit" | "quit") => {
            let path = file.path_of(call.function);
            path.is_some_and(|path| matches!(&*path, "exit" | "quit" | "sys.exit"))
        }
        _ => false,
    }
}

/// Uploads and transactions have an `abort` too, which takes no status.
fn is_http_abort(file: File<'_>, call: Call<'_>) -> bool {
    let path = file.path_of(call.function);
    let top = path.as_deref().and_then(|path| path.split('.').next());
    if top.is_some_and(|top| ABORTING.contains(&top)) {
        return true;
    }
    let status = call.positional(0).or_else(|| call.keyword("code").map(|arg| arg.value));
    let module = file.module();
    status.is_some_and(|status| match module.expr(status) {
        Expr::Int(text) => module.text(text).parse().is_ok_and(|status: u16| (400..600).contains(&status)),
        Expr::Attribute { .. } => file.text_of(status).contains("HTTP"),
        _ => false,
    })
}
