//! The operations of a description of an API (OpenAPI 2 and 3).

use backlint_semantic::Yaml;

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
    /// A credential that a function checks.
    Checked,
    /// A credential, but the description names no function that checks it.
    Unchecked,
}

/// All operations of a description, in its order.
pub(super) fn of(description: &Yaml) -> Vec<Operation<'_>> {
    let paths = description.get("paths").map_or(&[][..], Yaml::entries);
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.entries().iter().filter(|(method, _)| METHODS.contains(&method.as_str()));
            methods.map(move |(method, operation)| Operation {
                method,
                path,
                id: operation.get("operationId").and_then(Yaml::text),
                controller: controller(operation).or_else(|| controller(item)),
                demand: demand(description, operation),
                converters: [item, operation].into_iter().flat_map(converters).collect(),
            })
        })
        .collect()
}

/// What the description puts before every path.
pub(super) fn base_path(description: &Yaml) -> String {
    if let Some(base) = description.get("basePath").and_then(Yaml::text) {
        return base.trim_end_matches('/').to_owned();
    }
    let servers = description.get("servers").and_then(Yaml::elements).unwrap_or_default();
    let url = servers.first().and_then(|server| server.get("url")).and_then(Yaml::text).unwrap_or_default();
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

fn controller(of: &Yaml) -> Option<&str> {
    ["x-openapi-router-controller", "x-swagger-router-controller"]
        .iter()
        .find_map(|key| of.get(key))
        .and_then(Yaml::text)
}

fn converters(of: &Yaml) -> Vec<(&str, &'static str)> {
    let parameters = of.get("parameters").and_then(Yaml::elements).unwrap_or_default();
    let converter = |parameter: &Yaml| {
        let schema = parameter.get("schema").unwrap_or(parameter);
        let is_path = schema.get("format").and_then(Yaml::text) == Some("path");
        match schema.get("type").and_then(Yaml::text)? {
            "integer" => Some("int"),
            "number" => Some("float"),
            _ if is_path => Some("path"),
            _ => None,
        }
    };
    let in_path = parameters.iter().filter(|parameter| parameter.get("in").and_then(Yaml::text) == Some("path"));
    in_path.filter_map(|parameter| Some((parameter.get("name")?.text()?, converter(parameter)?))).collect()
}

/// The operation's `security`, else that of the whole description. One empty requirement lets everybody pass.
fn demand(description: &Yaml, operation: &Yaml) -> Demand {
    let security = operation.get("security").or_else(|| description.get("security"));
    let requirements = security.and_then(Yaml::elements).unwrap_or_default();
    if requirements.is_empty() || requirements.iter().any(|requirement| requirement.entries().is_empty()) {
        return Demand::Nothing;
    }
    let mut schemes = requirements.iter().flat_map(Yaml::entries);
    if schemes.all(|(name, _)| is_checked(description, name)) { Demand::Checked } else { Demand::Unchecked }
}

/// Whether a scheme names the function or the service that checks it.
fn is_checked(description: &Yaml, name: &str) -> bool {
    let of_three = description.get("components").and_then(|components| components.get("securitySchemes"));
    let schemes = of_three.or_else(|| description.get("securityDefinitions"));
    let scheme = schemes.and_then(|schemes| schemes.get(name)).map_or(&[][..], Yaml::entries);
    scheme.iter().any(|(key, _)| key.starts_with("x-") && (key.ends_with("InfoFunc") || key.ends_with("InfoUrl")))
}
