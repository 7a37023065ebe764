//! Changing routes whose only credential is one that browsers attach by themselves.

use std::collections::BTreeMap;

use backlint_model::{BodyKind, ContainerId, CredentialSource, Effect, Guard, Liveness, Project, Role, Route, Verdict};

/// A route that another site could call in the name of a signed-in user.
pub(super) struct Forgeable<'p> {
    /// The route.
    pub(super) route: &'p Route,
    /// What looks at the session.
    pub(super) guard: &'p Guard,
    /// What it changes.
    pub(super) effect: Effect,
    /// Whether browsers keep the cookie out of requests that other sites start.
    pub(super) same_site: bool,
}

impl<'p> Forgeable<'p> {
    /// All of a project, whatever body they take.
    pub(super) fn of(project: &'p Project) -> Vec<Self> {
        let mut same_site: BTreeMap<ContainerId, bool> = BTreeMap::new();
        let mut found = Vec::new();
        for route in project.routes() {
            let Some(app) = route.app.filter(|_| is_candidate(project, route)) else { continue };
            let guard = route.guards.iter().find(|guard| guard.verdict >= Verdict::Conditional);
            let (Some(guard), Some(effect)) = (guard, project.changing_effect(route)) else { continue };
            if project.credential_source(route) != Some(CredentialSource::Session) || project.checks_csrf_token(route) {
                continue;
            }
            let same_site = *same_site.entry(app).or_insert_with(|| project.same_site_in_force(app));
            found.push(Self { route, guard, effect, same_site });
        }
        found
    }

    /// Whether a plain form of another site can send what the handler reads.
    pub(super) fn takes_form(&self, project: &Project) -> bool {
        let kind = self.route.handler.function().map(|handler| project.body_kind(handler));
        matches!(kind, Some(BodyKind::Form | BodyKind::None))
    }
}

/// Browsers send other methods than GET and POST to other sites only after asking.
fn is_candidate(project: &Project, route: &Route) -> bool {
    route.liveness == Liveness::Live
        && route.methods.contains("POST")
        && matches!(route.guarding.verdict, Verdict::Yes | Verdict::Conditional)
        && project.file(route.at.file).is_some_and(|file| file.role() == Role::App)
        && !project.is_dev_only(route)
}
