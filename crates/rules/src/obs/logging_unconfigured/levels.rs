//! Form (c): a handler made for one logger starts above what is logged there.

use std::collections::BTreeMap;

use backlint_finding::{Audience, Findings};
use backlint_model::{File, Project};
use backlint_semantic::{BindingKind, Call};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

use crate::expressions::literal;

const LEVELS: &[(&str, u8)] =
    &[("debug", 10), ("info", 20), ("warning", 30), ("warn", 30), ("error", 40), ("exception", 40), ("critical", 50)];
const LEVEL_CALLS: &[&str] = &["critical", "debug", "error", "exception", "info", "warn", "warning"];

/// A handler that only takes lines of a named logger from some level on.
struct Dedicated {
    logger: String,
    level: u8,
    at: Location,
    handler: String,
}

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let dedicated: Vec<Dedicated> = project.app_files().flat_map(dedicated_handlers).collect();
    if dedicated.is_empty() {
        return;
    }
    let calls = calls_by_logger(project);
    for handler in dedicated {
        let own = calls.get(&handler.logger).map_or(&[][..], Vec::as_slice);
        let Some((name, at)) = own.iter().find(|(name, _)| level_of(name).is_some_and(|level| level < handler.level))
        else {
            continue;
        };
        let Dedicated { logger, handler: variable, .. } = &handler;
        let message = format!(
            "What `{name}` logs to `{logger}` never reaches `{variable}`, the handler made for that logger: it starts at \
             a higher level."
        );
        findings.report(handler.at, logger.clone(), message).audience(Audience::Pedantic).also(*at, "is lost here");
    }
}

/// `handler.setLevel(logging.WARNING)` together with `logging.getLogger("name").addHandler(handler)` in one file.
fn dedicated_handlers(file: File<'_>) -> Vec<Dedicated> {
    let mut found = Vec::new();
    for added in file.calls_named(&["addHandler"]) {
        let (Some(logger), Some(handler)) = (added.receiver(), added.positional(0)) else { continue };
        let Some(logger) = logger_name(file, logger).filter(|name| !name.is_empty() && name != "__name__") else {
            continue;
        };
        let variable = file.text_of(handler);
        let same_function = |call: &Call<'_>| {
            file.index().function_of(call.expr) == file.index().function_of(added.expr)
                && call.receiver().is_some_and(|receiver| file.text_of(receiver) == variable)
        };
        let Some(set) = file.calls_named(&["setLevel"]).find(same_function) else { continue };
        let text = set.positional(0).map_or("", |level| file.text_of(level)).to_ascii_lowercase();
        let Some(level) = level_of(text.rsplit('.').next().unwrap_or_default()) else { continue };
        found.push(Dedicated { logger, level, at: file.at_expr(set.expr), handler: variable.to_owned() });
    }
    found
}

fn level_of(name: &str) -> Option<u8> {
    LEVELS.iter().find(|(known, _)| *known == name).map(|(_, level)| *level)
}

/// The calls on each logger that is named by a text, in source order.
fn calls_by_logger(project: &Project) -> BTreeMap<String, Vec<(&str, Location)>> {
    let mut found: BTreeMap<String, Vec<(&str, Location)>> = BTreeMap::new();
    for file in project.app_files() {
        for call in file.calls_named(LEVEL_CALLS) {
            let (Some(name), Some(receiver)) = (call.name(), call.receiver()) else { continue };
            if let Some(logger) = logger_name(file, receiver) {
                found.entry(logger).or_default().push((name, file.at_expr(call.expr)));
            }
        }
    }
    found
}

/// What a logger is called that the expression is, or that its name is assigned: empty for the root, `__name__` for the
/// module's own.
pub(super) fn logger_name(file: File<'_>, logger: ExprId) -> Option<String> {
    let Expr::Name(name) = file.module().expr(logger) else { return name_given(file, logger) };
    let bindings = file.index().lookup(file.index().scope_of_name(logger), name);
    let mut names = bindings.iter().map(|binding| match binding.kind {
        BindingKind::Assign { value: Some(value), .. } => name_given(file, value),
        _ => None,
    });
    let first = names.next()??;
    names.all(|name| name.as_ref() == Some(&first)).then_some(first)
}

/// The name in `logging.getLogger(name)`.
fn name_given(file: File<'_>, value: ExprId) -> Option<String> {
    let call = Call::of(file.module(), value)?;
    if file.path_of(call.function)? != "logging.getLogger" {
        return None;
    }
    match call.argument("name", 0) {
        None => Some(String::new()),
        Some(name) => match literal(file, name) {
            Some(text) => Some(text.to_owned()),
            None => (file.text_of(name) == "__name__").then(|| "__name__".to_owned()),
        },
    }
}
