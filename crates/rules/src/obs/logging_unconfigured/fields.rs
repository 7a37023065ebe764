//! Form (c): fields that log calls add and no formatter prints.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{Audience, Findings};
use backlint_model::{File, Project};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{ClassId, Expr};

use super::super::traces::{formatters_in, in_code};
use crate::expressions::literal;

/// Formatters of libraries that print whatever a line carries.
const GENERIC: &[&str] = &[
    "ecs_logging",
    "google.cloud.logging",
    "json_log_formatter",
    "jsonlogger",
    "logstash",
    "loguru",
    "pythonjsonlogger",
    "structlog",
];

const LEVEL_CALLS: &[&str] = &["critical", "debug", "error", "exception", "info", "log", "warn", "warning"];

/// How many lost fields a message names.
const SHOWN: usize = 4;

/// A formatter of the project.
struct Formatter<'p> {
    name: &'p str,
    /// Where it reads the first field of its own choice, else its header.
    at: Location,
}

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let Some((formatters, read)) = formatters(project) else { return };
    let Some(first) = formatters.first() else { return };
    let mut lost: BTreeMap<&str, Location> = BTreeMap::new();
    for file in project.app_files() {
        for (key, at) in extra_keys(file) {
            if !read.contains(key) {
                lost.entry(key).or_insert(at);
            }
        }
    }
    // A library that prints everything may stand beside the project's own formatter.
    let Some((_, &at)) = lost.first_key_value() else { return };
    if in_code(project, GENERIC) {
        return;
    }
    let names: Vec<String> = lost.keys().take(SHOWN).map(|key| format!("`{key}`")).collect();
    let more = lost.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!(
        "`{}` prints chosen fields only: {}{rest}, which log calls pass as `extra`, reach no line.",
        first.name,
        names.join(", ")
    );
    findings.report(first.at, first.name, message).audience(Audience::Pedantic).also(at, "passes a field that is lost");
}

/// The formatters of the project and all fields they read; none if one of them may print every field.
fn formatters(project: &Project) -> Option<(Vec<Formatter<'_>>, BTreeSet<&str>)> {
    let mut found = Vec::new();
    let mut read = BTreeSet::new();
    for file in project.app_files().filter(|file| file.module().symbol("Formatter").is_some()) {
        for class in formatters_in(file) {
            let body = file.slice(file.module().stmt_span(file.class(class).stmt));
            if ["__dict__", "vars(", "extra", "RESERVED", "super().format("].iter().any(|word| body.contains(word)) {
                return None;
            }
            let fields = fields_read(file, class);
            let custom = fields.iter().find(|(key, _)| !is_standard(key));
            let at = custom.map_or(file.at(file.class(class).header), |&(_, at)| at);
            read.extend(fields.iter().map(|(key, _)| *key));
            found.push(Formatter { name: file.class_name(class), at });
        }
        // Fields may stand in a format text instead.
        read.extend(format_fields(file.source().text()));
    }
    Some((found, read))
}

/// `record.key`, `getattr(record, "key")` and `hasattr(record, "key")` in a class.
fn fields_read(file: File<'_>, class: ClassId) -> Vec<(&str, Location)> {
    let module = file.module();
    let own = module.stmt_span(file.class(class).stmt);
    let parts =
        module.expr_ids().filter(|&expr| own.start <= module.span(expr).start && module.span(expr).end <= own.end);
    let mut found: Vec<(&str, Location)> = parts
        .filter_map(|expr| match module.expr(expr) {
            Expr::Attribute { value, name } if file.text_of(value) == "record" => {
                Some((module.text(name), file.at_expr(expr)))
            }
            Expr::Call { .. } => {
                let call = Call::of(module, expr).filter(|call| matches!(call.name(), Some("getattr" | "hasattr")))?;
                let key = literal(file, call.positional(1)?)?;
                (file.text_of(call.positional(0)?) == "record").then(|| (key, file.at_expr(expr)))
            }
            _ => None,
        })
        .collect();
    found.sort_by_key(|(_, at)| at.span);
    found
}

/// The names in `%(name)s`.
fn format_fields(text: &str) -> impl Iterator<Item = &str> {
    text.split("%(").skip(1).filter_map(|rest| rest.split(')').next())
}

/// Whether every record has the field.
fn is_standard(key: &str) -> bool {
    const FIELDS: &[&str] = &[
        "args",
        "created",
        "exc_info",
        "exc_text",
        "filename",
        "funcName",
        "getMessage",
        "levelname",
        "levelno",
        "lineno",
        "message",
        "module",
        "msecs",
        "msg",
        "name",
        "pathname",
        "process",
        "processName",
        "stack_info",
        "thread",
        "threadName",
    ];
    FIELDS.contains(&key)
}

/// The keys of `extra={…}` in the log calls of a file.
fn extra_keys(file: File<'_>) -> Vec<(&str, Location)> {
    let module = file.module();
    let mut found = Vec::new();
    for call in file.calls_named(LEVEL_CALLS) {
        let Some(extra) = call.keyword("extra") else { continue };
        let Expr::Dict(items) = module.expr(extra.value) else { continue };
        let keys = module.list(items).iter().filter_map(|item| literal(file, item.key?));
        found.extend(keys.map(|key| (key, file.at(extra.span))));
    }
    found
}
