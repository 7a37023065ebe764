//! AUTH006: a credential that is written in the code and lets its bearer in past the verification.

use backlint_finding::Findings;
use backlint_model::{Condition, File, conditions, words};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{CompareOp, Expr, ExprId, FunctionId, Stmt, StmtId};

use crate::expressions::{label, literal, snake_label};
use crate::logging::is_log_call;
use crate::parameters::body_expressions;

/// Words of values by which callers show who they are.
const CREDENTIALS: &[&str] = &[
    "api_key",
    "apikey",
    "auth",
    "authorization",
    "bearer",
    "code",
    "credential",
    "jwt",
    "key",
    "otp",
    "passcode",
    "passwd",
    "password",
    "pin",
    "pwd",
    "secret",
    "token",
];

/// Words of names for something about a credential.
const OTHERS: &[&str] = &[
    "algorithm",
    "country",
    "error",
    "exit",
    "grant",
    "kind",
    "lang",
    "language",
    "name",
    "postal",
    "primary",
    "provider",
    "role",
    "status",
    "type",
    "zip",
];

/// Words of functions that decide who is calling.
const AUTHENTICATING: &[&str] = &[
    "access",
    "auth",
    "authenticate",
    "authorize",
    "check",
    "current",
    "decode",
    "guard",
    "identity",
    "login",
    "logon",
    "principal",
    "required",
    "sign_in",
    "signin",
    "token",
    "user",
    "validate",
    "verify",
];

/// Calls that verify a credential.
const VERIFIERS: &[&str] = &[
    "authenticate",
    "check_password",
    "check_password_hash",
    "checkpw",
    "compare_digest",
    "decode",
    "filter_by",
    "verify",
];

/// What those who show nothing send, who are let in as nobody, and what answers a question instead.
const NOBODY: &[&str] =
    &["", "0", "1", "anon", "anonymous", "false", "guest", "no", "none", "null", "public", "true", "undefined", "yes"];

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if !file.role().is_reported() {
        return;
    }
    let module = file.module();
    for stmt in module.stmt_ids() {
        let Stmt::If { clauses, .. } = module.stmt(stmt) else { continue };
        for clause in module.list(clauses) {
            let Some(door) = door(file, clause.test) else { continue };
            let Some(function) = file.index().function_of(clause.test).filter(|&id| is_authenticating(file, id)) else {
                continue;
            };
            let body = module.list(clause.body);
            if !lets_in(file, body, &door) || needs_setting(file, stmt, clause.test, &door) {
                continue;
            }
            if let Some(skipped) = verifier_elsewhere(file, function, body) {
                report(file, function, &door, skipped, findings);
            }
        }
    }
}

/// A test of a credential against a literal.
struct Door {
    at: ExprId,
    credential: ExprId,
    is_prefix: bool,
}

/// `token == "qa"`, `token.startswith("qa-")`, `password in ("a", "b")`; alone or beside other tests.
fn door(file: File<'_>, test: ExprId) -> Option<Door> {
    let module = file.module();
    descendants(module, test).into_iter().find_map(|at| match module.expr(at) {
        Expr::Compare { left, rest } => {
            let [only] = module.list(rest) else { return None };
            let (credential, fixed) = if is_literal(file, left) { (only.right, left) } else { (left, only.right) };
            let is_equal = only.op == CompareOp::Eq || (only.op == CompareOp::In && credential == left);
            (is_equal && is_literal(file, fixed) && is_credential(file, credential)).then_some(Door {
                at,
                credential,
                is_prefix: false,
            })
        }
        Expr::Call { .. } => {
            let call = Call::of(module, at).filter(|call| call.name() == Some("startswith"))?;
            let credential = call.receiver()?;
            (is_literal(file, call.positional(0)?) && is_credential(file, credential)).then_some(Door {
                at,
                credential,
                is_prefix: true,
            })
        }
        _ => None,
    })
}

fn is_literal(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    match module.expr(expr) {
        Expr::Tuple(items) | Expr::List(items) | Expr::Set(items) => {
            let items = module.list(items);
            !items.is_empty() && items.iter().all(|&item| is_literal_text(file, item))
        }
        _ => is_literal_text(file, expr),
    }
}

fn is_literal_text(file: File<'_>, expr: ExprId) -> bool {
    let is_text = matches!(file.module().expr(expr), Expr::Str(_) | Expr::Bytes(_));
    is_text && literal(file, expr).is_some_and(|text| !NOBODY.contains(&text.to_ascii_lowercase().as_str()))
}

fn is_credential(file: File<'_>, expr: ExprId) -> bool {
    let is_plain = matches!(
        file.module().expr(expr),
        Expr::Name(_) | Expr::Attribute { .. } | Expr::Subscript { .. } | Expr::Call { .. }
    );
    is_plain
        && snake_label(file, expr).is_some_and(|name| {
            let has = |set: &[&str]| set.iter().any(|word| words::has_word(&name, word));
            has(CREDENTIALS) && !has(OTHERS)
        })
}

fn is_authenticating(file: File<'_>, function: FunctionId) -> bool {
    let outer = file.index().outer_function(file.module(), function);
    [Some(function), outer].into_iter().flatten().any(|id| {
        let name = words::snake_case(file.function_name(id));
        AUTHENTICATING.iter().any(|word| words::has_word(&name, word))
    })
}

