//! PROC001: a wait for another process that has no end.

mod limits;
mod waits;

use backlint_finding::{Audience, Confidence, Findings, Severity};
use backlint_model::{File, Project, Reach};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use crate::deadlines::has_task_time_limit;
use crate::expressions::{assigned_value, literal};
use crate::reached::reach_of;
use limits::is_limited;
use waits::Wait;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        for wait in waits::find(project, file) {
            if file.index().function_of(wait.at).is_some() && !is_limited(file, &wait) {
                report(project, file, &wait, findings);
            }
        }
    }
}

fn report(project: &Project, file: File<'_>, wait: &Wait, findings: &mut Findings) {
    let reach = file.index().function_of(wait.at).and_then(|function| reach_of(project, file, function));
    let is_bounded_task = reach == Some(Reach::Task) && has_task_time_limit(project);
    let anchor = format!("{}: {}", file.context_name(wait.at), wait.what);
    let mut report = findings.report(file.at_expr(wait.at), anchor, message(wait, reach, is_bounded_task));
    if let Some(started) = wait.started_at {
        report = report.also(file.at(file.first_line(file.module().span(started))), "the process is started here");
    }
    if let Some(read) = wait.read_at {
        report = report.also(file.at_expr(read), "and its output is read to the end here, which waits for it too");
    }
    if is_bounded_task {
        report = report.severity(Severity::Low);
    }
    if reach.is_none() {
        // Nothing is known to run it in production, but calls are not followed through everything.
        report = report.confidence(Confidence::Low).audience(Audience::Pedantic);
    }
    if is_instant(file, wait.started_at.unwrap_or(wait.at)) {
        report.audience(Audience::Pedantic);
    }
}

fn message(wait: &Wait, reach: Option<Reach>, is_bounded_task: bool) -> String {
    let holder = match reach {
        Some(Reach::Request) => "the request and its worker wait",
        Some(Reach::Task) => "the task and its worker wait",
        Some(Reach::Worker) => "the thread waits",
        None => "whoever calls this waits",
    };
    let what = &wait.what;
    let cure = wait.cure();
    if is_bounded_task {
        return format!(
            "If the process hangs, the time limit of the task ends the worker at `{what}` and leaves the process running; {cure}."
        );
    }
    format!("If the process hangs, {holder} at `{what}` for ever; {cure}.")
}

/// Whether the process only tells something at once: `git rev-parse`, `ffmpeg -version`.
fn is_instant(file: File<'_>, start: ExprId) -> bool {
    const AT_ONCE: &[&str] = &[
        "arch",
        "basename",
        "cat",
        "date",
        "df",
        "echo",
        "free",
        "getent",
        "groups",
        "hostname",
        "id",
        "kill",
        "killall",
        "ls",
        "lsb_release",
        "lscpu",
        "mkdir",
        "nproc",
        "pgrep",
        "pidof",
        "pkill",
        "ps",
        "pwd",
        "stat",
        "taskkill",
        "test",
        "true",
        "uname",
        "uptime",
        "which",
        "whoami",
    ];
    const OPENSSL: &[&str] = &["pkey", "rand", "req", "rsa", "version", "x509"];
    const GIT: &[&str] = &["branch", "config", "describe", "log", "rev-parse", "show", "status", "symbolic-ref"];
    let Some(call) = Call::of(file.module(), start) else { return false };
    let words = command_words(file, call);
    let has_version = words.iter().any(|word| matches!(*word, "--version" | "-version" | "-V"));
    let is_git = words.first() == Some(&"git") && words.iter().any(|word| GIT.contains(word));
    let is_openssl = words.first() == Some(&"openssl") && words.get(1).is_some_and(|word| OPENSSL.contains(word));
    has_version || is_git || is_openssl || words.first().is_some_and(|word| AT_ONCE.contains(word))
}

/// The words of a command that stand in the source; those that are computed are left out.
fn command_words<'p>(file: File<'p>, call: Call<'p>) -> Vec<&'p str> {
    let module = file.module();
    let mut words = Vec::new();
    for arg in call.args.iter().take(2) {
        match module.expr(assigned_value(file, arg.value).unwrap_or(arg.value)) {
            Expr::List(items) | Expr::Tuple(items) => {
                words.extend(module.list(items).iter().filter_map(|&item| literal(file, item)));
            }
            Expr::Str(text) => words.extend(module.text(text).split_whitespace()),
            _ => {}
        }
    }
    words
}
