//! Compose files.

use backlint_semantic::deploy::yaml::{Yaml, YamlNode};
use backlint_semantic::deploy::{Unreadable, dotenv};
use backlint_source::{Sources, Span};

use super::services::{Build, Orchestrator, Port, Probe, Service, Volume, word};
use super::stacks::{self, Stack};
use super::variables::{Setter, Variable};
use super::{Facts, Purpose, Reading, StartCommand, WorkerEvidence};

pub(super) fn read(file: Reading<'_>, facts: &mut Facts) -> Result<(), Unreadable> {
    let tree = Yaml::parse(file.text())?;
    for document in tree.documents() {
        let services = document.get("services").map(YamlNode::entries).unwrap_or_default();
        let stack = Stack::read(file, document, &services);
        for (name, node) in services {
            let Some(text) = name.text() else { continue };
            let file = Reading { purpose: stack.likely, ..file };
            facts.workers.extend(replicas(file, node));
            let service = read_service(file, text, name.span(), node);
            let told = if stacks::is_for_developers(node) { stack.told.max(Purpose::Development) } else { stack.told };
            facts.commands.extend(StartCommand::of_service(&service, told));
            facts.services.push(service);
        }
    }
    Ok(())
}

fn read_service(file: Reading<'_>, name: &str, at: Span, node: YamlNode<'_>) -> Service {
    let purpose = if stacks::is_for_developers(node) { file.purpose.max(Purpose::Development) } else { file.purpose };
    let mut service = Service::new(name.to_owned(), file.at(at), Orchestrator::Compose, purpose);
    let words = |key| node.get(key).map(|node| file.command_words(node)).unwrap_or_default();
    service.image = node.get("image").and_then(word);
    service.build = node.get("build").map(build);
    if let Some((key, block)) = node.entry("environment") {
        service.environment_at = Some(file.at(key.span()));
        service.environment = environment(Reading { purpose, ..file }, block);
    }
    service.has_outside_environment = node.get("env_file").is_some() || node.get("secrets").is_some();
    service.ports = node.get("ports").into_iter().flat_map(YamlNode::items).filter_map(|p| port(file, p)).collect();
    service.entrypoint = words("entrypoint");
    service.command = words("command");
    service.volumes = node.get("volumes").into_iter().flat_map(YamlNode::items).filter_map(volume).collect();
    service.user = node.get("user").and_then(YamlNode::text).map(str::to_owned);
    service.probes = node.get("healthcheck").and_then(|check| probe(file, check)).into_iter().collect();
    service.extends = node.get("extends").and_then(extended);
    service.is_routed = node.get("labels").is_some_and(is_routed);
    service
}

/// Whether labels tell a proxy to send requests to the service.
fn is_routed(labels: YamlNode<'_>) -> bool {
    let in_list = labels.items().filter_map(YamlNode::text).any(|label| label == "traefik.enable=true");
    in_list || labels.get("traefik.enable").and_then(YamlNode::text) == Some("true")
}

pub(super) fn build(node: YamlNode<'_>) -> Build {
    let text = |key| node.get(key).and_then(YamlNode::text).map(str::to_owned);
    let context = node.text().map(str::to_owned).or_else(|| text("context")).unwrap_or_else(|| ".".to_owned());
    Build { context, dockerfile: text("dockerfile"), target: text("target") }
}

fn environment(file: Reading<'_>, block: YamlNode<'_>) -> Vec<Variable> {
    let variable = |key: &str, at: Span, value| Variable {
        key: key.to_owned(),
        at: file.at(at),
        value,
        by: Setter::Service,
        purpose: file.purpose,
    };
    if !block.is_sequence() {
        let entries = block.entries().into_iter();
        return entries.filter_map(|(key, value)| Some(variable(key.text()?, key.span(), word(value)))).collect();
    }
    let items = block.items().filter_map(|item| {
        let text = item.text()?;
        let Some(assignment) = dotenv::assignment(text, 0) else { return Some(variable(text, item.span(), None)) };
        let raw = text.split_once('=').map_or("", |(_, value)| value).to_owned();
        let placed = file.placed(
            vec![assignment.key, backlint_semantic::deploy::Word { text: raw, ..assignment.value }],
            item.span(),
        );
        let [key, value] = placed.try_into().ok()?;
        Some(Variable { value: Some(value), ..variable(&key.text, key.span, None) })
    });
    items.collect()
}

