//! CFG006: a server that watches its source files in production.

use std::collections::BTreeSet;

use backlint_finding::{Audience, Findings};
use backlint_model::{File, Project, StartCommand};
use backlint_semantic::{Call, Constant, fold};
use backlint_source::FileId;
use backlint_syntax::ast::Stmt;

use crate::expressions::label;
use crate::launched::{is_run_by_developers, launched_file, production_commands};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut programs = BTreeSet::new();
    // The one that gunicorn reads without being told.
    let mut configurations = BTreeSet::from(["gunicorn.conf.py".to_owned()]);
    for command in production_commands(project) {
        report_command(project, command, findings);
        configurations.extend(command.words.iter().map(|word| file_name(&word.text).to_owned()));
        programs.extend(launched_file(project, command).map(File::id));
    }
    for file in project.app_files() {
        report_calls(file, &programs, findings);
        if configurations.contains(file_name(file.path())) {
            report_gunicorn(file, findings);
        }
    }
}

fn report_command(project: &Project, command: &StartCommand, findings: &mut Findings) {
    let server = command.server().or_else(|| {
        let is_flask = command.words.iter().any(|word| word.text == "flask" || word.text.ends_with("/flask"));
        is_flask.then_some("flask")
    });
    let Some(server) = server else { return };
    let Some(option) = command.option("--reload").filter(|option| option.text == "--reload") else { return };
    let message = format!(
        "`{server}` is started with `--reload` outside development: a second process watches the source files and every \
         change of one restarts the server. Leave the option to a file for development."
    );
    let report = findings.report(command.at_word(option), server, message);
    if is_run_by_developers(project, command) {
        report.audience(Audience::Pedantic);
    }
}

/// `uvicorn.run(…, reload=True)` in code that the deployment runs.
fn report_calls(file: File<'_>, programs: &BTreeSet<FileId>, findings: &mut Findings) {
    for call in file.calls_named(&["run"]) {
        let is_uvicorn = file.path_of(call.function).is_some_and(|path| path == "uvicorn.run");
        let Some(reload) = call.keyword("reload").filter(|_| is_uvicorn) else { continue };
        let is_on = fold(file.module(), file.index(), reload.value) == Constant::Bool(true);
        let is_run = programs.contains(&file.id()) || is_top_level(file, call);
        if is_on && is_run && !file.is_dev_only(reload.value) {
            let message = "`reload=True` stands in code that production runs: a second process watches the source files \
                           and every change of one restarts the server. Take it from a setting that is off unless set.";
            findings.report(file.at(reload.span), file.context_name(call.expr), message);
        }
    }
}

/// Whether importing the file makes the call.
fn is_top_level(file: File<'_>, call: Call<'_>) -> bool {
    let Some(stmt) = file.index().stmt_of(call.expr) else { return false };
    let is_main = |test| file.text_of(test).contains("__main__");
    let under_main = file.index().stmt_ancestors(stmt).any(|parent| match file.module().stmt(parent.stmt) {
        Stmt::If { clauses, .. } => file.module().list(clauses).iter().any(|clause| is_main(clause.test)),
        _ => false,
    });
    file.index().function_of(call.expr).is_none() && !under_main
}

/// `reload = True` in a configuration of gunicorn.
fn report_gunicorn(file: File<'_>, findings: &mut Findings) {
    if !file_name(file.path()).starts_with("gunicorn") {
        return;
    }
    let module = file.module();
    // Where files that are no source are watched, a restart is what somebody orders by touching them.
    if module.symbol("reload_extra_files").is_some() {
        return;
    }
    for &stmt in module.top_level() {
        let Stmt::Assign { targets, value } = module.stmt(stmt) else { continue };
        let is_reload = module.list(targets).iter().any(|&target| label(file, target) == Some("reload"));
        if is_reload && fold(module, file.index(), value) == Constant::Bool(true) && !file.is_dev_only(value) {
            let message = "The server is configured to watch its source files: every change of one restarts it. Leave \
                           `reload` to a configuration for development.";
            findings.report(file.at_stmt(stmt), "gunicorn", message);
        }
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
