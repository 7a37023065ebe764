//! JOB007: tasks that wait in a queue that no worker reads.

mod uses;
mod workers;

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::{Project, Purpose, Service};
use backlint_source::Location;

use crate::task_apps::TaskApps;
use uses::{first_dispatch, is_eager, named_queues};
use workers::Workers;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let apps = TaskApps::read(project);
    if apps.apps.is_empty() || is_eager(project, &apps) || workers::are_started_by_code(project) {
        return;
    }
    let queues = named_queues(project, &apps);
    let workers = Workers::read(project);
    if workers.is_empty() {
        report_missing_worker(project, &queues, findings);
    } else {
        report_unread_queues(project, &apps, &workers, &queues, findings);
    }
}

fn report_unread_queues(
    project: &Project,
    apps: &TaskApps<'_>,
    workers: &Workers<'_>,
    queues: &BTreeMap<String, Location>,
    findings: &mut Findings,
) {
    let Some(read) = workers.queues(project, apps) else { return };
    let mut unread: Vec<(&String, Location)> = queues
        .iter()
        .filter(|(queue, _)| !read.contains(*queue) && !project.texts_mention(queue))
        .map(|(queue, &at)| (queue, at))
        .collect();
    unread.sort_by_key(|&(_, at)| at);
    let Some((&(first, at), others)) = unread.split_first() else { return };
    let names: Vec<String> = unread.iter().map(|(queue, _)| format!("`{queue}`")).collect();
    let noun = if names.len() == 1 { "queue" } else { "queues" };
    let heard: Vec<String> = read.iter().map(|queue| format!("`{queue}`")).collect();
    let message = format!(
        "Tasks go to the {noun} {}, but the workers of this repository listen to {} only: the tasks wait for ever. Start a worker with `-Q`, or leave the tasks in a queue that is read.",
        names.join(", "),
        heard.join(", ")
    );
    let mut report = findings.report(at, first.clone(), message);
    for &(queue, at) in others {
        report = report.also(at, format!("tasks for `{queue}`"));
    }
    for command in workers.commands() {
        report = report.also(command.at(), "a worker is started here");
    }
}

/// Tasks are sent, but what starts the web service starts no worker.
fn report_missing_worker(project: &Project, queues: &BTreeMap<String, Location>, findings: &mut Findings) {
    let Some(web) = web_service(project) else { return };
    let Some(dispatch) = first_dispatch(project) else { return };
    if workers::may_be_elsewhere(project) {
        return;
    }
    let message = format!(
        "This stack starts `{}` but no worker, while the code sends tasks to one: they wait in the broker for ever. Add a service that runs the worker.",
        web.name
    );
    let mut report = findings.report(web.at, web.name.clone(), message).also(dispatch, "a task is sent here");
    for (queue, &at) in queues {
        report = report.also(at, format!("and tasks for `{queue}`"));
    }
}

/// The first service that a compose file for production builds from the project and that answers requests.
fn web_service(project: &Project) -> Option<&Service> {
    let services = project.deployment().services.iter();
    let mut built = services.filter(|service| service.purpose == Purpose::Production && service.build.is_some());
    built.find(|service| !service.ports.is_empty())
}
