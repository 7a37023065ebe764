//! AUTH010: new passwords may be short, and nothing else is asked of them.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project, SchemaField, words};
use backlint_semantic::{Constant, fold};
use backlint_source::Location;
use backlint_syntax::ast::{CompareOp, Expr, ExprId, FunctionId};

use crate::expressions::snake_label;
use crate::served::is_served;

/// The length that is enough on its own.
const ENOUGH: i64 = 12;

/// The length below which no other condition helps.
const LEAST: i64 = 8;

/// Below it code asks whether there is a password at all, or hides one.
const FEWEST: i64 = 4;

/// Signs of a check against known passwords, or of a measure of strength.
const BREACH_CHECKS: &[&str] =
    &["common_password", "haveibeenpwned", "hibp", "password_strength", "password_validation", "pwned", "zxcvbn"];

/// Signs of further conditions beside the length.
const CONDITIONS: &[&str] = &[
    "common",
    "digit",
    "entropy",
    "isalnum",
    "isalpha",
    "islower",
    "isupper",
    "pattern",
    "punctuation",
    "re.compile",
    "re.fullmatch",
    "re.match",
    "re.search",
    "regex",
    "special",
    "strength",
    "strong",
    "upper",
];

/// Words of functions, schemas and routes that take a password which exists already.
const LOGINS: &[&str] = &["authenticate", "credentials", "login", "logon", "signin"];

/// Words of names for passwords that nobody chooses anew here, and of code that looks at settings.
const OTHERS: &[&str] = &[
    "config", "confirm", "current", "database", "db", "env", "hash", "hashed", "old", "redis", "setting", "settings",
    "smtp", "startup",
];

/// Words of functions that judge a password.
const JUDGES: &[&str] = &["check", "is", "policy", "valid", "validate", "validator", "verify"];

/// A minimum that code asks of new passwords.
struct Minimum {
    at: Location,
    length: i64,
    anchor: String,
    /// Whether the length is all that is asked.
    is_alone: bool,
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut minimums = compared(project);
    minimums.extend(declared(project));
    minimums.sort_by_key(|minimum| minimum.at);
    let is_weak = |minimum: &Minimum| minimum.length < LEAST || (minimum.is_alone && minimum.length < ENOUGH);
    if !minimums.iter().any(is_weak) || looks_up_breaches(project) {
        return;
    }
    let strictest = minimums.iter().filter(|minimum| !is_weak(minimum)).max_by_key(|minimum| minimum.length);
    for minimum in minimums.iter().filter(|minimum| is_weak(minimum)) {
        let message = format!(
            "New passwords only need {} characters; a minimum of {ENOUGH} characters or a check against a list of breached \
             passwords would be stronger.",
            minimum.length,
        );
        let finding = findings.report(minimum.at, minimum.anchor.clone(), message);
        if let Some(strict) = strictest {
            finding.also(strict.at, format!("here {} characters are asked for", strict.length));
        }
    }
}

fn looks_up_breaches(project: &Project) -> bool {
    project.app_files().any(|file| {
        let text = file.source().text();
        BREACH_CHECKS.iter().any(|sign| text.contains(sign))
    })
}

/// `if len(password) < 8: …`, `return len(password) >= 8`.
fn compared(project: &Project) -> Vec<Minimum> {
    let mut found = Vec::new();
    for file in project.app_files() {
        let text = file.source().text();
        if !text.contains("len(") || !["assw", "pwd"].iter().any(|word| text.contains(word)) {
            continue;
        }
        for call in file.calls_named(&["len"]) {
            let Some(measured) = call.positional(0) else { continue };
            if snake_label(file, measured).is_some_and(|name| is_new_password(&name)) && !file.is_dev_only(call.expr) {
                found.extend(compared_length(file, call.expr));
            }
        }
    }
    found
}

