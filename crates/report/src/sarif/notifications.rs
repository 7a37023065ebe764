//! What kept part of the job from being done, as notifications of the run.

use backlint_finding::{Outcome, Problem, ProblemKind};

use super::message::plain;
use super::model::{Invocation, Level, Notification};
use super::places::file;
use crate::words::count;

/// The run as an invocation of the tool, with a notification for each problem and one for findings left out.
pub(super) fn invocation(outcome: &Outcome, left_out: usize) -> Invocation {
    let problems = outcome.problems.iter().map(|problem| notification(outcome, problem));
    let left_out = (left_out > 0).then(|| Notification {
        level: Level::Warning,
        message: format!(
            "{} of the lowest severities left out, because code scanning keeps no more results of one run. Narrow the \
             selection, or split the run by folders with a category for each.",
            count(left_out, "finding")
        )
        .into(),
        locations: Vec::new(),
    });
    Invocation {
        execution_successful: outcome.problems.iter().all(|problem| problem.kind != ProblemKind::Internal),
        tool_execution_notifications: problems.chain(left_out).collect(),
    }
}

fn notification(outcome: &Outcome, problem: &Problem) -> Notification {
    let level = if problem.kind == ProblemKind::Internal { Level::Error } else { Level::Warning };
    // A problem of the whole run names no file.
    let is_file = outcome.sources.find(&problem.path).is_some() || problem.kind != ProblemKind::Internal;
    let locations = if is_file { vec![file(&problem.path)] } else { Vec::new() };
    Notification { level, message: plain(&format!("{}: {}", problem.path, problem.message)).into(), locations }
}