/// Whether a block returns somebody, or yes, without a look at the credential.
fn lets_in(file: File<'_>, body: &[StmtId], door: &Door) -> bool {
    let module = file.module();
    let all = own_statements(module, body);
    let parts = || all.iter().flat_map(|&stmt| expressions_of(module, stmt)).flat_map(|expr| descendants(module, expr));
    let credential = file.text_of(door.credential);
    let hands_on = parts().filter_map(|expr| Call::of(module, expr)).any(|call| {
        is_verifier(file, call)
            || !is_log_call(file, call) && call.args.iter().any(|arg| mentions(file, arg.value, credential))
    });
    let assigns = all.iter().any(|&stmt| match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => module.list(targets).iter().any(|&target| file.text_of(target) == credential),
        _ => false,
    });
    !hands_on
        && !assigns
        && body
            .last()
            .is_some_and(|&last| matches!(module.stmt(last), Stmt::Return(Some(value)) if is_somebody(file, value)))
}

fn mentions(file: File<'_>, expr: ExprId, text: &str) -> bool {
    descendants(file.module(), expr).into_iter().any(|part| file.text_of(part) == text)
}

/// Whether what is returned stands for a caller who was let in.
fn is_somebody(file: File<'_>, value: ExprId) -> bool {
    let module = file.module();
    let text = file.text_of(value).to_ascii_lowercase();
    let is_refusal =
        ["error", "invalid", "denied", "false", "none", "401", "403", "400", "unauthor", "anonymous", "guest"]
            .iter()
            .any(|word| text.contains(word));
    match module.expr(value) {
        Expr::True => true,
        Expr::Name(_) | Expr::Call { .. } | Expr::Dict(_) | Expr::Await(_) => !is_refusal,
        Expr::Tuple(items) => !is_refusal && module.list(items).first().is_some_and(|&first| is_somebody(file, first)),
        _ => false,
    }
}

/// Whether the branch needs more than the literal: a setting, an environment, another test.
fn needs_setting(file: File<'_>, stmt: StmtId, test: ExprId, door: &Door) -> bool {
    let module = file.module();
    let around = conditions(file, stmt)
        .into_iter()
        .filter(|condition: &Condition| condition.holds)
        .map(|condition| condition.test);
    let credential = file.text_of(door.credential);
    let is_switch = |part: ExprId| match module.expr(part) {
        Expr::Name(name) | Expr::Attribute { name, .. } if !mentions(file, part, credential) => {
            let text = file.text_of(part);
            let is_setting = text.split('.').any(|segment| {
                let segment = segment.to_ascii_lowercase();
                ["app", "config", "conf", "current_app", "env", "environ", "settings"].contains(&segment.as_str())
            });
            words::is_dev_identifier(module.text(name)) || is_setting || !module.text(name).contains(char::is_lowercase)
        }
        Expr::Call { .. } => label(file, part).is_some_and(words::is_dev_identifier),
        _ => false,
    };
    file.is_dev_only(test) || around.chain([test]).flat_map(|test| descendants(module, test)).any(is_switch)
}

/// The call outside the branch that verifies a credential.
fn verifier_elsewhere(file: File<'_>, function: FunctionId, body: &[StmtId]) -> Option<ExprId> {
    let module = file.module();
    let inside = |expr: ExprId| body.iter().any(|&stmt| module.stmt_span(stmt).contains(module.span(expr)));
    body_expressions(file, function)
        .into_iter()
        .filter(|&expr| !inside(expr))
        .find(|&expr| Call::of(module, expr).is_some_and(|call| is_verifier(file, call)))
}

fn is_verifier(file: File<'_>, call: Call<'_>) -> bool {
    // Classes are capitalised: `VerifyForm` verifies nobody.
    let Some(name) = call.name().filter(|name| !name.starts_with(char::is_uppercase)) else { return false };
    let name = words::snake_case(name);
    // `value.decode()` turns bytes into text.
    let is_text = name == "decode" && call.args.is_empty();
    let is_verifying = ["authenticate", "verify", "validate"]
        .iter()
        .any(|verb| name.starts_with(verb) || name.starts_with(&format!("_{verb}")));
    let reads_token = words::has_word(&name, "token")
        && ["decode", "parse", "check", "by"].iter().any(|word| words::has_word(&name, word));
    !is_text && !is_log_call(file, call) && (VERIFIERS.contains(&name.as_str()) || is_verifying || reads_token)
}

fn report(file: File<'_>, function: FunctionId, door: &Door, skipped: ExprId, findings: &mut Findings) {
    let module = file.module();
    let name = label(file, door.credential).unwrap_or("credential");
    let skipped_name = Call::of(module, skipped).and_then(|call| call.name()).unwrap_or("the verification");
    let how = if door.is_prefix { "that begins as written here" } else { "that is written here" };
    let message = format!(
        "A `{name}` {how} lets its bearer in without `{skipped_name}`, in every environment: whoever reads the code, or \
         guesses, is in. Take the branch out, or let a setting that is off by default decide."
    );
    findings
        .report(file.at_expr(door.at), file.qualified_name(function), message)
        .also(file.at(file.first_line(module.span(skipped))), "everybody else is verified here");
}
