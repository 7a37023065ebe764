//! Cookies that handlers set themselves.

use std::collections::BTreeSet;

use backlint_finding::{Confidence, Findings};
use backlint_model::{File, Project, words};
use backlint_semantic::{Call, Constant, fold};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

use super::flags::{Flag, are_set_elsewhere, flag};
use crate::expressions::snake_label;
use crate::overrides::Overrides;

/// The flags, with their places among the arguments.
const FLAGS: &[(&str, usize)] = &[("secure", 6), ("httponly", 7)];

/// Words that make a cookie one that signs its bearer in.
const CREDENTIALS: &[&str] = &["auth", "jwt", "refresh", "remember", "session", "sessionid", "sid", "token"];

pub(super) fn check(project: &Project, overrides: &Overrides, findings: &mut Findings) {
    if are_set_elsewhere(project) {
        return;
    }
    let mut reported = BTreeSet::new();
    for file in project.app_files() {
        for call in file.calls_named(&["set_cookie"]) {
            let Some(cookie) = credential(project, file, call) else { continue };
            if call.receiver().is_none() || call.has_unpacking() || file.is_dev_only(call.expr) {
                continue;
            }
            let weak: Vec<Weakness> = FLAGS
                .iter()
                .filter_map(|&(name, place)| weakness(project, file, call, (name, place), overrides))
                .collect();
            let defaults: Option<Vec<Location>> = weak.iter().map(|weak| weak.default_at).collect();
            // Cookies that follow one default are one decision.
            if weak.is_empty() || defaults.is_some_and(|defaults| !reported.insert(defaults)) {
                continue;
            }
            report(file, call, &cookie, &weak, findings);
        }
    }
}

/// A flag that is off.
struct Weakness {
    flag: &'static str,
    unless: Option<String>,
    default_at: Option<Location>,
}

fn weakness(
    project: &Project,
    file: File<'_>,
    call: Call<'_>,
    (name, place): (&'static str, usize),
    overrides: &Overrides,
) -> Option<Weakness> {
    let Some(value) = call.argument(name, place) else {
        return Some(Weakness { flag: name, unless: None, default_at: None });
    };
    match flag(project, file, value, overrides) {
        Flag::On => None,
        Flag::Off { unless, default_at } => Some(Weakness { flag: name, unless, default_at }),
    }
}

/// What a cookie is called that carries a session or token; none for others, and for one that is being removed.
fn credential(project: &Project, file: File<'_>, call: Call<'_>) -> Option<String> {
    let key = call.argument("key", 0)?;
    let value = call.argument("value", 1)?;
    if is_removal(file, call, value) {
        return None;
    }
    let name = project.string(file.id(), key).or_else(|| snake_label(file, key))?;
    let is_credential = |text: &str| {
        let snake = words::snake_case(text);
        let has = |set: &[&str]| set.iter().any(|word| words::has_word(&snake, word));
        has(CREDENTIALS) && !has(&["csrf", "xsrf", "state", "nonce", "expires", "expiry", "type", "verifier"])
    };
    let is_readable = words::snake_case(&name).contains("csrf") || words::snake_case(&name).contains("xsrf");
    let by_value = || snake_label(file, value).is_some_and(|label| is_credential(&label));
    (!is_readable && (is_credential(&name) || by_value())).then_some(name)
}

/// An empty value, or a life that is over.
fn is_removal(file: File<'_>, call: Call<'_>, value: ExprId) -> bool {
    let module = file.module();
    let folded = |expr| fold(module, file.index(), expr);
    let is_over = |name: &str, place: usize| {
        call.argument(name, place).is_some_and(|life| matches!(folded(life), Constant::Int(0)))
    };
    let constant = folded(value);
    let is_plain = matches!(module.expr(value), Expr::Str(_) | Expr::True | Expr::False | Expr::Int(_));
    is_plain || constant.truth() == Some(false) || is_over("max_age", 2) || is_over("expires", 3)
}

fn report(file: File<'_>, call: Call<'_>, cookie: &str, weak: &[Weakness], findings: &mut Findings) {
    let names = weak.iter().map(|weak| format!("`{}`", weak.flag)).collect::<Vec<_>>().join(" and ");
    let risks: Vec<&str> = weak
        .iter()
        .map(|weak| match weak.flag {
            "secure" => "browsers send it over plain HTTP too",
            _ => "every script on the page can read it",
        })
        .collect();
    let unless = weak.iter().find_map(|weak| weak.unless.as_deref());
    let condition = unless.map_or_else(String::new, |name| format!(" unless `{name}` is set"));
    let message = format!(
        "The cookie `{cookie}` signs its bearer in and has {names} off{condition}: {}. Turn {} on outside development.",
        risks.join(", and "),
        if weak.len() == 1 { "it" } else { "them" },
    );
    let anchor = format!("{}: {cookie}", file.context_name(call.expr));
    let mut report = findings.report(file.at(file.first_line(call.span())), anchor, message);
    if unless.is_some() {
        report = report.confidence(Confidence::Medium);
    }
    for at in weak.iter().filter_map(|weak| weak.default_at) {
        report = report.also(at, "off by this default");
    }
}
