//! What a compose file says about what its stack is made for, besides its name.

use backlint_semantic::deploy::substitution::expand;
use backlint_semantic::deploy::yaml::YamlNode;

use super::compose::{build, volume};
use super::kind::is_production_name;
use super::{Purpose, Reading};
use crate::words;

/// What one document of a compose file is made for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stack {
    /// As far as names, variables and mounts say.
    pub(super) told: Purpose,
    /// With what only developers do: watch the source, and serve a program on the host.
    pub(super) likely: Purpose,
}

/// What programs are told who run for developers.
const DEVELOPMENT: &[&str] = &["dev", "development", "local", "test", "testing"];

/// One entry of `services`.
type Entry<'n> = (YamlNode<'n>, YamlNode<'n>);

impl Stack {
    pub(super) fn read(file: Reading<'_>, document: YamlNode<'_>, services: &[Entry<'_>]) -> Self {
        let is_for_production = || {
            is_production_name(file.source.path())
                || services.iter().any(|(_, service)| says_stage(*service, &["prod", "production"]))
        };
        if file.purpose != Purpose::Production || is_for_production() {
            return Self { told: file.purpose, likely: file.purpose };
        }
        let is_told = is_named_so(document) || runs_source(services) || is_told_by_service(services);
        let is_likely = is_told || watches_source(services) || serves_host(document, services);
        let purpose = |is_for_developers| if is_for_developers { Purpose::Development } else { file.purpose };
        Self { told: purpose(is_told), likely: purpose(is_likely) }
    }
}

/// Only started with a profile for developers, built to a stage for them, or told to be theirs.
pub(super) fn is_for_developers(service: YamlNode<'_>) -> bool {
    let profiles: Vec<&str> =
        service.get("profiles").into_iter().flat_map(YamlNode::items).filter_map(YamlNode::text).collect();
    let target = service.get("build").and_then(|build| build.get("target")).and_then(YamlNode::text);
    let in_profile = !profiles.is_empty() && profiles.iter().all(|profile| words::is_dev_name(profile));
    in_profile || target.is_some_and(words::is_dev_name) || is_told_so(service)
}

fn is_told_so(service: YamlNode<'_>) -> bool {
    let tag = service.get("image").and_then(YamlNode::text).and_then(|image| image.rsplit_once(':'));
    let is_built = || service.get("build").is_some();
    let is_tagged = tag.is_some_and(|(_, tag)| words::is_dev_name(tag)) && is_built();
    let files = service.get("env_file").into_iter().flat_map(|node| node.items().chain(Some(node)));
    let mut names = files.filter_map(YamlNode::text).map(|path| path.rsplit('/').next().unwrap_or(path));
    let is_configured = names.any(words::is_dev_name) && is_built();
    is_tagged || is_configured || says_stage(service, DEVELOPMENT)
}

/// `APP_ENV: development`. Flask's own variable says how it debugs, not for whom, unless it says production.
fn says_stage(service: YamlNode<'_>, stages: &[&str]) -> bool {
    let says = |key: &str, value: &str| {
        let value = expand(value).text.to_ascii_lowercase();
        names_stage(key) && stages.contains(&value.as_str()) && (key != "FLASK_ENV" || value == "production")
    };
    let Some(block) = service.get("environment") else { return false };
    let in_list = block.items().filter_map(YamlNode::text).filter_map(|text| text.split_once('='));
    let in_map = block.entries().into_iter().filter_map(|(key, value)| Some((key.text()?, value.text()?)));
    in_list.chain(in_map).any(|(key, value)| says(key, value))
}

/// Whether a variable tells a program for whom it runs; that of Node says how front ends are built.
fn names_stage(key: &str) -> bool {
    const ENDINGS: &[&str] = &["_ENV", "_ENVIRONMENT", "_PROFILE", "_PROFILES", "_PROFILES_ACTIVE", "_STAGE"];
    matches!(key, "ENV" | "ENVIRONMENT" | "STAGE") || key != "NODE_ENV" && ENDINGS.iter().any(|end| key.ends_with(end))
}

/// `name: shop-example`.
fn is_named_so(document: YamlNode<'_>) -> bool {
    document.get("name").and_then(YamlNode::text).is_some_and(words::is_dev_name)
}

/// The first built service speaks for those that belong to it, and so does any that is told for whom it runs: a stack is
/// started as a whole.
fn is_told_by_service(services: &[Entry<'_>]) -> bool {
    let mut built = services.iter().map(|(_, service)| *service).filter(|service| service.get("build").is_some());
    let is_first = built.clone().next().is_some_and(is_told_so);
    is_first || built.any(|service| service.get("profiles").is_none() && says_stage(service, DEVELOPMENT))
}

/// Whether the first built service runs the checked-out source from a volume, or another one that nobody restarts.
fn runs_source(services: &[Entry<'_>]) -> bool {
    let built = services.iter().find(|(_, service)| service.get("build").is_some());
    let asked = built.map_or(services, std::slice::from_ref);
    let volumes = asked.iter().filter_map(|(_, service)| service.get("volumes"));
    let is_mounted = volumes.flat_map(YamlNode::items).filter_map(volume).any(|volume| {
        let is_whole = matches!(volume.source.as_str(), "." | "./" | "${PWD}" | "$PWD");
        let is_code = ["/app", "/code", "/src", "/backend"].iter().any(|end| volume.target.ends_with(end));
        volume.target.starts_with('/') && (is_whole || volume.source.starts_with("./") && is_code)
    });
    is_mounted || services.iter().any(|(_, service)| service.get("restart").is_none() && mounts_context(*service))
}

/// Whether the folder that a service is built from is mounted into it.
fn mounts_context(service: YamlNode<'_>) -> bool {
    let Some(context) = service.get("build").map(|node| build(node).context) else { return false };
    let folder = |path: &str| path.trim_end_matches('/').trim_start_matches("./").to_owned();
    let volumes = service.get("volumes").into_iter().flat_map(YamlNode::items).filter_map(volume);
    let mut folders = volumes.filter(|volume| volume.source.starts_with('.') && volume.target.starts_with('/'));
    folders.any(|volume| folder(&volume.source) == folder(&context))
}

/// Whether a service starts a server that restarts when its source changes.
fn watches_source(services: &[Entry<'_>]) -> bool {
    services.iter().any(|(_, service)| {
        let texts = ["command", "entrypoint"].into_iter().filter_map(|key| service.get(key)).flat_map(|node| {
            let items = node.items().filter_map(YamlNode::text);
            items.chain(node.text()).collect::<Vec<_>>()
        });
        let words: Vec<&str> = texts.flat_map(str::split_whitespace).collect();
        let watcher = |word: &&str| matches!(*word, "--reload" | "nodemon" | "watchfiles" | "watchmedo");
        words.iter().any(watcher) || words.windows(2).any(|pair| pair[1] == "dev" && is_runner(pair[0]))
    })
}

/// `npm run dev`, `yarn dev`, `next dev`, `fastapi dev`.
fn is_runner(word: &str) -> bool {
    matches!(word, "bun" | "fastapi" | "next" | "npm" | "nuxt" | "pnpm" | "run" | "yarn")
}

/// Whether the stack builds nothing and publishes a store on the host that none of its services uses: the program that
/// does runs on the host, which is where developers run theirs.
fn serves_host(document: YamlNode<'_>, services: &[Entry<'_>]) -> bool {
    let is_joined = || {
        let networks = document.get("networks").map(YamlNode::entries).unwrap_or_default();
        networks.iter().any(|(_, network)| network.get("external").is_some())
            || services.iter().any(|(_, service)| service.get("network_mode").is_some())
    };
    let is_for_others = |service: YamlNode<'_>| service.get("build").is_some() || is_proxy(service);
    if services.iter().any(|(_, service)| is_for_others(*service)) || is_joined() {
        return false;
    }
    let programs = || services.iter().filter(|(_, service)| !is_view(*service));
    let uses_any = |own: YamlNode<'_>, service: YamlNode<'_>| {
        let mut others = programs().filter_map(|(name, _)| name.text()).filter(|name| own.text() != Some(*name));
        others.any(|name| uses(service, name))
    };
    let is_used = |name: YamlNode<'_>| {
        let mut others = programs().filter(|(own, _)| own.text() != name.text());
        name.text().is_some_and(|name| others.any(|(_, other)| uses(*other, name)))
    };
    // What only sets a store up publishes nothing itself.
    let mut published = programs().filter(|(_, service)| is_published(*service));
    published.clone().all(|(name, service)| !uses_any(*name, *service)) && published.any(|(name, _)| !is_used(*name))
}

/// Images that hand requests from outside on.
fn is_proxy(service: YamlNode<'_>) -> bool {
    const PROXIES: &[&str] = &["caddy", "envoy", "haproxy", "httpd", "nginx", "traefik"];
    PROXIES.iter().any(|part| image_of(service).contains(part))
}

fn image_of(service: YamlNode<'_>) -> &str {
    let image = service.get("image").and_then(YamlNode::text).unwrap_or_default();
    image.rsplit('/').next().unwrap_or(image)
}

fn is_published(service: YamlNode<'_>) -> bool {
    service.get("ports").is_some()
}

/// Images that show what stores hold.
fn is_view(service: YamlNode<'_>) -> bool {
    const VIEWS: &[&str] = &["admin", "commander", "express", "grafana", "insight", "kibana"];
    VIEWS.iter().any(|part| image_of(service).contains(part))
}

/// Whether a service waits for another, or is told its name as a host.
fn uses(service: YamlNode<'_>, name: &str) -> bool {
    let depends = ["depends_on", "links"].into_iter().filter_map(|key| service.get(key)).any(|node| {
        node.items().any(|item| item.text() == Some(name))
            || node.entries().iter().any(|(key, _)| key.text() == Some(name))
    });
    let Some(block) = service.get("environment") else { return depends };
    let values = block.entries().into_iter().filter_map(|(_, value)| value.text()).map(str::to_owned);
    let items = block.items().filter_map(YamlNode::text).filter_map(|text| Some(text.split_once('=')?.1.to_owned()));
    let is_host = |value: &str| {
        let mut parts = value.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
        parts.any(|part| part == name)
    };
    depends || values.chain(items).any(|value| value.contains([':', '@']) && is_host(&value) || value == name)
}
