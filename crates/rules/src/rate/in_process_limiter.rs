//! RATE001: attempts are counted in the memory of one process.

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{Project, Reach, SharedState, StateKind};
use backlint_source::Location;

use crate::limiters::{deny_place, is_limiter};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.is_single_process() {
        return;
    }
    for state in project.shared_state() {
        if !is_limiter(project, state) || is_outbound(project, state) {
            continue;
        }
        let workers = project.deployment().several_workers();
        let evidence = match workers.map(|evidence| evidence.count) {
            Some(Some(count)) => {
                format!("the deployment starts {count} workers, so a limit of 5 becomes {}", 5 * count)
            }
            Some(None) => "the deployment starts several workers, and each counts for itself".to_owned(),
            None => "every worker counts for itself and a restart forgets everything".to_owned(),
        };
        let message = format!(
            "`{}` counts attempts in the memory of one process: {evidence}. Keep the counts in a store that all workers share.",
            state.name
        );
        let severity = if workers.is_some() { Severity::High } else { Severity::Medium };
        let mut finding = findings.report(state.at, state.name.clone(), message).severity(severity);
        if let Some(deny) = deny_place(project, state) {
            finding = finding.also(deny, "here the caller is turned away");
        }
        for site in call_sites(project, state) {
            finding = finding.also(site, "counted here");
        }
        if let Some(evidence) = workers {
            finding = finding.also(evidence.at, "several processes are started here");
        }
        if !is_used(project, state) {
            finding.severity(Severity::Low).audience(Audience::Pedantic);
        }
    }
}

/// How many calls of a limiter are shown.
const MOST_SITES: usize = 5;

/// The calls of the functions that count, in code that requests reach.
fn call_sites(project: &Project, state: &SharedState) -> Vec<Location> {
    let writers = state.writers();
    let callers = writers.iter().flat_map(|&writer| project.callers(writer));
    let outside = callers.filter(|caller| !writers.contains(&caller.function));
    let mut sites: Vec<Location> = outside
        .filter(|caller| project.reach(caller.function) == Some(Reach::Request))
        .filter_map(|caller| Some(project.file(caller.function.file)?.at_expr(caller.call)))
        .collect();
    sites.sort_unstable();
    sites.dedup();
    sites.truncate(MOST_SITES);
    sites
}

/// Whether requests reach the limiter. A limiter in a decorator or dependency is reached by whatever is decorated, so
/// only one that nothing outside its own functions mentions is unused.
fn is_used(project: &Project, state: &SharedState) -> bool {
    state.writers().iter().any(|&writer| project.reach(writer).is_some() || is_mentioned(project, writer))
}

/// Limits on the calls that the process itself makes to others turn no caller away.
fn is_outbound(project: &Project, state: &SharedState) -> bool {
    let reaches: Vec<Option<Reach>> = state.accesses.iter().map(|access| project.reach(access.function)).collect();
    matches!(state.kind, StateKind::Holder(_)) && !reaches.contains(&Some(Reach::Request))
}

fn is_mentioned(project: &Project, function: backlint_model::FunctionRef) -> bool {
    let Some(home) = project.file(function.file) else { return false };
    let outer = home.index().outer_function(home.module(), function.id).unwrap_or(function.id);
    let outer = home.index().outer_function(home.module(), outer).unwrap_or(outer);
    let name = home.function_name(outer);
    project.reported_files().any(|file| {
        let Some(symbol) = file.module().symbol(name) else { return false };
        file.index().uses().iter().any(|u| u.name == symbol)
            || file.index().imports().iter().any(|b| b.name == symbol) && file.id() != function.file
    })
}
