//! Whether the application runs in one process only.

use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use crate::resolve::Entity;
use crate::{File, Project, Role};

impl Project {
    /// Whether the whole application is known to run in one process: every deployment file that says how many says one,
    /// or the code itself serves an app object, which cannot be spread over workers.
    pub fn is_single_process(&self) -> bool {
        let workers = &self.deployment.workers;
        if !workers.is_empty() {
            return workers.iter().all(|evidence| evidence.count == Some(1));
        }
        !self.deployment.starts_server && self.files().any(|file| serves_app_object(self, file))
    }
}

/// Servers that are started by calling them, by dotted path.
const SERVE_CALLS: &[&str] = &["uvicorn.run", "waitress.serve"];

/// Servers that are objects.
const SERVER_CLASSES: &[&str] = &["cheroot.wsgi.Server", "gevent.pywsgi.WSGIServer", "tornado.httpserver.HTTPServer"];

/// `uvicorn.run(app)` or a server object outside `if __name__ == "__main__"`: how the program itself serves.
fn serves_app_object(project: &Project, file: File<'_>) -> bool {
    if file.role() != Role::App {
        return false;
    }
    let by_call = file.calls_named(&["run", "serve"]).any(|call| {
        let is_server = file.path_of(call.function).is_some_and(|path| SERVE_CALLS.contains(&path.as_str()));
        let is_object = call.positional(0).is_some_and(|app| !matches!(file.module().expr(app), Expr::Str(_)));
        is_server && is_object && call.keyword("workers").is_none() && !is_under_main(file, call.expr)
    });
    by_call || file.calls().any(|call| makes_server(project, file, call) && !is_under_main(file, call.expr))
}

fn makes_server(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    if !call.name().is_some_and(|name| name.ends_with("Server")) {
        return false;
    }
    matches!(
        project.resolve(file.id(), call.expr),
        Entity::Instance { of, .. } if project.derives_from(&of, SERVER_CLASSES)
    )
}

fn is_under_main(file: File<'_>, expr: ExprId) -> bool {
    let Some(stmt) = file.index().stmt_of(expr) else { return false };
    file.index()
        .stmt_ancestors(stmt)
        .any(|parent| file.slice(file.first_line(file.module().stmt_span(parent.stmt))).contains("__main__"))
}
