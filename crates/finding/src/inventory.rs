//! The route inventory as data: one row per handler registration, in the words of the output contract.

use serde::Serialize;

/// Whether something decides who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GuardState {
    /// A guard stands before the handler.
    Guarded,
    /// A guard stands there, but configuration can switch it off.
    Conditional,
    /// Some methods or branches are guarded and others are not.
    Partial,
    /// No guard, and meant to be so.
    Public,
    /// No guard was found and the whole chain resolved.
    Unguarded,
    /// Some link of the chain did not resolve.
    Unknown,
}

/// Through which link a guard reaches a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GuardLink {
    /// A decorator on the handler.
    Decorator,
    /// A dependency of the handler's signature or route decorator, transitive ones included.
    Dependency,
    /// A dependency or decorator list of the router.
    Router,
    /// A dependency given where the router is included.
    Include,
    /// A dependency of the application.
    App,
    /// A request hook.
    Hook,
    /// A middleware.
    Middleware,
    /// A class attribute, decorator or base of a class-based view.
    Class,
    /// A check in the handler's body.
    Body,
    /// A verified signature of the request.
    Signature,
}

/// What calling a route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteEffect {
    /// It changes state that outlives the request.
    StateChange,
    /// It only reads.
    Read,
    /// Some call on the way did not resolve.
    Unknown,
}

/// One guard of a route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct GuardRow {
    /// Its name in the code.
    pub name: String,
    /// Through which link it reaches the route.
    pub kind: GuardLink,
    /// The file of its definition, or of its use when it comes from a library.
    pub path: String,
    /// The line there.
    pub line: u32,
}

/// What limits how often a route can be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ThrottleRow {
    /// Its name in the code.
    pub name: String,
    /// The file where it is applied.
    pub path: String,
    /// The line there.
    pub line: u32,
}

/// One row of the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouteRow {
    /// HTTP methods, sorted; `WEBSOCKET` for websocket routes.
    pub methods: Vec<String>,
    /// Full path with all prefixes.
    pub path: String,
    /// File of the handler.
    pub file: String,
    /// Line of the handler's `def`.
    pub line: u32,
    /// Line of its lowest route decorator or registering call.
    pub registration_line: u32,
    /// Name of the handler.
    pub handler: String,
    /// `flask` or `fastapi`.
    pub framework: String,
    /// `module:name` of the application; empty when the router is on none.
    pub app: String,
    /// Whether it is guarded.
    pub guard: GuardState,
    /// By what.
    pub guards: Vec<GuardRow>,
    /// Why an unguarded route counts as public, or why a guard is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What limits it.
    pub throttle: Option<ThrottleRow>,
    /// What calling it does.
    pub effect: RouteEffect,
    /// Whether its router is registered on an application.
    pub registered: bool,
}
