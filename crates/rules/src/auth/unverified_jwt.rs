//! AUTH020: tokens that are believed without a look at their signature.

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{File, Role, words};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId, FunctionId};

use crate::expressions::{assigned_value, label, literal, path_ends_with};
use crate::parameters::body_expressions;
use crate::returned::is_returned;
use crate::tokens::{Claims, TokenCall};

/// Claims that say who somebody is, or what they may do.
const IDENTITY: &[&str] = &[
    "account_id",
    "email",
    "groups",
    "id",
    "identity",
    "oid",
    "org_id",
    "permissions",
    "preferred_username",
    "role",
    "roles",
    "scope",
    "scopes",
    "sub",
    "tenant_id",
    "uid",
    "upn",
    "user",
    "user_id",
    "username",
];

/// Words of functions whose result says who is calling.
const AUTHENTICATING: &[&str] = &[
    "authenticate",
    "authorize",
    "current_user",
    "decode_jwt",
    "decode_token",
    "get_user",
    "login",
    "require",
    "validate",
    "verify",
];

/// Words of functions that look into tokens for another reason.
const OTHERS: &[&str] = &[
    "audit",
    "cache",
    "debug",
    "expired",
    "expiry",
    "inspect",
    "key",
    "limit",
    "limiter",
    "log",
    "metric",
    "peek",
    "rate",
    "throttle",
    "trace",
    "unsafe",
    "unverified",
];

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if file.role() != Role::App {
        return;
    }
    for call in file.calls_named(&["decode", "get_unverified_claims"]) {
        let Some(flaw) = flaw(file, call) else { continue };
        let Some(function) = file.index().function_of(call.expr).filter(|_| !file.is_dev_only(call.expr)) else {
            continue;
        };
        match flaw {
            Flaw::Unsigned(how) => report_unsigned(file, function, call, how, findings),
            Flaw::Expired => report_expired(file, call, findings),
            Flaw::ChosenAlgorithm => report_algorithm(file, call, findings),
        }
    }
    for call in file.calls_named(&["getattr"]) {
        if chooses_hash(file, call) && !file.is_dev_only(call.expr) {
            report_algorithm(file, call, findings);
        }
    }
}

