//! AUTH004: a login that hands out a token without verifying the credential.

mod credential;
mod mint;

use backlint_finding::{Confidence, Findings, Severity};
use backlint_model::{File, words};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{ExprId, FunctionId};

use crate::expressions::label;
use crate::handlers::handler_path;
use crate::protections::Protection;
use credential::{Credential, Treatment};

/// Functions that take a credential for others.
const LOGINS: &[&str] = &["authenticate", "issue_token", "log_in", "login", "sign_in", "signin"];

/// Routes on which a new credential is set or checked by other means.
const OTHER_ROUTES: &[&str] = &[
    "callback",
    "confirm",
    "create_user",
    "forgot",
    "oauth",
    "register",
    "registration",
    "reset",
    "sign_up",
    "signup",
    "sso",
];

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if !file.role().is_reported() {
        return;
    }
    for function in file.module().function_ids() {
        if let Some((mint, credential)) = unverified(file, function) {
            report(file, function, mint, &credential, findings);
        }
    }
}

/// Whether a function hands out sessions to whoever asks.
pub(crate) fn accepts_anybody(file: File<'_>, function: FunctionId) -> bool {
    unverified(file, function).is_some()
}

/// What a login hands out, and the credential that it takes and never verifies.
fn unverified(file: File<'_>, function: FunctionId) -> Option<(ExprId, Credential)> {
    if !is_login(file, function) || is_guarded(file, function) {
        return None;
    }
    let mint = mint::find(file, function).filter(|_| !has_verification(file, function))?;
    let credential = credential::find(file, function)?;
    let is_doubtful = credential.is_assumed && !is_named_login(file, function);
    let is_lost = credential.treatment == Treatment::NeverVerified && !file.is_dev_only(mint) && !is_doubtful;
    is_lost.then_some((mint, credential))
}

fn report(file: File<'_>, function: FunctionId, mint: ExprId, credential: &Credential, findings: &mut Findings) {
    let handler = file.function_name(function);
    let name = &credential.name;
    let message = match credential.presence_test {
        Some(_) => format!(
            "`{handler}` hands out a session after checking only that `{name}` is there: any `{name}` is accepted. Verify it against the stored hash first."
        ),
        None => format!(
            "`{handler}` hands out a session and never looks at `{name}`: any `{name}` is accepted. Verify it against the stored hash first."
        ),
    };
    let mut report = findings.report(file.at_function(function), handler, message);
    if credential.is_assumed {
        report = report.confidence(Confidence::Medium);
    }
    // Who calls it is not seen from here; perhaps only tests do.
    if handler_path(file, function).is_none() {
        report = report.severity(Severity::High);
    }
    if let Some(test) = credential.presence_test {
        report = report.also(file.at_expr(test), format!("all that is asked of `{name}`"));
    }
    report.also(file.at(file.first_line(file.module().span(mint))), "handed out here");
}

fn is_login(file: File<'_>, function: FunctionId) -> bool {
    if handler_path(file, function).is_none() && !is_named_login(file, function) {
        return false;
    }
    let about = name_and_path(file, function);
    !OTHER_ROUTES.iter().any(|word| words::has_word(&about, word))
}

fn is_named_login(file: File<'_>, function: FunctionId) -> bool {
    let about = name_and_path(file, function);
    LOGINS.iter().any(|word| words::has_word(&about, word))
}

/// The function's name and the path it answers, as words.
fn name_and_path(file: File<'_>, function: FunctionId) -> String {
    let name = words::snake_case(file.function_name(function));
    let path = handler_path(file, function).unwrap_or_default().replace(['/', '-'], "_").to_lowercase();
    format!("{name}_{path}")
}

/// Whether a decorator or dependency checks the caller before.
fn is_guarded(file: File<'_>, function: FunctionId) -> bool {
    let module = file.module();
    let definition = file.function(function);
    let decorators = module.list(definition.decorators).iter().map(|decorator| decorator.expr);
    let params = module.list(definition.params).iter().flat_map(|param| [param.annotation, param.default]).flatten();
    let by_decorator =
        decorators.filter(|&decorator| crate::handlers::route_path(file, decorator).is_none()).any(|decorator| {
            let callee = Call::of(module, decorator).map_or(decorator, |call| call.function);
            Protection::of_name(file.text_of(callee)) == Some(Protection::Guard)
        });
    by_decorator || params.into_iter().any(|expr| depends_on_guard(file, expr))
}

fn depends_on_guard(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    descendants(module, expr).into_iter().filter_map(|inner| Call::of(module, inner)).any(|call| {
        let is_dependency = matches!(call.name(), Some("Depends" | "Security"));
        let provider = call.positional(0).and_then(|provider| label(file, provider)).map(words::snake_case);
        is_dependency
            && provider.is_some_and(|name| {
                Protection::of_name(&name) == Some(Protection::Guard)
                    || ["verify", "user", "token", "check"].iter().any(|word| name.contains(word))
            })
    })
}

/// Whether anything in the function verifies something: then it may be what the credential stands for.
fn has_verification(file: File<'_>, function: FunctionId) -> bool {
    const VERBS: &[&str] = &["auth", "bind", "check", "compare", "confirm", "match", "valid", "verif"];
    let module = file.module();
    own_statements(module, module.body(function)).into_iter().flat_map(|stmt| expressions_of(module, stmt)).any(
        |expr| {
            descendants(module, expr).into_iter().filter_map(|inner| Call::of(module, inner)).any(|call| {
                let name = call.name().unwrap_or_default().to_lowercase();
                let is_about_limits =
                    ["rate", "limit", "throttl", "config", "format"].iter().any(|word| name.contains(word));
                // `encode_auth_token` and the like hand out; they verify nothing.
                let hands_out = ["create", "generate", "encode", "issue", "make", "http", "exception", "error"]
                    .iter()
                    .any(|word| name.contains(word));
                !is_about_limits && !hands_out && VERBS.iter().any(|verb| name.contains(verb))
            })
        },
    )
}
