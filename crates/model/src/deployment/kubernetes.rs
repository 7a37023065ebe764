//! Kubernetes manifests.

use backlint_semantic::deploy::Unreadable;
use backlint_semantic::deploy::yaml::{Yaml, YamlNode};

use super::services::{Orchestrator, Probe, Service, word};
use super::variables::{Setter, Variable};
use super::{Facts, Purpose, Reading, StartCommand, WorkerEvidence};

pub(super) fn read(file: Reading<'_>, facts: &mut Facts) -> Result<(), Unreadable> {
    let tree = Yaml::parse(file.text())?;
    for document in tree.documents() {
        // A pod describes itself, a deployment its template, a scheduled job the template of a template.
        let spec = document.get("spec");
        let job = spec.and_then(|spec| spec.get("jobTemplate")).and_then(|job| job.get("spec"));
        let template = job.or(spec).and_then(|spec| spec.get("template")).and_then(|template| template.get("spec"));
        let Some(pod) = template.or(spec) else { continue };
        let services: Vec<Service> = ["containers", "initContainers"]
            .into_iter()
            .filter_map(|key| pod.get(key))
            .flat_map(YamlNode::items)
            .filter_map(|node| read_container(file, node))
            .collect();
        facts.commands.extend(services.iter().flat_map(|service| StartCommand::of_service(service, service.purpose)));
        if let Some((key, count)) = spec.and_then(|spec| spec.entry("replicas"))
            && !services.is_empty()
            && file.purpose == Purpose::Production
        {
            let count = count.text().and_then(|count| count.parse().ok());
            facts.workers.push(WorkerEvidence { at: file.at(key.span()), count });
        }
        facts.services.extend(services);
    }
    Ok(())
}

fn read_container(file: Reading<'_>, node: YamlNode<'_>) -> Option<Service> {
    let name = node.get("name")?;
    let at = file.at(name.span());
    let mut service = Service::new(name.text()?.to_owned(), at, Orchestrator::Kubernetes, file.purpose);
    let words = |key| node.get(key).map(|node| file.command_words(node)).unwrap_or_default();
    service.image = node.get("image").and_then(word);
    // What a manifest calls the command is the entry point of the image, its arguments are the image's command.
    service.entrypoint = words("command");
    service.command = words("args");
    if let Some((key, block)) = node.entry("env") {
        service.environment_at = Some(file.at(key.span()));
        service.environment = block.items().filter_map(|entry| variable(file, entry)).collect();
    }
    service.has_outside_environment = node.get("envFrom").is_some();
    service.user =
        node.get("securityContext").and_then(|c| c.get("runAsUser")).and_then(YamlNode::text).map(str::to_owned);
    service.probes = ["readinessProbe", "livenessProbe", "startupProbe"]
        .into_iter()
        .filter_map(|key| probe(file, key, node.get(key)?))
        .collect();
    Some(service)
}

fn variable(file: Reading<'_>, entry: YamlNode<'_>) -> Option<Variable> {
    let name = entry.get("name")?;
    let value = entry.get("value").and_then(word);
    let (key, at) = (name.text()?.to_owned(), file.at(name.span()));
    Some(Variable { key, at, value, by: Setter::Service, purpose: file.purpose })
}

fn probe(file: Reading<'_>, key: &str, node: YamlNode<'_>) -> Option<Probe> {
    let path = node.get("httpGet").and_then(|get| get.get("path"))?;
    Some(Probe { text: path.text()?.to_owned(), at: file.at(path.span()), is_readiness: key == "readinessProbe" })
}
