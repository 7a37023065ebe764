//! Limits that a project sets for all its requests at once.

use std::collections::BTreeSet;

use backlint_model::{ExprRef, File, Project};
use backlint_semantic::Call;
use backlint_source::FileId;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use super::Client;

/// Where limits are set for more than one request.
pub(super) struct ProjectDefaults {
    /// `socket.setdefaulttimeout`, which the clients of the standard library obey.
    has_socket_default: bool,
    /// Files that mount adapters of their own on sessions, or replace the methods of sessions.
    session_files: BTreeSet<FileId>,
}

impl ProjectDefaults {
    pub(super) fn read(project: &Project) -> Self {
        let mut defaults = Self { has_socket_default: false, session_files: BTreeSet::new() };
        for file in project.app_files() {
            defaults.has_socket_default |= file.calls_named(&["setdefaulttimeout"]).next().is_some();
            if mounts_adapter(file) || replaces_method(file) {
                defaults.session_files.insert(file.id());
            }
        }
        defaults
    }

    /// Whether a limit that is set elsewhere holds for this call.
    pub(super) fn cover(&self, project: &Project, file: File<'_>, call: Call<'_>, client: Client) -> bool {
        match client {
            Client::Standard(_) => self.has_socket_default,
            Client::Requests => self.session_files.contains(&file.id()) && replaces_method(file),
            Client::Session => match call.receiver().and_then(|session| origin(project, file, session)) {
                Some(made) => project.file(made.file).is_some_and(|home| is_limited_where_made(home, made.expr)),
                None => !self.session_files.is_empty(),
            },
            Client::Bounded => false,
        }
    }
}

/// The call that makes the session, if that is known.
fn origin(project: &Project, file: File<'_>, session: ExprId) -> Option<ExprRef> {
    project.resolve(file.id(), session).origin()
}

/// Whether the function that makes a session also mounts an adapter on it, or the file replaces methods of sessions.
fn is_limited_where_made(file: File<'_>, made: ExprId) -> bool {
    let maker = file.index().function_of(made);
    replaces_method(file) || adapter_mounts(file).any(|mount| file.index().function_of(mount.expr) == maker)
}

fn mounts_adapter(file: File<'_>) -> bool {
    adapter_mounts(file).next().is_some()
}

/// `session.mount(prefix, adapter)` with anything but the plain adapter of the library, which has no limit.
fn adapter_mounts(file: File<'_>) -> impl Iterator<Item = Call<'_>> {
    file.calls_named(&["mount"]).filter(move |call| {
        let adapter = call.argument("adapter", 1);
        adapter.is_some_and(|adapter| !is_plain_adapter(file, adapter))
    })
}

fn is_plain_adapter(file: File<'_>, adapter: ExprId) -> bool {
    let made = crate::expressions::assigned_value(file, adapter).unwrap_or(adapter);
    Call::of(file.module(), made).is_some_and(|call| call.name() == Some("HTTPAdapter"))
}

/// `session.request = partial(session.request, timeout=…)`.
fn replaces_method(file: File<'_>) -> bool {
    let module = file.module();
    let is_method = |&target: &ExprId| {
        let Expr::Attribute { name, .. } = module.expr(target) else { return false };
        matches!(module.text(name), "request" | "send" | "get" | "post")
    };
    module.stmt_ids().any(|stmt| match module.stmt(stmt) {
        Stmt::Assign { targets, value } => {
            let is_wrapper = file.text_of(value).contains("timeout");
            is_wrapper && module.list(targets).iter().any(is_method)
        }
        _ => false,
    })
}
