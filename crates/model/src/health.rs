//! Routes that tell machines whether the application works, and what they look at to know.

mod calls;

use backlint_semantic::Call;
use backlint_source::FileId;
use backlint_syntax::ast::ExprId;

use crate::backing::{BackingKind, BackingService};
use crate::resolve::{ExprRef, FunctionRef};
use crate::web::{Liveness, Route, Verdict};
use crate::{Project, Role};

use calls::is_harmless;

/// How many calls deep a check may be.
const MAX_DEPTH: u32 = 4;

/// What a health route is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HealthPurpose {
    /// Whether requests may be sent to the process.
    Readiness,
    /// Health in general.
    General,
    /// Whether the process has to be restarted.
    Liveness,
}

/// A route that tells how the whole application is.
#[derive(Clone, Debug)]
pub struct HealthCheck<'p> {
    /// The route.
    pub route: &'p Route,
    /// What it is asked for.
    pub purpose: HealthPurpose,
    /// The function that answers.
    pub handler: FunctionRef,
    /// The functions that run for it: the handler, what it depends on, and what they call.
    pub functions: Vec<FunctionRef>,
    /// The calls in them that may look at something outside the process, in the order of the functions.
    pub asks: Vec<ExprRef>,
}

impl HealthCheck<'_> {
    /// Whether it answers without looking at anything.
    pub fn is_shallow(&self) -> bool {
        self.asks.is_empty()
    }

    /// Whether this call may look at something outside the process.
    pub fn has_ask(&self, file: FileId, call: ExprId) -> bool {
        self.asks.contains(&ExprRef { file, expr: call })
    }
}

impl Project {
    /// The health routes that applications serve in production, those for parts of them left out.
    pub fn health_checks(&self) -> Vec<HealthCheck<'_>> {
        let checks = self.routes().iter().filter_map(|route| self.health_check(route, purpose(&route.path)?));
        checks.filter(|check| !is_of_part(&check.route.path)).collect()
    }

    /// The health routes for parts of applications that anybody may ask, as machines do.
    pub fn partial_health_checks(&self) -> Vec<HealthCheck<'_>> {
        let is_open = |route: &&Route| matches!(route.guarding.verdict, Verdict::No | Verdict::Public);
        let parts = self.routes().iter().filter(|route| is_of_part(&route.path)).filter(is_open);
        let checks = parts.filter_map(|route| match purpose(&route.path)? {
            HealthPurpose::Liveness => None,
            // What is ready in a part need not be what a probe asks for.
            HealthPurpose::Readiness | HealthPurpose::General => self.health_check(route, HealthPurpose::General),
        });
        checks.collect()
    }

    fn health_check<'p>(&'p self, route: &'p Route, purpose: HealthPurpose) -> Option<HealthCheck<'p>> {
        let handler = route.handler.function()?;
        let is_served = route.liveness == Liveness::Live && route.methods.contains("GET") && !self.is_dev_only(route);
        if !is_served || self.file(route.at.file)?.role() != Role::App {
            return None;
        }
        let providers = self
            .signature_dependencies(handler)
            .filter_map(|dependency| self.resolve(dependency.target.file, dependency.target.expr).function());
        let mut functions = Vec::new();
        for root in std::iter::once(handler).chain(providers) {
            functions.extend(self.called_within(root, MAX_DEPTH).into_iter().map(|(_, function)| function));
        }
        let asks = functions.iter().flat_map(|&function| self.asks_of(function)).collect();
        Some(HealthCheck { route, purpose, handler, functions, asks })
    }

    fn asks_of(&self, function: FunctionRef) -> Vec<ExprRef> {
        let Some(file) = self.file(function.file) else { return Vec::new() };
        let calls = self.calls_in(function).into_iter();
        let asking = calls.filter(|&call| !is_harmless(self, file, call));
        asking.map(|call| ExprRef { file: function.file, expr: call.expr }).collect()
    }

    /// Whether a health route looks at a service, as far as the names in its calls tell.
    pub fn is_asked(&self, check: &HealthCheck<'_>, service: &BackingService) -> bool {
        let product = service.product.map(str::to_ascii_lowercase);
        self.ask_texts(check).any(|text| {
            let has_word = service.kind.words().iter().any(|word| text.contains(word));
            has_word || product.as_deref().is_some_and(|product| text.contains(product))
        })
    }

    /// Whether a health route makes calls of which nothing tells what they look at.
    pub fn asks_something_unknown(&self, check: &HealthCheck<'_>) -> bool {
        const KNOWN: &[&str] = &["commit", "close", "aclose", "scalar", "fetchone", "first", "text", "rollback"];
        check.asks.iter().any(|ask| {
            let Some(file) = self.file(ask.file) else { return true };
            let Some(call) = Call::of(file.module(), ask.expr) else { return true };
            let text = file.text_of(call.function).to_ascii_lowercase();
            let is_named = ALL_KINDS.iter().any(|kind| kind.words().iter().any(|word| text.contains(word)));
            !is_named && !call.name().is_some_and(|name| KNOWN.contains(&name))
        })
    }

    fn ask_texts(&self, check: &HealthCheck<'_>) -> impl Iterator<Item = String> {
        let texts = check.asks.iter().filter_map(|ask| Some(self.file(ask.file)?.text_of(ask.expr)));
        let names = check.functions.iter().filter_map(|f| Some(self.file(f.file)?.function_name(f.id)));
        texts.chain(names).map(str::to_ascii_lowercase)
    }
}