/// What is wrong with a call that reads a token.
enum Flaw {
    /// The signature is not verified: how that is asked for.
    Unsigned(&'static str),
    /// The time of expiry is not looked at.
    Expired,
    /// The token says how it is to be verified.
    ChosenAlgorithm,
}

fn flaw(file: File<'_>, call: Call<'_>) -> Option<Flaw> {
    let path = file.path_of(call.function)?;
    if path_ends_with(&path, "jwt.get_unverified_claims") {
        return Some(Flaw::Unsigned("get_unverified_claims"));
    }
    if !["jwt.decode", "PyJWT.decode"].iter().any(|end| path_ends_with(&path, end)) {
        return None;
    }
    let module = file.module();
    let is_off = |name: &str| call.keyword(name).is_some_and(|arg| module.expr(arg.value) == Expr::False);
    if is_off("verify") || option_is_off(file, call, "verify_signature") {
        return Some(Flaw::Unsigned("verify_signature"));
    }
    let algorithms = call.argument("algorithms", 2);
    if algorithms.is_some_and(|algorithms| names_none(file, algorithms)) {
        return Some(Flaw::Unsigned("none"));
    }
    if algorithms.is_some_and(|algorithms| is_from_header(file, algorithms)) {
        return Some(Flaw::ChosenAlgorithm);
    }
    option_is_off(file, call, "verify_exp").then_some(Flaw::Expired)
}

/// `options={"verify_signature": False}`, also under a name.
fn option_is_off(file: File<'_>, call: Call<'_>, option: &str) -> bool {
    let module = file.module();
    let Some(options) = call.keyword("options").map(|arg| assigned_value(file, arg.value).unwrap_or(arg.value)) else {
        return false;
    };
    let Expr::Dict(items) = module.expr(options) else { return false };
    module.list(items).iter().any(|item| {
        item.key.is_some_and(|key| literal(file, key) == Some(option)) && module.expr(item.value) == Expr::False
    })
}

fn names_none(file: File<'_>, algorithms: ExprId) -> bool {
    let module = file.module();
    let items = match module.expr(algorithms) {
        Expr::List(items) | Expr::Tuple(items) | Expr::Set(items) => module.list(items).to_vec(),
        _ => vec![algorithms],
    };
    items.iter().any(|&item| literal(file, item).is_some_and(|name| name.eq_ignore_ascii_case("none")))
}

/// `algorithms=[header["alg"]]` of a header that nobody verified.
fn is_from_header(file: File<'_>, algorithms: ExprId) -> bool {
    let module = file.module();
    let Expr::List(items) = module.expr(algorithms) else { return false };
    module.list(items).iter().any(|&item| {
        let value = assigned_value(file, item).unwrap_or(item);
        let holder = match module.expr(value) {
            Expr::Subscript { value, .. } => Some(value),
            Expr::Call { .. } => Call::of(module, value).and_then(|call| call.receiver()),
            _ => None,
        };
        let made = holder.map(|holder| assigned_value(file, holder).unwrap_or(holder));
        label(file, value) == Some("alg")
            && !is_compared(file, item)
            && made.is_some_and(|made| file.text_of(made).contains("unverified_header"))
    })
}

/// Whether the function asks if an expression is one of some values.
fn is_compared(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Some(function) = file.index().function_of(expr) else { return false };
    body_expressions(file, function).into_iter().any(|other| match module.expr(other) {
        Expr::Compare { left, .. } => file.text_of(left) == file.text_of(expr),
        _ => false,
    })
}

/// `getattr(hashlib, name)` with a name that the caller sent.
fn chooses_hash(file: File<'_>, call: Call<'_>) -> bool {
    let is_hashlib = call.positional(0).is_some_and(|from| file.text_of(from) == "hashlib");
    let Some(name) = call.positional(1).filter(|_| is_hashlib) else { return false };
    let source = |expr: ExprId| {
        let text = file.text_of(expr);
        ["request.", "headers.get(", "headers["].iter().any(|part| text.contains(part))
    };
    let mut name = name;
    for _ in 0..4 {
        if source(name) {
            return true;
        }
        let next = match file.module().expr(name) {
            Expr::Subscript { value, .. } => Some(value),
            Expr::Call { .. } => Call::of(file.module(), name).and_then(|call| call.receiver()),
            _ => assigned_value(file, name),
        };
        let Some(next) = next else { return false };
        name = next;
    }
    false
}

/// Reports a token whose claims decide who is calling although nothing verifies them.
fn report_unsigned(file: File<'_>, function: FunctionId, call: Call<'_>, how: &str, findings: &mut Findings) {
    let name = words::snake_case(file.function_name(function));
    let has = |set: &[&str]| set.iter().any(|word| words::has_word(&name, word));
    let token =
        call.positional(0).or_else(|| call.keyword("jwt").or_else(|| call.keyword("token")).map(|arg| arg.value));
    let is_from_provider = token.and_then(|token| label(file, token)).is_some_and(|name| name.contains("id_token"));
    let read = TokenCall { function: backlint_model::FunctionRef { file: file.id(), id: function }, call: call.expr };
    let claims = Claims::of(file, &read);
    let identity = body_expressions(file, function)
        .into_iter()
        .find(|&expr| claims.read(expr).is_some_and(|claim| IDENTITY.contains(&claim)));
    let decides = identity.is_some() || (has(AUTHENTICATING) && is_returned(file, function, call.expr));
    if is_from_provider || has(OTHERS) || !decides || is_verified_too(file, function, call.expr) {
        return;
    }
    let cause = match how {
        "none" => "The algorithm `none` is allowed, with which a token needs no signature",
        "get_unverified_claims" => "`get_unverified_claims` looks at no signature",
        _ => "The signature is not verified",
    };
    let message = format!(
        "{cause}, and the claims decide who is calling: anyone can write their own token. Decode it with the key and one \
         fixed algorithm."
    );
    let finding = findings.report(file.at(file.first_line(call.span())), file.qualified_name(function), message);
    if let Some(identity) = identity {
        finding.also(file.at_expr(identity), "believed here");
    }
}

/// Whether the same function decodes a token with its signature, or asks somebody else to.
fn is_verified_too(file: File<'_>, function: FunctionId, unverified: ExprId) -> bool {
    let module = file.module();
    body_expressions(file, function).into_iter().filter(|&expr| expr != unverified).any(|expr| {
        let Some(call) = Call::of(module, expr) else { return false };
        let Some(name) = call.name().map(words::snake_case) else { return false };
        let is_decode =
            name == "decode" && !call.args.is_empty() && !matches!(flaw(file, call), Some(Flaw::Unsigned(_)));
        let asks = ["introspect", "validate", "verify"].iter().any(|verb| words::has_word(&name, verb))
            || ["decode_", "_decode"].iter().any(|part| name.contains(part));
        is_decode && file.path_of(call.function).is_some_and(|path| path.contains("jwt")) || asks
    })
}

fn report_expired(file: File<'_>, call: Call<'_>, findings: &mut Findings) {
    let context = words::snake_case(&file.context_name(call.expr));
    if ["expired", "logout", "refresh", "revoke"].iter().any(|word| context.contains(word)) {
        return;
    }
    let message = "The time of expiry is not looked at: a token works for ever, also one that was stolen years ago. Drop \
                   `verify_exp` from the options.";
    findings
        .report(file.at(file.first_line(call.span())), file.context_name(call.expr), message)
        .severity(Severity::Medium)
        .audience(Audience::Pedantic);
}

fn report_algorithm(file: File<'_>, call: Call<'_>, findings: &mut Findings) {
    let message = "Whoever sends the value chooses how it is verified: the algorithm comes from the request. Name the \
                   algorithms that are allowed in the code.";
    findings
        .report(file.at(file.first_line(call.span())), file.context_name(call.expr), message)
        .severity(Severity::Medium);
}
