//! CFG010: an application that runs with its debugger on.

mod classes;
mod deployed;

use backlint_finding::{Audience, Confidence, Findings, Severity};
use backlint_model::{File, Project};
use backlint_semantic::{Call, env_lookup};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use crate::apps::is_flask;
use crate::expressions::{label, literal, path_ends_with, tests_around};
use crate::launched::{is_served_by, launched_file, production_commands};
use crate::overrides::Overrides;
use crate::switches::{Switch, project_switch};

/// A place that decides whether an application runs in debug mode.
struct DebugFlag<'p> {
    file: File<'p>,
    value: ExprId,
    /// What to show: the argument or the assignment.
    at: Location,
    what: What,
}

/// What the flag does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// Starts the development server, with its debugger, on every interface or only on this machine.
    Serve { is_open: bool },
    /// Makes an application answer with its stack traces.
    Answer,
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let overrides = Overrides::read(project);
    let loaded = classes::loaded(project);
    for file in project.reported_files() {
        let fields = classes::debug_fields(file, &loaded).into_iter();
        let fields = fields.map(|(stmt, value)| DebugFlag { file, value, at: file.at_stmt(stmt), what: What::Answer });
        for flag in flags(project, file).into_iter().chain(fields) {
            if !file.is_dev_only(flag.value) && !is_chosen(file, flag.value) {
                report(project, &flag, &overrides, findings);
            }
        }
    }
    deployed::check(project, findings);
}

/// Whether a condition around asks whether to debug: what stands in one of its branches is a choice that somebody made.
fn is_chosen(file: File<'_>, value: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(value) else { return false };
    file.index().stmt_ancestors(stmt).any(|parent| match module.stmt(parent.stmt) {
        Stmt::If { clauses, .. } => {
            let asks = |test| file.text_of(test).to_ascii_lowercase().contains("debug");
            module.list(clauses).iter().any(|clause| asks(clause.test))
        }
        _ => false,
    })
}

fn report(project: &Project, flag: &DebugFlag<'_>, overrides: &Overrides<'_>, findings: &mut Findings) {
    let file = flag.file;
    let (state, default_at) = project_switch(project, file, flag.value);
    let when = match &state {
        Switch::On => String::new(),
        Switch::OnUnless(key) if !overrides.decide(key) => format!("Unless `{key}` is set, "),
        _ => return,
    };
    let consequence = match flag.what {
        What::Serve { is_open: true } => {
            "the interactive debugger listens on every interface: whoever reaches the port can run code."
        }
        What::Serve { is_open: false } => "the interactive debugger is on: whoever reaches it can run code.",
        What::Answer => "the application runs in debug mode and answers errors with its stack traces.",
    };
    let sentence = if when.is_empty() { capitalised(consequence) } else { format!("{when}{consequence}") };
    let anchor = format!("{}: {}", file.context_name(flag.value), file.slice(flag.at.span));
    let message = format!("{sentence} Turn it on by a setting that is off unless set.");
    let mut report = findings.report(default_at.unwrap_or(flag.at), anchor, message);
    if default_at.is_some() {
        report = report.also(flag.at, "handed to the application here");
    }
    if matches!(state, Switch::OnUnless(_)) {
        report = report.confidence(Confidence::Medium);
    }
    if matches!(flag.what, What::Serve { .. }) && is_run_by_hand(project, file, flag.value) {
        report = report.audience(Audience::Pedantic);
    }
    match flag.what {
        What::Serve { is_open: true } => report.severity(Severity::Critical),
        What::Serve { is_open: false } => report,
        What::Answer => report.severity(Severity::Medium),
    };
}

/// Whether a development server is started below `if __name__ == "__main__"` in a file that production has a server
/// import, and that nothing there runs as a program.
fn is_run_by_hand(project: &Project, file: File<'_>, value: ExprId) -> bool {
    let Some(stmt) = file.index().stmt_of(value) else { return false };
    let is_below_main = || tests_around(file, stmt).any(|test| file.text_of(test).contains("__main__"));
    let is_served = || production_commands(project).any(|command| is_served_by(file, command));
    let is_program = || {
        let mut programs = production_commands(project).filter_map(|command| launched_file(project, command));
        programs.any(|program| program.id() == file.id())
    };
    is_below_main() && is_served() && !is_program()
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// All places of a file that decide about debug mode.
fn flags<'p>(project: &Project, file: File<'p>) -> Vec<DebugFlag<'p>> {
    let module = file.module();
    let mut found = Vec::new();
    for call in file.calls() {
        let Some(what) = call_meaning(project, file, call) else { continue };
        if let Some(arg) = call.keyword("debug") {
            found.push(DebugFlag { file, value: arg.value, at: file.at(arg.span), what });
        }
    }
    for stmt in module.stmt_ids() {
        let Stmt::Assign { targets, value } = module.stmt(stmt) else { continue };
        if module.list(targets).iter().any(|&target| is_app_debug(project, file, target)) {
            found.push(DebugFlag { file, value, at: file.at_stmt(stmt), what: What::Answer });
        }
    }
    found
}

/// What `debug=` means to a call: `app.run`, `socketio.run`, `FastAPI(…)`.
fn call_meaning(project: &Project, file: File<'_>, call: Call<'_>) -> Option<What> {
    match call.name()? {
        "run" => {
            let receiver = call.receiver()?;
            // These ignore the flag or take it for more log lines.
            let name = label(file, receiver).unwrap_or_default();
            let is_other = matches!(name, "uvicorn" | "asyncio" | "subprocess" | "anyio" | "web" | "hypercorn");
            let is_named = matches!(name, "socketio" | "sio" | "server" | "application") || name.ends_with("app");
            let is_server = is_named || call.keyword("host").is_some() || is_flask(project, file, receiver);
            let is_open = call.argument("host", 0).is_some_and(|host| literal_host(file, host) == Some("0.0.0.0"));
            (is_server && !is_other).then_some(What::Serve { is_open })
        }
        "FastAPI" | "Starlette" => {
            let path = project.resolve(file.id(), call.function);
            let path = path.external().unwrap_or_default();
            (path_ends_with(path, "FastAPI") || path_ends_with(path, "Starlette")).then_some(What::Answer)
        }
        _ => None,
    }
}

fn literal_host(file: File<'_>, host: ExprId) -> Option<&str> {
    literal(file, host).or_else(|| {
        let lookup = env_lookup(file.module(), file.index(), host)?;
        literal(file, lookup.default?)
    })
}

/// Whether nothing puts something else into a name; what wraps an application takes no flags for it.
fn is_bound_once(file: File<'_>, expr: ExprId) -> bool {
    let Expr::Name(name) = file.module().expr(expr) else { return true };
    file.index().lookup(file.index().scope_of_name(expr), name).len() <= 1
}

/// `app.debug`, `app.config["DEBUG"]`.
fn is_app_debug(project: &Project, file: File<'_>, target: ExprId) -> bool {
    let module = file.module();
    match module.expr(target) {
        Expr::Attribute { value, name } if module.text(name) == "debug" => {
            is_flask(project, file, value) || label(file, value) == Some("app") && is_bound_once(file, value)
        }
        Expr::Subscript { value, index } => {
            let is_config =
                label(file, value) == Some("config") && matches!(module.expr(value), Expr::Attribute { .. });
            is_config && literal(file, index) == Some("DEBUG")
        }
        _ => false,
    }
}