const ALL_KINDS: [BackingKind; 7] = [
    BackingKind::Database,
    BackingKind::Cache,
    BackingKind::Broker,
    BackingKind::ObjectStore,
    BackingKind::SearchEngine,
    BackingKind::Api,
    BackingKind::Mail,
];

/// What a path says that its route is for; none if it is no health route.
fn purpose(path: &str) -> Option<HealthPurpose> {
    if path.contains(['{', '<', '…']) {
        return None;
    }
    purpose_of(segments(path).last()?)
}

/// Whether more stands before the name of a health route than before those of whole applications.
fn is_of_part(path: &str) -> bool {
    segments(path).split_last().is_some_and(|(_, before)| !before.iter().all(|segment| is_generic(segment)))
}

fn segments(path: &str) -> Vec<String> {
    let plain = |segment: &str| segment.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    path.split('/').map(plain).filter(|segment| !segment.is_empty()).collect()
}

fn purpose_of(segment: &str) -> Option<HealthPurpose> {
    match segment {
        "ready" | "readyz" | "readiness" | "isready" | "healthready" | "readycheck" | "readinesscheck" => {
            Some(HealthPurpose::Readiness)
        }
        "health" | "healthz" | "healthcheck" | "healthcheckz" | "healthy" => Some(HealthPurpose::General),
        "alive" | "healthlive" | "heartbeat" | "live" | "liveness" | "livez" | "ping" => Some(HealthPurpose::Liveness),
        _ => None,
    }
}

/// A segment that stands before the routes of any part of an application.
fn is_generic(segment: &str) -> bool {
    let is_version = segment.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let words =
        ["actuator", "api", "internal", "management", "monitoring", "ops", "public", "rest", "service", "system"];
    is_version || words.contains(&segment) || purpose_of(segment).is_some()
}

#[cfg(test)]
mod tests {
    use super::{HealthPurpose, is_of_part, purpose};

    #[test]
    fn paths_say_what_is_asked_and_parts_are_none() {
        assert_eq!(purpose("/api/v1/health-check/"), Some(HealthPurpose::General));
        assert_eq!(purpose("/health/ready"), Some(HealthPurpose::Readiness));
        assert_eq!(purpose("/health/live"), Some(HealthPurpose::Liveness));
        assert!(!is_of_part("/api/v1/health/ready"));
        assert!(is_of_part("/compiler/health"));
        assert_eq!(purpose("/devices/{id}/health"), None);
        assert_eq!(purpose("/wealth"), None);
    }
}
