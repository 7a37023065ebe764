//! Limits that Traefik reads from the labels of a compose service.

use std::collections::BTreeSet;

use backlint_semantic::deploy::nginx::Match;
use backlint_semantic::deploy::yaml::{Yaml, YamlNode};
use backlint_source::{Location, SourceFile, Span};

use super::{Limit, Place, Server};

/// Whether a text is worth reading.
pub(super) fn is_limiting(text: &str) -> bool {
    text.contains("traefik.http.") && text.to_ascii_lowercase().contains(".ratelimit.average")
}

/// The services whose routers go through a middleware that limits.
pub(super) fn servers(source: &SourceFile, at: impl Fn(Span) -> Location) -> Vec<Server> {
    let Ok(tree) = Yaml::parse(source.text()) else { return Vec::new() };
    let services: Vec<YamlNode<'_>> = tree
        .documents()
        .filter_map(|document| document.get("services"))
        .flat_map(YamlNode::entries)
        .map(|(_, service)| service)
        .collect();
    let limiting: BTreeSet<String> =
        services.iter().flat_map(|&service| labels(service)).filter_map(|label| limiting_middleware(&label)).collect();
    services.iter().filter_map(|&service| server(source, service, &limiting, &at)).collect()
}

/// `traefik.http.routers.api.middlewares=limit@docker`.
struct Label {
    key: String,
    value: String,
    span: Span,
}

fn labels(service: YamlNode<'_>) -> Vec<Label> {
    let Some(block) = service.get("labels") else { return Vec::new() };
    let label = |key: &str, value: &str, span| Label { key: key.to_owned(), value: value.to_owned(), span };
    let in_list = block.items().filter_map(|node| {
        let (key, value) = node.text()?.split_once('=')?;
        Some(label(key, value, node.span()))
    });
    let in_map = block.entries().into_iter();
    in_list.chain(in_map.filter_map(|(key, value)| Some(label(key.text()?, value.text()?, key.span())))).collect()
}

fn limiting_middleware(label: &Label) -> Option<String> {
    let (name, option) = label.key.strip_prefix("traefik.http.middlewares.")?.split_once('.')?;
    option.eq_ignore_ascii_case("ratelimit.average").then(|| name.to_owned())
}

fn server(
    source: &SourceFile,
    service: YamlNode<'_>,
    limiting: &BTreeSet<String>,
    at: &impl Fn(Span) -> Location,
) -> Option<Server> {
    let labels = labels(service);
    let routers: BTreeSet<&str> = labels.iter().filter_map(|label| router(label).map(|(name, _)| name)).collect();
    let place = |name: &str| {
        let of = |option: &str| labels.iter().find(|label| router(label) == Some((name, option)));
        let limit = of("middlewares").filter(|label| {
            let mut used = label.value.split(',').map(|used| used.split('@').next().unwrap_or(used).trim());
            used.any(|used| limiting.contains(used))
        });
        Place {
            compared: Match::Prefix,
            path: of("rule").and_then(|label| path_prefix(&label.value)).unwrap_or("/").to_owned(),
            replaced_by: None,
            is_passed_on: true,
            limit: limit.map(|label| Limit { name: "ratelimit", at: at(label.span) }),
        }
    };
    let places: Vec<Place> = routers.into_iter().map(place).collect();
    (!places.is_empty()).then(|| Server { scope: scope(source.path(), service), places })
}

/// The router that a label is about, and which of its options.
fn router(label: &Label) -> Option<(&str, &str)> {
    label.key.strip_prefix("traefik.http.routers.")?.split_once('.')
}

/// ``Host(`x`) && PathPrefix(`/api`)``.
fn path_prefix(rule: &str) -> Option<&str> {
    rule.split_once("PathPrefix(`")?.1.split('`').next()
}

/// The folder that the service is built from; one that is not built here may hold any code below the file.
fn scope(compose: &str, service: YamlNode<'_>) -> String {
    let build = service.get("build");
    let context = build.and_then(|build| build.text().or_else(|| build.get("context").and_then(YamlNode::text)));
    let folder = compose.rsplit_once('/').map_or("", |(folder, _)| folder);
    match context.map(|context| context.trim_start_matches("./").trim_end_matches('/')) {
        Some(context) if !context.is_empty() && !context.starts_with('.') && !folder.is_empty() => {
            format!("{folder}/{context}/compose")
        }
        Some(context) if !context.is_empty() && !context.starts_with('.') => format!("{context}/compose"),
        _ => compose.to_owned(),
    }
}
