//! Reverse proxies in front of the application, as far as deployment files show them.

use backlint_source::{FileId, Location, SourceFile, Span};

use crate::Project;
use crate::layout::is_below;
use crate::words::is_dev_name;

/// A place that shows a proxy in front of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyEvidence {
    /// Where.
    pub at: Location,
    /// What stands there.
    pub what: &'static str,
    /// Whether the proxy runs on the host of the application, whose address servers trust by default.
    pub is_local: bool,
}

/// Images that are reverse proxies by nature.
const PROXY_IMAGES: &[&str] = &[
    "caddy",
    "cloudflare/cloudflared",
    "envoyproxy/",
    "haproxy",
    "jwilder/nginx-proxy",
    "nginxproxy/nginx-proxy",
    "traefik",
];

/// Names of code and options that put the caller's address back.
const RESTORING: &[&str] = &[
    "--forwarded-allow-ips",
    "--proxy-headers",
    "FORWARDED_ALLOW_IPS",
    "ProxyFix",
    "ProxyHeadersMiddleware",
    "forwarded_allow_ips",
    "proxy_headers",
    "trusted_proxy_headers",
];

/// Folders that hold deployment files of what lies beside or above them.
const DEPLOYMENT_FOLDERS: &[&str] = &[
    "charts",
    "compose",
    "conf",
    "conf.d",
    "config",
    "deploy",
    "deployment",
    "deployments",
    "docker",
    "frontend",
    "helm",
    "infra",
    "infrastructure",
    "ingress",
    "k8s",
    "kubernetes",
    "manifests",
    "nginx",
    "ops",
    "proxy",
    "templates",
    "web",
];

impl Project {
    /// The first place that shows a proxy in front of the code in a file.
    pub fn proxy_before(&self, file: FileId) -> Option<ProxyEvidence> {
        let path = self.sources().file(file).path();
        self.sources()
            .iter()
            .filter(|(id, text)| self.file(*id).is_none() && covers(text.path(), path) && !is_dev_name(name(text)))
            .find_map(|(id, text)| evidence(id, text))
    }

    /// Whether anything puts the address of the caller back into the connection: middleware, or an option of the server.
    pub fn restores_client_address(&self) -> bool {
        self.sources().iter().any(|(id, source)| {
            let is_read = self.file(id).is_none_or(|file| file.role().is_reported());
            is_read && RESTORING.iter().any(|word| mentions(source.text(), word))
        })
    }

    /// Whether it does so for known proxies only, not for whoever sends the header.
    pub fn trusts_known_proxies(&self) -> bool {
        let is_known =
            |line: &str| !line.contains('*') && is_content(line) && RESTORING.iter().any(|word| line.contains(word));
        self.sources().iter().any(|(id, source)| {
            let is_read = self.file(id).is_none_or(|file| file.role().is_reported());
            is_read && RESTORING.iter().any(|word| source.text().contains(word)) && source.text().lines().any(is_known)
        })
    }

    /// Whether a proxy of the repository overwrites a header of the caller: `proxy_set_header X-Real-IP $remote_addr`.
    pub fn proxy_overwrites(&self, header: &str) -> bool {
        let sets = |line: &str| {
            let mut words = line.split_whitespace();
            words.next() == Some("proxy_set_header")
                && words.next().is_some_and(|name| name.eq_ignore_ascii_case(header))
                && words.next().is_some_and(|value| value.trim_start_matches('\\').starts_with("$remote_addr"))
        };
        self.texts().any(|text| text.lines().any(|line| sets(line.trim())))
    }

    /// Whether a deployment file mentions a provider.
    pub fn deployment_mentions(&self, provider: &str) -> bool {
        self.texts().any(|text| mentions(&text.to_ascii_lowercase(), provider))
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.sources().iter().filter(|(id, _)| self.file(*id).is_none()).map(|(_, source)| source.text())
    }
}

/// Whether a word stands outside of comments.
fn mentions(text: &str, word: &str) -> bool {
    text.contains(word) && text.lines().any(|line| line.contains(word) && is_content(line))
}

fn is_content(line: &str) -> bool {
    !line.trim_start().starts_with(['#', ';'])
}

/// `0.0.0.0:8000`, `--port 8000`.
fn has_fixed_port(line: &str) -> bool {
    let is_number = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    [":", "--port ", "--port=", "-p "]
        .iter()
        .any(|option| line.match_indices(option).any(|(at, _)| is_number(&line[at + option.len()..])))
}

fn name(source: &SourceFile) -> &str {
    source.path().rsplit('/').next().unwrap_or_default()
}

/// Whether a deployment file belongs to the code in another file: its folder, without the folders that only hold
/// deployment files, is above that code.
pub(crate) fn covers(deployment: &str, code: &str) -> bool {
    let mut folder = deployment.rsplit_once('/').map_or("", |(folder, _)| folder);
    loop {
        let (above, last) = folder.rsplit_once('/').unwrap_or(("", folder));
        if !DEPLOYMENT_FOLDERS.contains(&last.to_ascii_lowercase().as_str()) {
            break;
        }
        folder = above;
    }
    is_below(code, folder)
}

fn evidence(id: FileId, source: &SourceFile) -> Option<ProxyEvidence> {
    let file_name = name(source).to_ascii_lowercase();
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        let content = line.trim();
        if let Some((what, is_local)) = shown_by(&file_name, content) {
            let at = start + (line.len() - line.trim_start().len());
            let fits = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let span = Span::new(fits(at), fits(at + content.len()));
            return Some(ProxyEvidence { at: Location { file: id, span }, what, is_local });
        }
        start += line.len();
    }
    None
}

/// What one line of a deployment file shows, and whether that proxy is on the same host.
fn shown_by(file_name: &str, line: &str) -> Option<(&'static str, bool)> {
    if let Some(target) = line.strip_prefix("proxy_pass ") {
        let is_local = ["localhost", "127.0.0.1", "unix:"].iter().any(|host| target.contains(host));
        return Some(("nginx passes requests on", is_local));
    }
    if let Some(image) = line.strip_prefix("image:") {
        let image = image.trim().trim_matches(['"', '\'']);
        return PROXY_IMAGES.iter().any(|proxy| image.starts_with(proxy)).then_some(("a proxy runs here", false));
    }
    if matches!(line, "kind: Ingress" | "kind: IngressRoute" | "kind: HTTPRoute") {
        return Some(("an ingress passes requests on", false));
    }
    // A platform gives the port in a variable; a fixed one is for running by hand.
    if file_name == "procfile" && line.starts_with("web:") && !has_fixed_port(line) {
        return Some(("platforms that read this file route requests through a proxy of theirs", false));
    }
    let is_platform = file_name == "render.yaml" && line.trim_start_matches("- ") == "type: web"
        || file_name == "fly.toml" && matches!(line, "[http_service]" | "[[services]]");
    is_platform.then_some(("this platform routes requests through a proxy of its own", false))
}
