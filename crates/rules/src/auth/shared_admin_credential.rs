//! AUTH018: everybody who signs in here knows the same password, and the session does not say who it was.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, Role, words};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt};

use super::secret_checks::secret_checks;
use crate::expressions::{literal, snake_label};

const PASSWORDS: &[&str] = &["pass", "passcode", "passphrase", "passwd", "password", "pin", "pwd"];

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    let mentions_password = ["pass", "PASS", "pwd", "PIN"].iter().any(|word| file.source().text().contains(word));
    if file.role() != Role::App || !mentions_password {
        return;
    }
    let mut reported = BTreeSet::new();
    for check in secret_checks(file) {
        let Some(function) = file.index().function_of(check.expr) else { continue };
        let is_password = [check.client, check.server].iter().all(|&side| is_called_password(file, side));
        if !is_password || reported.contains(&function) {
            continue;
        }
        let Some(flag) = only_flag(file, function) else { continue };
        reported.insert(function);
        let message = format!(
            "Everybody who signs in here knows the same password, and the session keeps `{}` and nobody's name: what \
             happens afterwards cannot be traced to a person, and whoever leaves still knows the password. Give each \
             of them an account.",
            flag.key,
        );
        findings
            .report(file.at_expr(check.expr), file.qualified_name(function), message)
            .also(file.at_expr(flag.at), "all that is kept of who signed in");
    }
}

fn is_called_password(file: File<'_>, side: ExprId) -> bool {
    snake_label(file, side).is_some_and(|name| PASSWORDS.iter().any(|word| words::has_word(&name, word)))
}

/// The mark that a login leaves.
struct Flag {
    key: String,
    at: ExprId,
}

/// The mark that a function puts into the session or a token, if it says nothing of who signed in.
fn only_flag(file: File<'_>, function: FunctionId) -> Option<Flag> {
    let module = file.module();
    let mut found = None;
    for stmt in own_statements(module, module.body(function)) {
        if let Stmt::Assign { targets, value } = module.stmt(stmt) {
            for &target in module.list(targets) {
                let Some(key) = session_key(file, target) else { continue };
                if !is_fixed(file, value) {
                    return None;
                }
                if !is_time(file, value) {
                    found = found.or(Some(Flag { key, at: target }));
                }
            }
        }
        for expr in expressions_of(module, stmt).into_iter().flat_map(|expr| descendants(module, expr)) {
            let Some(claims) = Call::of(module, expr).and_then(|call| claims(file, call)) else { continue };
            if !is_fixed(file, claims) {
                return None;
            }
            found = found.or(Some(Flag { key: file.text_of(claims).chars().take(40).collect(), at: claims }));
        }
    }
    found
}

/// `session["admin"]`, `request.session["admin"]`.
fn session_key(file: File<'_>, target: ExprId) -> Option<String> {
    let Expr::Subscript { value, index } = file.module().expr(target) else { return None };
    let is_session = matches!(file.text_of(value), "session" | "request.session" | "flask.session");
    is_session.then(|| literal(file, index).unwrap_or("…").to_owned())
}

/// What a call that makes a token puts into it.
fn claims(file: File<'_>, call: Call<'_>) -> Option<ExprId> {
    let name = words::snake_case(call.name()?);
    let is_mint = ["create", "encode", "generate", "issue", "make", "sign"].iter().any(|verb| name.starts_with(verb))
        && (words::has_word(&name, "token") || words::has_word(&name, "jwt") || is_jwt_encode(file, call));
    if !is_mint {
        return None;
    }
    call.positional(0).or_else(|| {
        ["data", "identity", "payload", "subject"].iter().find_map(|&key| call.keyword(key)).map(|arg| arg.value)
    })
}

fn is_jwt_encode(file: File<'_>, call: Call<'_>) -> bool {
    file.path_of(call.function).is_some_and(|path| path.ends_with("jwt.encode"))
}

/// Whether a value is the same for everybody: literals, dicts of such, times.
fn is_fixed(file: File<'_>, value: ExprId) -> bool {
    let module = file.module();
    match module.expr(value) {
        Expr::Str(_) | Expr::True | Expr::Int(_) | Expr::False | Expr::None => true,
        Expr::Dict(items) => module.list(items).iter().all(|item| is_fixed(file, item.value)),
        _ => is_time(file, value),
    }
}

fn is_time(file: File<'_>, value: ExprId) -> bool {
    let text = file.text_of(value);
    ["datetime.", "time.time", "time()", "timedelta", "utcnow", ".now("].iter().any(|word| text.contains(word))
}
