//! STATE003: a client with connections of its own that is made anew for each request.

mod clients;
mod users;

use std::collections::BTreeSet;

use backlint_finding::{Audience, Findings};
use backlint_model::{File, FunctionRef, Project, Reach, Route};
use backlint_semantic::Call;
use backlint_syntax::ast::FunctionId;

use crate::served::is_technical;
use clients::{Client, Weight, client};
use users::users;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        let mut seen = BTreeSet::new();
        for call in file.calls_named(clients::NAMES) {
            let Some(client) = client(file, call) else { continue };
            let Some(function) = requested(project, file, call) else { continue };
            if file.is_dev_only(call.expr) || clients::is_chosen_by_caller(project, file, call) {
                continue;
            }
            let users = users(project, function, call.expr);
            if !users.is_empty() && seen.insert((function, client.noun)) {
                report(project, file, call, client, &users, findings);
            }
        }
    }
}

/// The function around a call, if requests reach it.
fn requested(project: &Project, file: File<'_>, call: Call<'_>) -> Option<FunctionRef> {
    let outer = |&id: &FunctionId| file.index().outer_function(file.module(), id);
    let mut around = std::iter::successors(file.index().function_of(call.expr), outer);
    let function = around.find(|&id| project.reach(FunctionRef { file: file.id(), id }).is_some())?;
    let function = FunctionRef { file: file.id(), id: function };
    (project.reach(function) == Some(Reach::Request)).then_some(function)
}

fn report(
    project: &Project,
    file: File<'_>,
    call: Call<'_>,
    client: &Client,
    users: &BTreeSet<FunctionRef>,
    findings: &mut Findings,
) {
    let routes: Vec<&Route> =
        users.iter().flat_map(|&user| project.routes_of(user)).map(|&route| project.route(route)).collect();
    let noun = client.noun;
    let who = match (routes.as_slice(), users.first().and_then(|user| name(project, *user))) {
        ([], Some(provider)) => format!("Every request that needs `{provider}`"),
        ([], None) => return,
        ([only], _) => format!("Every call of `{}`", only.label()),
        ([first, others @ ..], _) => format!("Every call of `{}` and {} other routes", first.label(), others.len()),
    };
    let message = format!("{who} makes {noun} with connections of its own; make it once, at start-up, and share it.");
    let anchor = format!("{}: {noun}", file.context_name(call.expr));
    let mut report = findings.report(file.at(file.first_line(call.span())), anchor, message);
    for user in users.iter().take(3) {
        if let Some(home) = project.file(user.file) {
            report = report.also(home.at_function(user.id), "requests come in here");
        }
    }
    let is_rare = !routes.is_empty() && routes.iter().all(|route| is_rare(route));
    if client.weight == Weight::Light || is_rare || !clients::is_same_each_time(project, file, call) {
        report.audience(Audience::Pedantic);
    }
}

fn name(project: &Project, function: FunctionRef) -> Option<String> {
    Some(project.file(function.file)?.qualified_name(function.id))
}

/// Routes that a few people or machines call now and then.
fn is_rare(route: &Route) -> bool {
    const SEGMENTS: &[&str] = &["admin", "debug", "diagnostics", "install", "maintenance", "setup", "test"];
    is_technical(route)
        || route.path.split(['/', '-', '_']).any(|part| SEGMENTS.contains(&part.to_ascii_lowercase().as_str()))
}
