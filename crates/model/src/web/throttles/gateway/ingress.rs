//! Limits in the annotations of an ingress of Kubernetes.

use backlint_semantic::deploy::nginx::Match;
use backlint_semantic::deploy::yaml::{Yaml, YamlNode};
use backlint_source::{Location, SourceFile, Span};

use super::{Limit, Place, Server};

const ANNOTATIONS: &[&str] = &["nginx.ingress.kubernetes.io/limit-rpm", "nginx.ingress.kubernetes.io/limit-rps"];
const REWRITE: &str = "nginx.ingress.kubernetes.io/rewrite-target";

/// Whether a text is worth reading.
pub(super) fn is_limiting(text: &str) -> bool {
    text.contains("kind: Ingress") && ANNOTATIONS.iter().any(|annotation| text.contains(annotation))
}

/// Every path of the ingresses in a file; a template of a manifest cannot be read and shows none.
pub(super) fn server(source: &SourceFile, at: impl Fn(Span) -> Location) -> Option<Server> {
    let tree = Yaml::parse(source.text()).ok()?;
    let mut places = Vec::new();
    for document in tree.documents().filter(|document| text_of(*document, "kind") == Some("Ingress")) {
        let annotations = document.get("metadata").and_then(|metadata| metadata.get("annotations"));
        let limit = annotations
            .and_then(|notes| ANNOTATIONS.iter().find_map(|annotation| notes.entry(annotation)))
            .map(|(key, _)| Limit { name: "limit-rps", at: at(key.span()) });
        let is_rewritten = annotations.is_some_and(|notes| notes.get(REWRITE).is_some());
        for path in paths(document) {
            // With a rewrite the path is a pattern, `/api(/|$)(.*)`, whose rest is what the application sees.
            let beginning = path.split('(').next().unwrap_or(path);
            places.push(Place {
                compared: Match::Prefix,
                path: beginning.to_owned(),
                replaced_by: is_rewritten.then(String::new),
                is_passed_on: true,
                limit: limit.clone(),
            });
        }
    }
    Some(Server { scope: source.path().to_owned(), places })
}

fn paths(document: YamlNode<'_>) -> impl Iterator<Item = &str> {
    let rules = document.get("spec").and_then(|spec| spec.get("rules"));
    rules
        .into_iter()
        .flat_map(YamlNode::items)
        .filter_map(|rule| rule.get("http")?.get("paths"))
        .flat_map(YamlNode::items)
        .filter_map(|path| text_of(path, "path"))
}

fn text_of<'y>(node: YamlNode<'y>, key: &str) -> Option<&'y str> {
    node.get(key).and_then(YamlNode::text)
}
