//! How to speak of routes and what they change.

use backlint_model::{EffectKind, Project, Route};

/// The name of the handler function.
pub(crate) fn handler_name(project: &Project, route: &Route) -> String {
    project.handler_name(route.handler).to_owned()
}

/// What an effect does, as the verb of a sentence about a route.
pub(crate) fn describe(kind: EffectKind) -> &'static str {
    match kind {
        EffectKind::RowWrite => "adds or changes rows",
        EffectKind::RowDelete => "deletes rows",
        EffectKind::FileWrite => "writes or removes files",
        EffectKind::Enqueue => "starts background work",
        EffectKind::ProcessStart => "starts a process",
        EffectKind::Mail => "sends mail",
        EffectKind::OutboundWrite => "makes writing calls to another service",
        EffectKind::SettingsWrite => "changes settings of the server",
        EffectKind::GlobalWrite => "changes state of the process",
        EffectKind::UnresolvedWrite => "changes data through a service",
    }
}
