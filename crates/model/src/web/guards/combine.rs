//! Judges everything that stands before each route and puts the verdicts together.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::chain::{Applied, Certainty, Chain, Code};
use super::classify::{Classified, Classifier, GuardClass};
use super::sign_up;
use super::stranger::{Role, Site};
use super::{Guard, GuardLink, Guarding, Verdict};
use crate::Project;
use crate::link::Options;
use crate::resolve::FunctionRef;
use crate::web::hooks::Hook;
use crate::web::routes::{Liveness, Misplaced, Route};
use crate::web::{Web, public};

/// Fills in the guards and verdicts of all routes.
pub(crate) fn decide(project: &Project, web: &Web, hooks: &[Hook], options: &Options, routes: &mut [Route]) {
    let chain = Chain::new(project, web, hooks);
    let mut combiner =
        Combiner { project, options, classifier: Classifier::new(project, options), signed: FxHashMap::default() };
    for route in &mut *routes {
        let site = chain.site(route);
        let judged = combiner.judged(&chain, route, &site);
        route.guarding = combiner.verdict(route, &judged);
        if matches!(route.guarding.verdict, Verdict::No | Verdict::Public | Verdict::Conditional) {
            route.guarding.guarded_methods = combiner.guarded_methods(&chain, route, &site);
        }
        route.misplaced = combiner.misplaced(route);
        let guards = judged.into_iter().map(|judged| judged.guard);
        route.guards = guards.filter(|guard| guard.verdict != Verdict::No).collect();
    }
    sign_up::open_only_sign_ups(project, routes);
}

struct Combiner<'a> {
    project: &'a Project,
    options: &'a Options,
    classifier: Classifier<'a>,
    /// Whether handlers deal with signatures.
    signed: FxHashMap<FunctionRef, bool>,
}

/// A guard and its class.
struct Judged {
    guard: Guard,
    class: GuardClass,
    is_in_body: bool,
}

