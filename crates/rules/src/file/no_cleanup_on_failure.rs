//! FILE006: a file is made, and a step behind it can fail without anybody taking the file away.

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project};
use backlint_semantic::Call;

use super::run_files::{made_in, speaks_of_removal};

/// Steps that fail in the course of things: commits, and processes that are asked whether they did.
const STEPS: &[&str] = &["Popen", "check_call", "check_output", "commit", "flush", "run"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        for id in file.module().function_ids() {
            let function = FunctionRef { file: file.id(), id };
            if file.index().outer_function(file.module(), id).is_none() {
                look_at(project, file, function, findings);
            }
        }
    }
}

fn look_at(project: &Project, file: File<'_>, function: FunctionRef, findings: &mut Findings) {
    let mut steps = project.calls_in(function).into_iter().filter(|&call| can_fail(file, call)).peekable();
    if steps.peek().is_none() || is_cleaned(project, function) {
        return;
    }
    let steps: Vec<Call<'_>> = steps.collect();
    for made in made_in(project, file, function) {
        let Some(step) = steps.iter().find(|step| step.span().start >= made.span().end) else { continue };
        if file.is_dev_only(made.expr) {
            continue;
        }
        report(file, function, made, *step, findings);
        // One repair serves all of them.
        return;
    }
}

fn report(file: File<'_>, function: FunctionRef, made: Call<'_>, step: Call<'_>, findings: &mut Findings) {
    let step_text = file.text_of(step.function);
    let message = format!(
        "If `{step_text}` fails further down, what is made here stays behind and nothing knows of it; remove it when a later \
         step raises."
    );
    let anchor = format!("{}: {}", file.qualified_name(function.id), file.text_of(made.function));
    let at = file.at(file.first_line(made.span()));
    findings.report(at, anchor, message).also(file.at(file.first_line(step.span())), "this step can fail");
}

fn can_fail(file: File<'_>, call: Call<'_>) -> bool {
    match call.name() {
        Some("commit") => call.args.is_empty() && call.receiver().is_some(),
        Some("flush") => {
            call.receiver().is_some_and(|receiver| file.text_of(receiver).to_ascii_lowercase().ends_with("session"))
        }
        Some(name) if STEPS.contains(&name) => {
            file.path_of(call.function).is_some_and(|path| path.starts_with("subprocess."))
        }
        _ => false,
    }
}

/// Whether the function, one that it calls or one that calls it takes files away.
fn is_cleaned(project: &Project, function: FunctionRef) -> bool {
    speaks_of_removal(project, function)
        || project.callers(function).iter().any(|caller| speaks_of_removal(project, caller.function))
}
