//! Mounts declared handlers under every app that serves them.

use rustc_hash::FxHashMap;

use super::Web;
use super::containers::{ContainerId, ContainerKind, Framework};
use super::guards::{Guarding, Verdict};
use super::registration::{Edge, GivenPrefix};
use super::routes::{Draft, Liveness, Route, RouteId};

/// Text that stands for the unknown part of a path.
pub(crate) const UNKNOWN_PART: &str = "…";

/// How many routers a route may be nested in.
const MAX_NESTING: usize = 16;

/// How many ways up to an app are followed for one router.
const MAX_MOUNTS: usize = 256;

/// Mounts each draft under every app that serves it.
pub(crate) fn mount(web: &Web, drafts: Vec<Draft>) -> Vec<Route> {
    let mut ways = Ways::new(web);
    let mut routes = Vec::new();
    for draft in drafts {
        let own = draft.path.clone().unwrap_or_else(|| UNKNOWN_PART.to_owned());
        let mounts = draft.container.map(|container| ways.up_from(container, takes_prefixes(&draft)));
        let Some(mounts) = mounts.filter(|mounts| !mounts.is_empty()) else {
            let prefix = draft.container.map_or(String::new(), |id| {
                web.containers[id.index()].prefix.clone().unwrap_or_else(|| UNKNOWN_PART.to_owned())
            });
            let is_dead = draft.container.is_some() && web.unresolved_registrations.is_empty();
            let liveness = if is_dead { Liveness::Dead } else { Liveness::Unknown };
            routes.push(route(&draft, None, Vec::new(), joined(&prefix, &own), liveness, routes.len()));
            continue;
        };
        for mount in mounts {
            let path = joined(&mount.prefix, &own);
            routes.push(route(&draft, Some(mount.app), mount.chain.clone(), path, Liveness::Live, routes.len()));
        }
    }
    routes
}

/// FastAPI's routers put their own prefix before the routes that FastAPI makes, not before plain ones of Starlette.
fn takes_prefixes(draft: &Draft) -> bool {
    draft.framework == Framework::Flask || draft.takes_dependencies
}

fn route(
    draft: &Draft,
    app: Option<ContainerId>,
    chain: Vec<usize>,
    path: String,
    liveness: Liveness,
    index: usize,
) -> Route {
    Route {
        id: RouteId::new(index),
        handler: draft.handler,
        framework: draft.framework,
        container: draft.container,
        app,
        chain,
        methods: draft.methods.clone(),
        path: if path.is_empty() { "/".to_owned() } else { path },
        liveness,
        at: draft.at,
        decorators: draft.decorators.clone(),
        misplaced: Vec::new(),
        outer_decorators: draft.outer_decorators.clone(),
        dependencies: draft.dependencies,
        takes_dependencies: draft.takes_dependencies,
        wrapper: draft.wrapper,
        described: draft.described.clone(),
        call: draft.call,
        guards: Vec::new(),
        guarding: Guarding::new(Verdict::No, None),
        throttles: Vec::new(),
        proxy_limit: None,
    }
}

/// One way from a router up to an app.
#[derive(Debug)]
struct Mount {
    app: ContainerId,
    prefix: String,
    chain: Vec<usize>,
}

/// The ways from routers up to apps, each router's found once.
struct Ways<'a> {
    web: &'a Web,
    /// Positions in the list of registrations, by what is registered.
    edges: FxHashMap<ContainerId, Vec<usize>>,
    found: FxHashMap<(ContainerId, bool), Vec<Mount>>,
}

impl<'a> Ways<'a> {
    fn new(web: &'a Web) -> Self {
        let mut edges: FxHashMap<ContainerId, Vec<usize>> = FxHashMap::default();
        for (index, edge) in web.edges.iter().enumerate() {
            edges.entry(edge.child).or_default().push(index);
        }
        Self { web, edges, found: FxHashMap::default() }
    }

    fn up_from(&mut self, container: ContainerId, takes_prefixes: bool) -> &[Mount] {
        let (web, edges) = (self.web, &self.edges);
        self.found.entry((container, takes_prefixes)).or_insert_with(|| {
            let mut climb = Climb { web, edges, takes_prefixes, chain: Vec::new(), found: Vec::new() };
            climb.from(container, "");
            climb.found
        })
    }
}

struct Climb<'a> {
    web: &'a Web,
    edges: &'a FxHashMap<ContainerId, Vec<usize>>,
    takes_prefixes: bool,
    chain: Vec<usize>,
    found: Vec<Mount>,
}

impl Climb<'_> {
    fn from(&mut self, at: ContainerId, below: &str) {
        let web = self.web;
        let container = &web.containers[at.index()];
        let above = self.edges.get(&at).map_or(&[][..], Vec::as_slice);
        // An app that another one mounts is part of that one.
        let is_served = container.kind == ContainerKind::App && above.is_empty();
        if is_served && self.found.len() < MAX_MOUNTS {
            self.found.push(Mount { app: at, prefix: below.to_owned(), chain: self.chain.clone() });
        }
        if self.chain.len() >= MAX_NESTING || self.found.len() >= MAX_MOUNTS {
            return;
        }
        for &index in above {
            if self.chain.contains(&index) {
                continue;
            }
            let edge = &web.edges[index];
            let prefix = self.prefix(edge, container.framework, container.kind);
            self.chain.push(index);
            self.from(edge.parent, &joined(&prefix, below));
            self.chain.pop();
        }
    }

    /// What a registration puts before the paths of its child: for Flask it replaces the child's own prefix, for
    /// FastAPI it comes before it.
    fn prefix(&self, edge: &Edge, framework: Framework, kind: ContainerKind) -> String {
        let own = edge.own_prefix.as_deref().unwrap_or(UNKNOWN_PART);
        let given = match &edge.prefix {
            GivenPrefix::Absent => None,
            GivenPrefix::Known(text) => Some(text.as_str()),
            GivenPrefix::Unknown => Some(UNKNOWN_PART),
        };
        match (framework, kind) {
            // A mounted app has no prefix of its own.
            (_, ContainerKind::App) => given.unwrap_or_default().to_owned(),
            (Framework::Flask, _) => given.unwrap_or(own).to_owned(),
            (Framework::FastApi, _) if !self.takes_prefixes => given.unwrap_or_default().to_owned(),
            (Framework::FastApi, _) => joined(given.unwrap_or_default(), own),
        }
    }
}

/// Two parts of a path: exactly one slash where they meet if either has one.
pub(crate) fn joined(prefix: &str, rest: &str) -> String {
    if prefix.is_empty() {
        return rest.to_owned();
    }
    if rest.is_empty() {
        return prefix.to_owned();
    }
    let prefix = prefix.trim_end_matches('/');
    if rest.starts_with('/') || rest.starts_with(UNKNOWN_PART) {
        return format!("{prefix}{rest}");
    }
    format!("{prefix}/{rest}")
}
