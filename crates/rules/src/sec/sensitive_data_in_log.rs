//! SEC007: secrets, contact data and what users wrote, in log lines.

mod content;
mod redaction;
mod secret;
mod shown;

use backlint_finding::{Audience, Confidence, Findings, Severity};
use backlint_model::{File, Project, Role};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::ExprId;

use crate::logging::is_log_call;

/// The methods of loggers that write in production.
const LEVELS: &[&str] = &[
    "acritical",
    "aerror",
    "aexception",
    "ainfo",
    "awarning",
    "critical",
    "error",
    "exception",
    "fatal",
    "info",
    "log",
    "notice",
    "print",
    "success",
    "warn",
    "warning",
];

/// A value that should not stand in a log line.
struct Leak {
    /// The part of the argument that is shown.
    at: ExprId,
    /// What it is: "The access token", "The command line".
    what: String,
    /// Where the value comes from.
    origin: Option<Location>,
    kind: LeakKind,
}

/// What kind of harm it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum LeakKind {
    Secret,
    Content,
    Contact,
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if redaction::is_in_force(project) {
        return;
    }
    for file in project.files().filter(|file| file.role() == Role::App) {
        for call in file.calls_named(LEVELS) {
            let Some(level) = level(file, call) else { continue };
            let shown = shown::values(file, call);
            let secret = || shown.iter().find_map(|&expr| secret::leak(project, file, expr));
            let other = || shown.iter().find_map(|&expr| content::leak(file, expr, level));
            let Some(leak) = secret().or_else(other) else { continue };
            if !file.is_dev_only(call.expr) && !is_tool(file, call.expr) {
                report(file, call, &leak, findings);
            }
        }
    }
}

/// The level of a call that logs, unless it is one that is off in production, or a deliberate record.
fn level<'p>(file: File<'p>, call: Call<'p>) -> Option<&'p str> {
    let name = call.name()?;
    let callee = file.text_of(call.function).to_ascii_lowercase();
    let is_record = ["audit", "security", "math.", "np.", "numpy.", "torch."].iter().any(|word| callee.contains(word));
    let is_debug = name == "log" && call.positional(0).is_some_and(|level| file.text_of(level).contains("DEBUG"));
    let is_bare = call.receiver().is_none() && name != "print";
    (is_log_call(file, call) && !is_record && !is_debug && !is_bare).then_some(name)
}

/// Whether the call stands in a command of a command-line tool, or in what runs when the file is started.
fn is_tool(file: File<'_>, expr: ExprId) -> bool {
    let Some(function) = file.index().function_of(expr) else { return true };
    let module = file.module();
    let decorators = module.list(file.function(function).decorators);
    let is_command = decorators.iter().any(|decorator| {
        let text = file.text_of(decorator.expr);
        ["command", "cli.", "click.", "typer"].iter().any(|word| text.contains(word))
    });
    is_command || file.function_name(function) == "main" || file.local_path().ends_with("__main__.py")
}

fn report(file: File<'_>, call: Call<'_>, leak: &Leak, findings: &mut Findings) {
    let method = call.name().unwrap_or_default();
    let harm = match leak.kind {
        LeakKind::Secret => "whoever reads the log can use it. Leave it out, or log an id or a hash of it",
        LeakKind::Content => "logs are kept longer and read by more people than what users send. Log ids and lengths",
        LeakKind::Contact => "it makes the log a register of people. Log the id of the account",
    };
    let message = format!("{} is written to the log by `{method}`: {harm}.", leak.what);
    let shown: String = file.text_of(leak.at).chars().take(40).collect();
    let anchor = format!("{}: {shown}", file.context_name(call.expr));
    let mut finding = findings.report(file.at(file.first_line(call.span())), anchor, message);
    if leak.kind != LeakKind::Secret {
        finding = finding.severity(Severity::Low).confidence(Confidence::Medium).audience(Audience::Pedantic);
    }
    if let Some(origin) = leak.origin {
        finding.also(origin, "the value comes from here");
    }
}
