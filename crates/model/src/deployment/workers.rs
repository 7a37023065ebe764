//! How many processes of a server are started.

use backlint_semantic::deploy::substitution::expand;
use backlint_semantic::{Constant, fold};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, Stmt};

use super::{Purpose, StartCommand, Variable};
use crate::File;

/// A place that starts several processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerEvidence {
    /// Where.
    pub at: Location,
    /// How many, if it is a number.
    pub count: Option<u32>,
}

pub(super) fn of_commands(commands: &[StartCommand]) -> Vec<WorkerEvidence> {
    let servers =
        commands.iter().filter(|command| command.purpose == Purpose::Production && command.server().is_some());
    servers.filter_map(of_command).collect()
}

fn of_command(command: &StartCommand) -> Option<WorkerEvidence> {
    for name in ["--workers", "-w"] {
        let Some(option) = command.option(name) else { continue };
        let count = command.value_of(name).and_then(|value| expand(value).text.parse().ok());
        // `-w` alone is too short to mean anything without its number.
        if count.is_some() || name != "-w" {
            return Some(WorkerEvidence { at: command.at_word(option), count });
        }
    }
    let glued = command.words.iter().find_map(|word| Some((word, word.text.strip_prefix("-w")?.parse().ok()?)));
    glued.map(|(word, count)| WorkerEvidence { at: command.at_word(word), count: Some(count) })
}

/// `WEB_CONCURRENCY`, which the common servers read.
pub(super) fn of_variables(variables: &[Variable]) -> Vec<WorkerEvidence> {
    let set = variables.iter().filter(|variable| variable.key == "WEB_CONCURRENCY");
    set.filter(|variable| variable.purpose == Purpose::Production)
        .map(|variable| {
            let count = variable.expanded().and_then(|value| value.text.parse().ok());
            WorkerEvidence { at: variable.at, count }
        })
        .collect()
}

impl WorkerEvidence {
    /// `workers = …` of a configuration of gunicorn.
    pub(crate) fn of_gunicorn(file: File<'_>) -> Option<Self> {
        let name = file.local_path().rsplit('/').next().unwrap_or_default();
        if !name.starts_with("gunicorn") || !file.role().is_reported() {
            return None;
        }
        let module = file.module();
        module.top_level().iter().find_map(|&stmt| {
            let Stmt::Assign { targets, value } = module.stmt(stmt) else { return None };
            let is_workers = module.list(targets).iter().any(|&target| match module.expr(target) {
                Expr::Name(name) => module.text(name) == "workers",
                _ => false,
            });
            let count = match fold(module, file.index(), value) {
                Constant::Int(count) => u32::try_from(count).ok(),
                _ => None,
            };
            is_workers.then(|| Self { at: file.at_stmt(stmt), count })
        })
    }
}
