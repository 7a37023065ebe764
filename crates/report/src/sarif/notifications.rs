//! What kept part of the job from being done, as notifications of the run.

use backlint_finding::{Outcome, Problem, ProblemKind};

use super::message::plain;
use super::model::{Invocation, Level, Location, Notification, NotificationKind, NotificationReference};
use super::places::file;
use crate::words::count;

/// What a notification is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Problem(ProblemKind),
    LeftOut,
}

/// All kinds; notifications point at theirs by its index.
const KINDS: [Kind; 5] = [
    Kind::Problem(ProblemKind::Syntax),
    Kind::Problem(ProblemKind::Unreadable),
    Kind::Problem(ProblemKind::TooLarge),
    Kind::Problem(ProblemKind::Internal),
    Kind::LeftOut,
];

/// What is known of a kind.
struct Description {
    id: &'static str,
    short: &'static str,
    full: &'static str,
}

/// The descriptors of all kinds of notifications.
pub(super) fn kinds() -> Vec<NotificationKind> {
    let kind = |kind: &Kind| {
        let Description { id, short, full } = kind.description();
        let [short_description, full_description, help] = [short, full, full].map(|text| text.to_owned().into());
        NotificationKind { id, short_description, full_description, help }
    };
    KINDS.iter().map(kind).collect()
}

/// The run as an invocation of the tool, with a notification for each problem and one for findings left out.
pub(super) fn invocation(outcome: &Outcome, left_out: usize) -> Invocation {
    let problems = outcome.problems.iter().map(|found| problem(outcome, found));
    let left_out = (left_out > 0).then(|| {
        let message = format!(
            "{} of the lowest severities left out, because code scanning keeps no more results of one run. Narrow the \
             selection, or split the run by folders with a category for each.",
            count(left_out, "finding")
        );
        notification(Kind::LeftOut, message, Vec::new())
    });
    Invocation {
        execution_successful: outcome.problems.iter().all(|problem| problem.kind != ProblemKind::Internal),
        tool_execution_notifications: problems.chain(left_out).collect(),
    }
}

fn problem(outcome: &Outcome, problem: &Problem) -> Notification {
    // A problem of the whole run names no file.
    let is_file = outcome.sources.find(&problem.path).is_some() || problem.kind != ProblemKind::Internal;
    let locations = if is_file { vec![file(&problem.path)] } else { Vec::new() };
    let message = plain(&format!("{}: {}", problem.path, problem.message));
    notification(Kind::Problem(problem.kind), message, locations)
}

fn notification(kind: Kind, message: String, locations: Vec<Location>) -> Notification {
    let level = if kind == Kind::Problem(ProblemKind::Internal) { Level::Error } else { Level::Warning };
    let index =
        KINDS.iter().position(|&known| known == kind).expect("internal error: every kind is in the list of kinds");
    let descriptor = NotificationReference { id: kind.description().id, index };
    Notification { descriptor, level, message: message.into(), locations }
}

impl Kind {
    const fn description(self) -> Description {
        match self {
            Self::Problem(ProblemKind::Syntax) => Description {
                id: "syntax",
                short: "A file could not be parsed in full.",
                full: "Part of a file is not the Python that the tool knows. The rest of the file was analysed.",
            },
            Self::Problem(ProblemKind::Unreadable) => Description {
                id: "unreadable",
                short: "A file could not be read.",
                full: "A file could not be read or decoded. It was not analysed.",
            },
            Self::Problem(ProblemKind::TooLarge) => Description {
                id: "too-large",
                short: "A file is too large.",
                full: "A file is above the size limit or takes too long to parse. It was not analysed.",
            },
            Self::Problem(ProblemKind::Internal) => Description {
                id: "internal",
                short: "The tool failed.",
                full: "A fault of the tool kept it from finishing part of the analysis. Please report it.",
            },
            Self::LeftOut => Description {
                id: "left-out",
                short: "Findings were left out.",
                full: "There were more findings than code scanning keeps. Those of the lowest severities were left out.",
            },
        }
    }
}
