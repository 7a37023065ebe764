//! RATE008: requests fill a queue that has no end.

mod in_process;
mod tasks;

use backlint_finding::Findings;
use backlint_model::Project;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    in_process::check(project, findings);
    tasks::check(project, findings);
}
