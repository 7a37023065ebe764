//! API012: a router, a security middleware, an admin action or a start-up hook that nothing registers.

mod actions;
mod hooks;
mod routers;
mod security;

use backlint_finding::Findings;
use backlint_model::{ContainerKind, Project, Role};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let has_app = project.containers().any(|(_, container)| {
        let role = project.file(container.made.file).map(backlint_model::File::role);
        container.kind == ContainerKind::App && role == Some(Role::App)
    });
    // A library leaves registration to those who use it.
    if has_app {
        routers::check(project, findings);
        security::check(project, findings);
        actions::check(project, findings);
        hooks::check(project, findings);
    }
}
