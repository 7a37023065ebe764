//! Where a function hands out a token or logs somebody in.

use backlint_model::{File, words};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt};

use crate::expressions::{literal, path_ends_with, snake_label};

/// The expression that hands out a token, logs in, or puts an identity into the session.
pub(super) fn find(file: File<'_>, function: FunctionId) -> Option<ExprId> {
    let module = file.module();
    own_statements(module, module.body(function)).into_iter().find_map(|stmt| {
        let by_session = match module.stmt(stmt) {
            Stmt::Assign { targets, .. } => {
                module.list(targets).iter().copied().find(|&target| sets_identity(file, target))
            }
            _ => None,
        };
        by_session.or_else(|| {
            let exprs = expressions_of(module, stmt).into_iter().flat_map(|expr| descendants(module, expr));
            exprs.into_iter().find(|&expr| is_mint(file, expr))
        })
    })
}

/// `session["user_id"] = …`
fn sets_identity(file: File<'_>, target: ExprId) -> bool {
    let Expr::Subscript { value, index } = file.module().expr(target) else { return false };
    let is_session = matches!(file.text_of(value), "session" | "request.session" | "flask.session");
    let key = literal(file, index).map(words::snake_case).unwrap_or_default();
    is_session
        && ["admin", "auth", "authenticated", "logged_in", "role", "uid", "user", "user_id", "username"]
            .iter()
            .any(|word| words::has_word(&key, word))
}

/// `token = secrets.token_urlsafe(32)`
fn is_random_token(file: File<'_>, call: Call<'_>) -> bool {
    let may_be = |name: &str| name.starts_with("token_") || name == "uuid4";
    if !file.defined_name(call).is_some_and(may_be) {
        return false;
    }
    let is_random =
        file.path_of(call.function).is_some_and(|path| path.starts_with("secrets.token_") || path == "uuid.uuid4");
    let stmt = file.index().stmt_of(call.expr);
    let target = stmt.and_then(|stmt| match file.module().stmt(stmt) {
        Stmt::Assign { targets, .. } => snake_label(file, *file.module().list(targets).first()?),
        _ => None,
    });
    is_random
        && target.is_some_and(|name| {
            ["access_token", "auth_token", "session_id", "session_token", "token"].contains(&name.as_str())
        })
}

fn is_mint(file: File<'_>, expr: ExprId) -> bool {
    const VERBS: &[&str] = &["build", "create", "encode", "generate", "issue", "make", "mint", "new", "sign"];
    const TOKENS: &[&str] = &["jwt", "session", "token", "tokens"];
    let Some(call) = Call::of(file.module(), expr) else { return false };
    let Some(name) = call.name() else { return false };
    let snake = words::snake_case(name);
    let has = |set: &[&str]| set.iter().any(|word| words::has_word(&snake, word));
    let is_jwt =
        name == "encode" && file.path_of(call.function).is_some_and(|path| path_ends_with(&path, "jwt.encode"));
    let is_database = || {
        ["db", "database", "async", "csrf", "reset", "verification", "http", "client"]
            .iter()
            .any(|word| words::has_word(&snake, word))
    };
    // `tokens.issue(user)`: the receiver says what is issued.
    let is_on_tokens = || {
        let receiver = call.receiver().map(|receiver| words::snake_case(file.text_of(receiver))).unwrap_or_default();
        ["jwt", "token", "tokens"].iter().any(|word| words::has_word(&receiver, word))
    };
    is_jwt
        || snake == "login_user"
        || has(VERBS) && (has(TOKENS) && !is_database() || is_on_tokens())
        || is_random_token(file, call)
}