fn port(file: Reading<'_>, node: YamlNode<'_>) -> Option<Port> {
    if let Some(text) = node.text() {
        return Some(Port { text: text.to_owned(), at: file.at(node.span()) });
    }
    let text = |key| node.get(key).and_then(YamlNode::text);
    let target = text("target")?;
    let published = text("published")?;
    let address = text("host_ip").map_or(String::new(), |address| format!("{address}:"));
    Some(Port { text: format!("{address}{published}:{target}"), at: file.at(node.span()) })
}

pub(super) fn volume(node: YamlNode<'_>) -> Option<Volume> {
    if let Some(text) = node.text() {
        let mut parts = text.split(':');
        let (source, target) = (parts.next()?, parts.next());
        return Some(Volume { source: source.to_owned(), target: target.unwrap_or(source).to_owned() });
    }
    let text = |key| node.get(key).and_then(YamlNode::text).map(str::to_owned);
    Some(Volume { source: text("source").unwrap_or_default(), target: text("target")? })
}

fn probe(file: Reading<'_>, check: YamlNode<'_>) -> Option<Probe> {
    let test = check.get("test")?;
    let words: Vec<String> = file.command_words(test).into_iter().map(|word| word.text).collect();
    Some(Probe { text: words.join(" "), at: file.at(test.span()), is_readiness: true })
}

fn extended(node: YamlNode<'_>) -> Option<(String, Option<String>)> {
    if let Some(name) = node.text() {
        return Some((name.to_owned(), None));
    }
    let service = node.get("service").and_then(YamlNode::text)?;
    Some((service.to_owned(), node.get("file").and_then(YamlNode::text).map(str::to_owned)))
}

fn replicas(file: Reading<'_>, service: YamlNode<'_>) -> Option<WorkerEvidence> {
    let (key, count) = service.get("deploy")?.entry("replicas")?;
    let is_server = file.purpose == Purpose::Production && service.get("build").is_some();
    is_server.then(|| WorkerEvidence { at: file.at(key.span()), count: count.text().and_then(|n| n.parse().ok()) })
}

/// How often a service is followed that extends another which extends a third.
const MAX_EXTENDS: u32 = 4;

/// Gives services what they take over from those they extend.
pub(super) fn extend(services: &mut [Service], sources: &Sources) {
    for _ in 0..MAX_EXTENDS {
        let bases: Vec<Option<Service>> =
            services.iter().map(|service| base_of(service, services, sources).cloned()).collect();
        for (service, base) in services.iter_mut().zip(bases) {
            if let Some(base) = base {
                take_over(service, base);
            }
        }
    }
}

fn base_of<'c>(service: &Service, all: &'c [Service], sources: &Sources) -> Option<&'c Service> {
    let (name, file) = service.extends.as_ref()?;
    let own = sources.file(service.file()).path();
    let path = file.as_ref().map_or_else(|| own.to_owned(), |file| beside(own, file));
    all.iter().find(|other| other.name == *name && other.at != service.at && sources.file(other.file()).path() == path)
}

/// The path that `relative` means in the file at `path`.
pub(super) fn beside(path: &str, relative: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if folder.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

fn take_over(service: &mut Service, base: Service) {
    for variable in base.environment {
        if service.variable(&variable.key).is_none() {
            service.environment.push(variable);
        }
    }
    service.has_outside_environment |= base.has_outside_environment;
    service.image = service.image.take().or(base.image);
    service.build = service.build.take().or(base.build);
    service.user = service.user.take().or(base.user);
    if service.command.is_empty() {
        service.command = base.command;
    }
}
