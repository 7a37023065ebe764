//! Limits that reverse proxies of the repository put in front of routes.

mod ingress;
mod labels;

use backlint_semantic::deploy::nginx::{self, Match};
use backlint_source::{Location, SourceFile, Span};

use super::{StorageKind, Throttle, ThrottleKey};
use crate::Project;
use crate::proxies::covers;
use crate::web::Route;
use crate::words::is_dev_name;

/// What all proxies of the repository do.
#[derive(Debug, Default)]
pub(super) struct Gateways {
    servers: Vec<Server>,
}

/// One server of a proxy: the first place that fits a request best passes it on.
#[derive(Debug)]
struct Server {
    /// A path below whose folder the code lies that it stands in front of.
    scope: String,
    places: Vec<Place>,
}

/// Requests that are passed on in one way.
#[derive(Debug)]
struct Place {
    compared: Match,
    path: String,
    /// What the beginning of the path is replaced by on the way, if it is.
    replaced_by: Option<String>,
    is_passed_on: bool,
    limit: Option<Limit>,
}

#[derive(Clone, Debug)]
struct Limit {
    name: &'static str,
    at: Location,
}

impl Gateways {
    pub(super) fn read(project: &Project) -> Self {
        let mut gateways = Self::default();
        for (id, source) in project.sources().iter() {
            let text = source.text();
            if project.file(id).is_some() || is_dev_name(name(source)) || is_shown_only(source.path()) {
                continue;
            }
            let at = |span| Location { file: id, span };
            if text.contains("limit_req ") && text.contains("location ") {
                gateways.servers.extend(nginx_servers(source, at));
            }
            if ingress::is_limiting(text) {
                gateways.servers.extend(ingress::server(source, at));
            }
            if labels::is_limiting(text) {
                gateways.servers.extend(labels::servers(source, at));
            }
        }
        gateways.servers.retain(|server| server.places.iter().any(|place| place.limit.is_some()));
        gateways
    }

    /// What limits a route on every way through one of the proxies in front of it.
    pub(super) fn throttle(&self, project: &Project, route: &Route) -> Option<Throttle> {
        if self.servers.is_empty() {
            return None;
        }
        let code = project.sources().file(route.at.file).path();
        let asked = example(&route.path);
        let limit = self.servers.iter().filter(|server| covers(&server.scope, code)).find_map(|s| s.limit(&asked))?;
        Some(Throttle {
            name: limit.name.to_owned(),
            at: limit.at,
            storage: StorageKind::Shared,
            key: ThrottleKey::Unknown,
        })
    }
}

impl Server {
    /// The limit in front of an application's path, if every way to it has one.
    fn limit(&self, asked: &str) -> Option<Limit> {
        let ways: Vec<&Place> = self
            .places
            .iter()
            .filter(|place| place.is_passed_on)
            .filter(|place| {
                let Some(outside) = place.outside(asked) else { return false };
                self.chosen(&outside).is_some_and(|chosen| std::ptr::eq(chosen, *place))
            })
            .collect();
        let limits: Vec<&Limit> = ways.iter().filter_map(|place| place.limit.as_ref()).collect();
        (limits.len() == ways.len()).then(|| limits.first().map(|&limit| limit.clone()))?
    }

    /// The place that answers for a path: the exact one, else the longest prefix, unless a pattern fits.
    fn chosen(&self, path: &str) -> Option<&Place> {
        let fits = |kinds: &'static [Match]| {
            self.places.iter().filter(move |place| kinds.contains(&place.compared) && place.fits(path))
        };
        let longest = fits(&[Match::Prefix, Match::FinalPrefix]).max_by_key(|place| place.path.len());
        let is_final = longest.is_some_and(|place| place.compared == Match::FinalPrefix);
        fits(&[Match::Exact]).next().or_else(|| fits(&[Match::Pattern]).next().filter(|_| !is_final)).or(longest)
    }
}

impl Place {
    fn fits(&self, path: &str) -> bool {
        match self.compared {
            Match::Exact => path == self.path,
            Match::Prefix | Match::FinalPrefix => path.starts_with(&self.path),
            Match::Pattern => fits_pattern(&self.path, path),
        }
    }

    /// The path by which clients ask for what the application knows under another one.
    fn outside(&self, inside: &str) -> Option<String> {
        match &self.replaced_by {
            Some(start) => Some(format!("{}{}", self.path, inside.strip_prefix(start.as_str())?)),
            None => Some(inside.to_owned()),
        }
    }
}

fn nginx_servers(source: &SourceFile, at: impl Fn(Span) -> Location) -> Vec<Server> {
    let place = |found: nginx::Location| Place {
        compared: found.compared,
        replaced_by: found.target.as_deref().filter(|_| found.compared != Match::Pattern).and_then(path_of),
        is_passed_on: found.target.is_some(),
        limit: found.limit.map(|span| Limit { name: "limit_req", at: at(span) }),
        path: found.path,
    };
    nginx::servers(source.text())
        .into_iter()
        .map(|places| Server { scope: source.path().to_owned(), places: places.into_iter().map(place).collect() })
        .collect()
}

/// The path in `http://backend/path`, which takes the place of the location's.
fn path_of(target: &str) -> Option<String> {
    let (_, rest) = target.split_once("://")?;
    rest.find('/').map(|slash| rest[slash..].to_owned()).filter(|path| !path.contains('$'))
}

/// A path that the route would answer: `/users/{id}` is asked for as `/users/x`.
fn example(path: &str) -> String {
    let segment = |part: &str| if part.contains(['{', '<']) { "x".to_owned() } else { part.to_owned() };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// Whether a pattern begins like a path: what stands before its first operator is compared, and one that goes on with
/// anything but the end or a rest is taken to fit only where nothing else is left.
fn fits_pattern(pattern: &str, path: &str) -> bool {
    let Some(anchored) = pattern.strip_prefix('^') else { return false };
    let plain: String = anchored.chars().take_while(|c| !"\\.^$*+?()[]{}|".contains(*c)).collect();
    let rest = &anchored[plain.len()..];
    let Some(left) = path.strip_prefix(plain.as_str()) else { return false };
    match rest {
        "" | ".*" | "(.*)" | ".*$" | "(.*)$" | "(/|$)" | "(/|$)(.*)" => true,
        "$" => left.is_empty(),
        _ => false,
    }
}

/// Configurations below documentation and examples stand in front of nothing.
fn is_shown_only(path: &str) -> bool {
    path.split('/').any(|folder| matches!(folder, "doc" | "docs" | "example" | "examples" | "sample" | "samples"))
}

fn name(source: &SourceFile) -> &str {
    source.path().rsplit('/').next().unwrap_or_default()
}
