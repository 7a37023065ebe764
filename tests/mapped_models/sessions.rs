//! Compares what sessions keep.

use backlint_model::{FunctionRef, Project, SessionAction, SessionEnd, SessionStep};
use backlint_syntax::ast::Stmt;

use crate::libraries::{Outcome, Outcomes};

/// What differs between what the model says of a module and what happened when it ran.
pub(crate) fn differences(project: &Project, ran: &Outcomes) -> Vec<String> {
    let Some(provider) = function(project, "get_db") else { return vec!["there is no `get_db`".to_owned()] };
    let Some(source) = project.session_provider(provider) else {
        return vec!["the model does not see that `get_db` hands out a session".to_owned()];
    };
    let mut found = Vec::new();
    let claimed = (source.end.keeps_after_success(), source.end.keeps_after_exception());
    if claimed != (ran.kept_on_success, ran.kept_on_raise) {
        found.push(format!("`get_db` ends otherwise than {:?}", source.end));
    }
    for (name, outcome) in &ran.handlers {
        match function(project, name) {
            Some(handler) => found.extend(of_handler(project, handler, name, source.end, outcome)),
            None => found.push(format!("there is no `{name}`")),
        }
    }
    found
}

/// Handlers here are straight lines: all steps happen, in their order.
fn of_handler(
    project: &Project,
    handler: FunctionRef,
    name: &str,
    end: SessionEnd,
    outcome: &Outcome,
) -> Option<String> {
    let steps = project.session_steps(handler);
    let raises = raises(project, handler);
    let by_provider = if raises { end.keeps_after_exception() } else { end.keeps_after_success() };
    let (mut pending, mut kept, mut commits) = (0, 0, 0);
    for SessionStep { action, .. } in steps {
        match action {
            SessionAction::Write => pending += 1,
            SessionAction::Rollback => pending = 0,
            SessionAction::Commit => {
                commits += 1;
                kept += pending;
                pending = 0;
            }
            _ => {}
        }
    }
    if by_provider && pending > 0 {
        commits += 1;
        kept += pending;
    }
    let is_right = (kept, commits) == (outcome.kept, outcome.commits);
    (!is_right).then(|| {
        let (rows, times) = (outcome.kept, outcome.commits);
        format!("`{name}` keeps {rows} rows in {times} commits, and the model says {kept} in {commits}")
    })
}

fn raises(project: &Project, function: FunctionRef) -> bool {
    project.file(function.file).is_some_and(|file| {
        let module = file.module();
        module.body(function.id).iter().any(|&stmt| matches!(module.stmt(stmt), Stmt::Raise { .. }))
    })
}

/// The function of this name at the top of the only module.
fn function(project: &Project, name: &str) -> Option<FunctionRef> {
    let file = project.files().next()?;
    let id = file.module().function_ids().find(|&id| file.function_name(id) == name)?;
    Some(FunctionRef { file: file.id(), id })
}
