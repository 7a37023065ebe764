//! JOB002: work that matters runs in the memory of the process that answers requests.

mod hand_over;
mod work;

use std::collections::BTreeSet;

use backlint_finding::{Findings, Severity};
use backlint_model::{File, FunctionRef, Project};

use crate::expressions::label;
use hand_over::{HandOver, hand_overs};
use work::{Loss, LossKind, Works};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut works = Works::of(project);
    for file in project.app_files() {
        let mut seen = BTreeSet::new();
        for given in hand_overs(project, file) {
            let Some(target) = project.resolve(file.id(), given.target).function() else { continue };
            if !seen.insert((file.context_name(given.call.expr), target)) {
                continue;
            }
            if let Some(loss) = works.loss(target) {
                report(project, file, &given, target, &loss, findings);
            }
        }
    }
}

fn report(
    project: &Project,
    file: File<'_>,
    given: &HandOver<'_>,
    target: FunctionRef,
    loss: &Loss,
    findings: &mut Findings,
) {
    let name = label(file, given.target).unwrap_or("the function");
    let consequence = match &loss.kind {
        LossKind::Status(status) => {
            format!(
                "A restart while `{name}` works leaves its status at {status} for ever, as nothing takes it up again"
            )
        }
        LossKind::Rows => format!("A restart while `{name}` works loses the rows that it has not written yet"),
        LossKind::Calls => format!("A restart while `{name}` works loses what it has not sent or fetched yet"),
        LossKind::Mail => format!("A restart before `{name}` is done loses the message"),
    };
    let message = format!(
        "{consequence}, and the client was told that all is well. Hand it to a queue that keeps it until it is done, or look for unfinished work at start-up."
    );
    let anchor = format!("{}: {name}", file.context_name(given.call.expr));
    let at = file.at(file.first_line(given.call.span()));
    let mut report = findings.report(at, anchor, message);
    if loss.kind == LossKind::Mail {
        report = report.severity(Severity::Low);
    }
    if let Some(runs) = project.file(target.file) {
        report = report.also(runs.at_function(target.id), format!("{} runs this", given.by));
    }
    report = report.also(loss.at, "this may never be reached, or never be finished");
    if let Some(session) = given.passed().find(|&argument| project.session(file.id(), argument).is_some()) {
        report.also(
            file.at_expr(session),
            "and the session of the request goes along, which is closed by whoever opened it",
        );
    }
}