fn compared_length(file: File<'_>, len: ExprId) -> Option<Minimum> {
    let module = file.module();
    let around = file.index().function_of(len)?;
    let body = module.stmt_span(file.function(around).stmt);
    let name = words::snake_case(file.function_name(around));
    let anchor = file.qualified_name(around);
    let whole_name = words::snake_case(&anchor.replace('.', "_"));
    if has_any(&whole_name, LOGINS) || has_any(&whole_name, OTHERS) {
        return None;
    }
    let (op, bound, expr) = module.expr_ids().find_map(|expr| match module.expr(expr) {
        Expr::Compare { left, rest } if left == len => match module.list(rest) {
            [only] => Some((only.op, only.right, expr)),
            _ => None,
        },
        _ => None,
    })?;
    let bound = number(file, around, bound)?;
    let is_judge = has_any(&name, JUDGES);
    let length = match op {
        CompareOp::Lt => bound,
        CompareOp::LtE => bound.saturating_add(1),
        CompareOp::GtE if is_judge => bound,
        CompareOp::Gt if is_judge => bound.saturating_add(1),
        _ => return None,
    };
    if length < FEWEST {
        return None;
    }
    let text = file.slice(body);
    let is_alone = !CONDITIONS.iter().any(|sign| text.contains(sign)) && !calls_validator(text);
    Some(Minimum { at: file.at_expr(expr), length, anchor, is_alone })
}

/// The value of a number, or of the parameter that has it as its default.
fn number(file: File<'_>, function: FunctionId, expr: ExprId) -> Option<i64> {
    let module = file.module();
    if let Constant::Int(number) = fold(module, file.index(), expr) {
        return Some(number);
    }
    let Expr::Name(name) = module.expr(expr) else { return None };
    let param = module.list(file.function(function).params).iter().find(|param| param.name == name)?;
    match fold(module, file.index(), param.default?) {
        Constant::Int(number) => Some(number),
        _ => None,
    }
}

/// Whether code hands the password to a validator besides.
fn calls_validator(text: &str) -> bool {
    const NAME: &str = "validate_password";
    text.match_indices(NAME).any(|(at, _)| !text[..at].ends_with("def ") && !text[..at].ends_with("def _"))
}

/// `password: str = Field(min_length=8)` in what routes read from the body.
fn declared(project: &Project) -> Vec<Minimum> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for route in project.routes().iter().filter(|route| is_served(project, route) && !route.is_read_only_method()) {
        let path = route.path.to_ascii_lowercase();
        if LOGINS.iter().chain(&["sign-in", "token"]).any(|word| path.contains(word)) {
            continue;
        }
        for body in project.bodies(route).into_iter().filter(|body| seen.insert(body.schema)) {
            let Some(schema) = project.schema(body.schema) else { continue };
            if schema.is_validated || has_any(&words::snake_case(&schema.name), LOGINS) {
                continue;
            }
            let fields = schema.fields.iter().filter(|field| field.bounds.shortest && !field.is_validated);
            for field in fields.filter(|field| is_new_password(&words::snake_case(&field.name))) {
                let Some(length) = declared_length(project, field).filter(|length| *length >= FEWEST) else { continue };
                let anchor = format!("{}.{}", schema.name, field.name);
                let is_known = found.iter().any(|known: &Minimum| known.at == field.at);
                // The handler may ask for more than the model can say.
                let is_alone = !field.bounds.form && !is_checked_by(project, body.function);
                if !is_known {
                    found.push(Minimum { at: field.at, length, anchor, is_alone });
                }
            }
        }
    }
    found
}

fn declared_length(project: &Project, field: &SchemaField) -> Option<i64> {
    let file = project.file(field.at.file)?;
    let module = file.module();
    file.calls_named(&["Field", "StringConstraints", "constr"])
        .filter(|call| field.at.span.contains(module.span(call.expr)))
        .find_map(|call| match fold(module, file.index(), call.keyword("min_length")?.value) {
            Constant::Int(number) => Some(number),
            _ => None,
        })
}

/// Whether a handler looks at the password itself, or a function it calls does.
fn is_checked_by(project: &Project, handler: FunctionRef) -> bool {
    let called = project.callees(handler).iter().map(|callee| callee.function);
    std::iter::once(handler).chain(called).any(|function| {
        project.file(function.file).is_some_and(|file| {
            let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
            text.contains("len(") || text.contains("policy") || text.contains("strength") || calls_validator(text)
        })
    })
}

fn is_new_password(name: &str) -> bool {
    has_any(name, &["passwd", "password", "pwd"]) && !has_any(name, OTHERS)
}

fn has_any(name: &str, wanted: &[&str]) -> bool {
    wanted.iter().any(|word| words::has_word(name, word))
}
