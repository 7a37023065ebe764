//! OBS006: log lines that are written and go nowhere.

mod fields;
mod levels;
mod prints;
mod setup;

use backlint_finding::Findings;
use backlint_model::Project;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    setup::report_uncalled(project, findings);
    setup::report_missing(project, findings);
    levels::check(project, findings);
    fields::check(project, findings);
    prints::check(project, findings);
}
