//! AUTH025: a guard that turns nobody away as deployed, or everybody where it should turn away nobody.

mod dropped_result;
mod required_settings;
mod unset_setting;
mod useless_try;

use backlint_finding::Findings;
use backlint_model::Project;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    unset_setting::check(project, findings);
    dropped_result::check(project, findings);
    useless_try::check(project, findings);
}
