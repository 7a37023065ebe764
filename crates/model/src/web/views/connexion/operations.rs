//! The operations of a description of an API (OpenAPI 2 and 3).

use backlint_semantic::deploy::yaml::YamlNode;
use backlint_source::Span;

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options"];

/// One method of one path.
pub(super) struct Operation<'y> {
    pub(super) method: &'y str,
    pub(super) path: &'y str,
    /// `operationId`.
    pub(super) id: Option<&'y str>,
    /// The module in front of the id.
    pub(super) controller: Option<&'y str>,
    pub(super) demand: Demand,
    /// Path parameters that are no plain text, and their converters.
    converters: Vec<(&'y str, &'static str)>,
}

/// What a caller has to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// Nothing.
    Nothing,
    /// A credential that a function checks, as it says here.
    Checked(Span),
    /// A credential, but the description names no function that checks it.
    Unchecked(Span),
}

/// All operations of a description, in its order.
pub(super) fn of(description: YamlNode<'_>) -> Vec<Operation<'_>> {
    let paths = description.get("paths").map(YamlNode::entries).unwrap_or_default();
    let mut found = Vec::new();
    for (path, item) in paths {
        let Some(path) = path.text() else { continue };
        for (method, operation) in item.entries() {
            let Some(method) = method.text().filter(|method| METHODS.contains(method)) else { continue };
            found.push(Operation {
                method,
                path,
                id: text(operation, "operationId"),
                controller: controller(operation),
                demand: demand(description, operation),
                converters: [item, operation].into_iter().flat_map(converters).collect(),
            });
        }
    }
    found
}

/// What the description puts before every path.
pub(super) fn base_path(description: YamlNode<'_>) -> String {
    if let Some(base) = text(description, "basePath") {
        return base.trim_end_matches('/').to_owned();
    }
    let server = description.get("servers").and_then(|servers| servers.items().next());
    let url = server.and_then(|server| text(server, "url")).unwrap_or_default();
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => url,
    };
    path.trim_end_matches('/').to_owned()
}

impl Operation<'_> {
    /// The path as Flask writes it: `/pets/<int:pet_id>`.
    pub(super) fn rule(&self) -> String {
        let mut parts = Vec::new();
        let mut rest = self.path;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else { break };
            let converter = self.converters.iter().find(|(parameter, _)| *parameter == name);
            let typed = converter.map_or(String::new(), |(_, converter)| format!("{converter}:"));
            parts.push(format!("{before}<{typed}{}>", name.replace('-', "_")));
            rest = behind;
        }
        parts.concat() + rest
    }
}

fn text<'y>(of: YamlNode<'y>, key: &str) -> Option<&'y str> {
    of.get(key)?.text()
}

fn controller(of: YamlNode<'_>) -> Option<&str> {
    ["x-openapi-router-controller", "x-swagger-router-controller"].iter().find_map(|key| text(of, key))
}

fn converters(of: YamlNode<'_>) -> Vec<(&str, &'static str)> {
    let converter = |parameter: YamlNode<'_>| {
        let schema = parameter.get("schema").unwrap_or(parameter);
        match (text(schema, "type")?, text(schema, "format")) {
            ("integer", _) => Some("int"),
            ("number", _) => Some("float"),
            (_, Some("path")) => Some("path"),
            _ => None,
        }
    };
    let parameters = of.get("parameters").into_iter().flat_map(YamlNode::items);
    let in_path = parameters.filter(|&parameter| text(parameter, "in") == Some("path"));
    in_path.filter_map(|parameter| Some((text(parameter, "name")?, converter(parameter)?))).collect()
}

/// The operation's `security`, else that of the whole description. One empty requirement lets everybody pass.
fn demand(description: YamlNode<'_>, operation: YamlNode<'_>) -> Demand {
    let Some(security) = operation.get("security").or_else(|| description.get("security")) else {
        return Demand::Nothing;
    };
    let requirements: Vec<Vec<_>> = security.items().map(YamlNode::entries).collect();
    if requirements.is_empty() || requirements.iter().any(Vec::is_empty) {
        return Demand::Nothing;
    }
    let mut schemes = requirements.iter().flatten();
    let all_checked = schemes.all(|(name, _)| name.text().is_some_and(|name| is_checked(description, name)));
    if all_checked { Demand::Checked(security.span()) } else { Demand::Unchecked(security.span()) }
}

/// Whether a scheme names the function or the service that checks it.
fn is_checked(description: YamlNode<'_>, name: &str) -> bool {
    let of_three = description.get("components").and_then(|components| components.get("securitySchemes"));
    let schemes = of_three.or_else(|| description.get("securityDefinitions"));
    let scheme = schemes.and_then(|schemes| schemes.get(name)).map(YamlNode::entries).unwrap_or_default();
    scheme
        .iter()
        .filter_map(|(key, _)| key.text())
        .any(|key| key.starts_with("x-") && (key.ends_with("InfoFunc") || key.ends_with("InfoUrl")))
}
