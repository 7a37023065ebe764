//! AUTH015: the cookie that signs users in may travel in the clear or be read by scripts.

mod flags;
mod flask;
mod set_cookie;
mod starlette;

use backlint_finding::Findings;
use backlint_model::Project;

use crate::overrides::Overrides;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let overrides = Overrides::read(project);
    flask::check(project, &overrides, findings);
    starlette::check(project, &overrides, findings);
    set_cookie::check(project, &overrides, findings);
}
