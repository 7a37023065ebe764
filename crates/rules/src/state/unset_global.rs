//! STATE004: a variable or attribute that is read although nothing ever sets it.

mod assigned;
mod never_set;
mod request_state;
mod set_late;

use backlint_finding::Findings;
use backlint_model::Project;

use assigned::Assigned;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let assigned = Assigned::read(project);
    never_set::check(project, &assigned, findings);
    set_late::check(project, findings);
    request_state::check(project, &assigned, findings);
}
