//! Handlers that hand work to a task queue as often as they are called.

use std::collections::BTreeSet;

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{EffectKind, Project};

use crate::rate::unthrottled_expensive_route::looks_before;
use crate::served::is_served;

/// Methods of task queues, which keep what they are given until a worker has time.
const METHODS: &[&str] = &[".apply_async", ".delay", ".enqueue", ".enqueue_job", ".send_task"];

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for route in project.routes().iter().filter(|route| is_served(project, route) && route.throttles.is_empty()) {
        let Some(handler) = route.handler.function().filter(|handler| seen.insert(*handler)) else { continue };
        let own = project.own_effects(handler).iter().filter(|effect| effect.kind == EffectKind::Enqueue);
        let mut enqueues = own.filter(|effect| METHODS.iter().any(|method| effect.what.ends_with(method)));
        let Some(enqueue) = enqueues.next() else { continue };
        if looks_before(project, route) {
            continue;
        }
        let message = format!(
            "`{}` queues a task on every call, with neither a limit nor a look at what is waiting: the queue grows with \
             requests.",
            route.label(),
        );
        findings
            .report(enqueue.at, route.label(), message)
            .confidence(Confidence::Medium)
            .audience(Audience::Pedantic)
            .also(route.at, "the route that queues it");
    }
}
