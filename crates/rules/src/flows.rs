//! What the rules on the way of a client's value report alike: the place, the steps, and where it starts.

use backlint_finding::{FindingBuilder, Findings};
use backlint_model::words::{has_word, snake_case};
use backlint_model::{Flow, Hazard, Project};

/// The values of clients that do harm of this kind in code that is deployed.
pub(crate) fn deployed(project: &Project, hazard: Hazard) -> impl Iterator<Item = &Flow> {
    project.flows(hazard).filter(|flow| {
        let is_reported = |file| project.file(file).is_some_and(|file| file.role().is_reported());
        let is_dev_only = project.file(flow.at.file).is_some_and(|file| file.is_dev_only(flow.at.expr));
        is_reported(flow.at.file) && is_reported(flow.source.file) && !is_dev_only
    })
}

/// Whether an address is that of a service that somebody has set up here: kept in a row, and followed by paths of a
/// program that knows what answers there, or by its name the place of a service (`api_base`).
pub(crate) fn is_configured(flow: &Flow) -> bool {
    const PLACES: &[&str] = &["base", "endpoint", "host", "instance", "server"];
    flow.stored_as.as_ref().is_some_and(|column| {
        let name = snake_case(column.rsplit('.').next().unwrap_or(column));
        flow.is_joined || PLACES.iter().any(|word| has_word(&name, word))
    })
}

/// Reports the place where a value does harm, with its way from the client.
pub(crate) fn report<'f>(
    project: &Project,
    findings: &'f mut Findings,
    flow: &Flow,
    message: String,
    harm: &str,
) -> FindingBuilder<'f> {
    let at = project.at(flow.at);
    let anchor = project.file(flow.function.file).map(|file| file.qualified_name(flow.function.id)).unwrap_or_default();
    let mut builder = findings.report(at, anchor, message);
    builder = builder.step(flow.source, format!("`{}` comes with {}", flow.name, flow.what));
    for step in &flow.steps {
        builder = builder.step(step.at, step.message.clone());
    }
    builder.step(at, harm)
}
