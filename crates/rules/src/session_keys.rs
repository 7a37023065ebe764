//! What code keeps in the session of a caller: the keys that are written, read and removed.

use backlint_model::{ExprRef, File, Project, Role};
use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, CompareOp, Expr, ExprId, Stmt};

/// A place that touches the session of a caller.
#[derive(Clone, Debug)]
pub(crate) struct SessionAccess {
    /// The whole access: `session["user"]`, `session.get("user")`, `"user" in session`.
    pub(crate) at: ExprRef,
    /// What happens.
    pub(crate) kind: SessionUse,
}

/// What a place does with the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SessionUse {
    /// A key is read; none if its name is only known at run time.
    Read(Option<String>),
    /// A key is written.
    Write {
        /// The key; none if its name is only known at run time.
        key: Option<String>,
        /// The new value.
        value: ExprId,
    },
    /// A key is removed without a look at its value.
    Remove,
    /// All keys are removed.
    Clear,
    /// All keys may be read: the session is iterated, copied or handed on.
    Whole,
}

/// Attributes that are about the session, not in it.
const SETTINGS: &[&str] = &["accessed", "modified", "new", "permanent", "sid", "vary_cookie"];

/// All places outside tests that touch the session which Flask or Starlette keeps for a caller, in source order.
pub(crate) fn session_accesses(project: &Project) -> Vec<SessionAccess> {
    let mut found = Vec::new();
    for file in project.files().filter(|file| file.role() != Role::Test) {
        if !file.source().text().contains("session") {
            continue;
        }
        for expr in file.module().expr_ids().filter(|&expr| is_session(file, expr)) {
            add(project, file, expr, &mut found);
        }
    }
    found.sort_by_key(|access| project.at(access.at));
    found
}

/// `session` of Flask, `request.session` of Starlette.
fn is_session(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let is_flask = || file.path_of(expr).is_some_and(|path| path == "flask.session" || path == "quart.session");
    match module.expr(expr) {
        Expr::Name(name) => module.text(name).contains("session") && is_flask(),
        Expr::Attribute { value, name } if module.text(name) == "session" => {
            let holder = file.text_of(value);
            matches!(holder, "request" | "req" | "conn" | "websocket") || holder.ends_with(".request") || is_flask()
        }
        _ => false,
    }
}

fn add(project: &Project, file: File<'_>, session: ExprId, found: &mut Vec<SessionAccess>) {
    let module = file.module();
    let mut push = |expr: ExprId, kind: SessionUse| {
        found.push(SessionAccess { at: ExprRef { file: file.id(), expr }, kind });
    };
    let Some(outer) = file.index().parent(session) else {
        // `session = request.session`, `return session`, `if session:`
        return push(session, SessionUse::Whole);
    };
    match module.expr(outer) {
        Expr::Subscript { value, index } if value == session => {
            let key = project.string(file.id(), index);
            push(outer, subscript(file, outer, key));
        }
        Expr::Attribute { value, name } if value == session => {
            let method = module.text(name);
            let call =
                file.index().parent(outer).and_then(|call| Call::of(module, call)).filter(|c| c.function == outer);
            match call {
                Some(call) => called(project, file, call, method, &mut push),
                None if SETTINGS.contains(&method) => {}
                None => push(session, SessionUse::Whole),
            }
        }
        Expr::Compare { left, rest } => match module.list(rest) {
            [only] if only.right == session && matches!(only.op, CompareOp::In | CompareOp::NotIn) => {
                push(outer, SessionUse::Read(project.string(file.id(), left)));
            }
            _ => push(session, SessionUse::Whole),
        },
        _ => push(session, SessionUse::Whole),
    }
}

fn subscript(file: File<'_>, access: ExprId, key: Option<String>) -> SessionUse {
    let module = file.module();
    let is_outermost = file.index().parent(access).is_none();
    match file.index().stmt_of(access).map(|stmt| module.stmt(stmt)) {
        Some(Stmt::Assign { targets, value }) if module.list(targets).contains(&access) => {
            SessionUse::Write { key, value }
        }
        Some(Stmt::AnnAssign { target, value: Some(value), .. }) if target == access => {
            SessionUse::Write { key, value }
        }
        Some(Stmt::Delete(_)) if is_outermost => SessionUse::Remove,
        _ => SessionUse::Read(key),
    }
}

/// A method of the session.
fn called(project: &Project, file: File<'_>, call: Call<'_>, method: &str, push: &mut dyn FnMut(ExprId, SessionUse)) {
    let module = file.module();
    let key = || project.string(file.id(), call.positional(0)?);
    match method {
        "get" | "pop" | "setdefault" => push(call.expr, SessionUse::Read(key())),
        "clear" | "invalidate" | "regenerate" => push(call.expr, SessionUse::Clear),
        "update" => {
            for arg in call.args {
                match (arg.kind, module.expr(arg.value)) {
                    (ArgKind::Keyword(name), _) => {
                        let key = Some(module.text(name).to_owned());
                        push(call.expr, SessionUse::Write { key, value: arg.value });
                    }
                    (_, Expr::Dict(items)) => {
                        for item in module.list(items) {
                            let key = item.key.and_then(|key| project.string(file.id(), key));
                            push(call.expr, SessionUse::Write { key, value: item.value });
                        }
                    }
                    _ => push(call.expr, SessionUse::Write { key: None, value: arg.value }),
                }
            }
        }
        _ => push(call.expr, SessionUse::Whole),
    }
}