impl Combiner<'_> {
    fn judged(&mut self, chain: &Chain<'_>, route: &Route, site: &Site) -> Vec<Judged> {
        chain.of(route).into_iter().map(|applied| self.judge(applied, site)).collect()
    }

    /// Of several methods, those that strangers are turned away from. A route whose methods are all alike has none, for
    /// it is guarded as a whole.
    fn guarded_methods(&mut self, chain: &Chain<'_>, route: &Route, site: &Site) -> BTreeSet<String> {
        let is_own = |method: &&String| !matches!(method.as_str(), "HEAD" | "OPTIONS");
        let own: Vec<&String> = site.methods.iter().filter(is_own).collect();
        if own.len() < 2 {
            return BTreeSet::new();
        }
        let mut found = BTreeSet::new();
        for &method in &own {
            let site = Site { methods: BTreeSet::from([method.clone()]), ..site.clone() };
            let judged = self.judged(chain, route, &site);
            if self.verdict(route, &judged).verdict >= Verdict::Conditional {
                found.insert(method.clone());
            }
        }
        if found.len() == own.len() { BTreeSet::new() } else { found }
    }

    fn judge(&mut self, applied: Applied, site: &Site) -> Judged {
        let Classified { class, name, at } = match applied.code {
            Code::Callable(callable) => self.classifier.callable_at(callable, site),
            Code::Function(function, role) => {
                let name = self.function_name(function);
                let class = match role {
                    Role::Body | Role::Hook | Role::Gate => self.classifier.runs_at(function, role, site),
                    Role::Call => self.classifier.function(function),
                };
                Classified { class, name, at: applied.at }
            }
            Code::Predicate(function) => {
                let name = self.function_name(function);
                Classified { class: self.classifier.predicate(function), name, at: applied.at }
            }
            Code::Known(guard) => return Judged { guard, class: GuardClass::Auth, is_in_body: false },
            Code::Library(path) => self.classifier.library(&path, applied.at),
            Code::Unseen(name) => Classified { class: GuardClass::Unknown, name, at: applied.at },
        };
        let is_in_body = applied.link == GuardLink::Body;
        let is_signature = class == GuardClass::Signature;
        let link = if is_signature { GuardLink::Signature } else { applied.link };
        let verdict = match (class.verdict(), applied.certainty) {
            (Verdict::Yes, Certainty::Conditional) => Verdict::Conditional,
            (verdict, Certainty::Possible) => verdict.min(Verdict::Unknown),
            (verdict, _) => verdict,
        };
        Judged { guard: Guard { name, link, verdict, at, used: applied.at }, class, is_in_body }
    }

    /// Guards and throttles above the route decorator, unless the same one also stands below it.
    fn misplaced(&mut self, route: &Route) -> Vec<Misplaced> {
        let below: Vec<String> =
            route.decorators.iter().map(|&decorator| self.classifier.callable(decorator).name).collect();
        let mut found = Vec::new();
        for &decorator in &route.outer_decorators {
            let Classified { class, name, .. } = self.classifier.callable(decorator);
            let is_throttle = class == GuardClass::Rate;
            let is_guard = matches!(class, GuardClass::Auth | GuardClass::Conditional);
            if (is_guard || is_throttle) && !below.contains(&name) && name != "exempt" {
                found.push(Misplaced { decorator, name, is_throttle });
            }
        }
        found
    }

    fn function_name(&self, function: FunctionRef) -> String {
        self.project.file(function.file).map(|file| file.function_name(function.id).to_owned()).unwrap_or_default()
    }

    /// Whether a webhook handler, or a function it calls, deals with a signature or shared secret. One that does not
    /// takes orders from anybody.
    fn mentions_signature(&mut self, handler: FunctionRef) -> bool {
        if let Some(&known) = self.signed.get(&handler) {
            return known;
        }
        let callees = self.project.callees(handler).iter().map(|callee| callee.function);
        let found = std::iter::once(handler).chain(callees).any(|function| {
            public::mentioned(self.project, function).iter().any(|name| {
                ["signature", "hmac", "construct_event", "verify", "secret", "token", "digest"]
                    .iter()
                    .any(|word| name.contains(word))
            })
        });
        self.signed.insert(handler, found);
        found
    }

    fn verdict(&mut self, route: &Route, judged: &[Judged]) -> Guarding {
        let public = self.public(route, judged);
        // A login turns wrong passwords away in its body; that makes it no less public.
        let is_webhook = public.as_deref() == Some(public::WEBHOOK);
        let judges_credentials = public.as_deref().is_some_and(public::judges_credentials);
        let counts = |judged: &&Judged| {
            let is_signature = judged.class == GuardClass::Signature;
            !judged.is_in_body || !judges_credentials || is_webhook && is_signature
        };
        let verdicts = judged.iter().filter(counts).map(|judged| judged.guard.verdict);
        let strongest = verdicts.max().unwrap_or(Verdict::No);
        match (strongest, public) {
            (Verdict::Yes | Verdict::Conditional, _) => Guarding::new(strongest, None),
            (_, Some(reason)) => Guarding::new(Verdict::Public, Some(reason)),
            (Verdict::Unknown, None) => {
                let which = judged.iter().map(|judged| &judged.guard).find(|guard| guard.verdict == Verdict::Unknown);
                let reason = which.map(|guard| format!("`{}` could not be resolved", guard.name));
                Guarding::new(Verdict::Unknown, reason)
            }
            (_, None) if route.liveness == Liveness::Unknown => {
                Guarding::new(Verdict::Unknown, Some("its registration could not be resolved".to_owned()))
            }
            (_, None) => Guarding::new(Verdict::No, None),
        }
    }

    /// Why the route is meant to be open, if it is.
    fn public(&mut self, route: &Route, judged: &[Judged]) -> Option<String> {
        // The name of a model says nothing about who may change its rows.
        let is_admin_endpoint = route.handler.endpoint().is_some_and(|endpoint| endpoint.changes.is_some());
        let by_name = public::reason(self.project, self.options, route).filter(|_| !is_admin_endpoint);
        let by_name = by_name.filter(|reason| {
            reason != public::WEBHOOK
                || route.handler.function().is_some_and(|handler| self.mentions_signature(handler))
        });
        by_name.or_else(|| {
            let marker = judged.iter().find(|judged| {
                let is_given = matches!(judged.guard.link, GuardLink::Decorator | GuardLink::Dependency);
                is_given && judged.class == GuardClass::Neutral && public::is_marker(&judged.guard.name)
            });
            marker.map(|judged| format!("marked public by `{}`", judged.guard.name))
        })
    }
}
