//! Pages that send a mail to an address, or make an account with it, and say whether it is known.

use std::collections::BTreeSet;

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{Liveness, Project, Role, Route, Verdict, words};

use super::branches::{Subject, branches};

/// Words of routes by which strangers ask for a mail.
const MAILS: &[&str] = &[
    "forgot",
    "forgot_password",
    "password_recovery",
    "recover",
    "request_reset",
    "resend",
    "reset_request",
    "send_reset",
];

/// What a request of this kind does once the mail was opened: the token, not the address, is looked up.
const STEPS: &[&str] = &["confirm", "token", "verify"];

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for route in project.routes().iter().filter(|route| asks_for_mail(project, route)) {
        let Some(handler) = route.handler.function().filter(|handler| seen.insert(*handler)) else { continue };
        let Some(file) = project.file(handler.file).filter(|file| file.role() == Role::App) else { continue };
        let unknown = branches(file, handler.id)
            .into_iter()
            .find(|branch| branch.subject == Subject::Account && branch.is_refusal(file));
        let Some(unknown) = unknown else { continue };
        let message = format!(
            "`{}` tells strangers which addresses have an account: an unknown one is refused. Answer both alike, and send \
             the mail only if there is an account.",
            route.label(),
        );
        findings
            .report(file.at_stmt(unknown.answer), route.label(), message)
            .audience(Audience::Pedantic)
            .confidence(Confidence::Medium);
    }
}

fn asks_for_mail(project: &Project, route: &Route) -> bool {
    let last: Vec<String> =
        route.path.rsplit('/').filter(|part| !part.is_empty()).take(2).map(words::snake_case).collect();
    let names = [last.join("_"), words::snake_case(project.handler_name(route.handler))];
    let has = |set: &[&str]| names.iter().any(|name| set.iter().any(|word| words::has_word(name, word)));
    route.liveness == Liveness::Live
        && route.methods.contains("POST")
        && matches!(route.guarding.verdict, Verdict::No | Verdict::Public)
        && !route.path.contains(['{', '<'])
        && has(MAILS)
        && !has(STEPS)
        && !project.is_dev_only(route)
}
