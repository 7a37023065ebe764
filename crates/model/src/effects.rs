//! What calling a function does to the world outside it.

mod calls;
mod globals;
mod names;

use std::sync::Arc;

use backlint_source::Location;

pub(crate) use self::calls::effect as effect_of_call;
pub(crate) use self::globals::effects as global_writes;

use crate::Project;
use crate::resolve::FunctionRef;

/// How many resolved calls deep effects are looked for.
const MAX_DEPTH: u32 = 3;

/// A change to something that outlives the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EffectKind {
    /// Rows are added or changed.
    RowWrite,
    /// Rows are removed.
    RowDelete,
    /// Files are written or removed.
    FileWrite,
    /// Work is handed to a queue, thread or background task.
    Enqueue,
    /// A process is started.
    ProcessStart,
    /// Mail or a text message goes out.
    Mail,
    /// A writing request goes to another service.
    OutboundWrite,
    /// Settings of the server change.
    SettingsWrite,
    /// A variable of the process changes.
    GlobalWrite,
    /// A call with a mutating name on a service or repository that could not be resolved.
    UnresolvedWrite,
}

/// One effect of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// What happens.
    pub kind: EffectKind,
    /// Where.
    pub at: Location,
    /// How many calls away.
    pub depth: u32,
    /// The callee or target in the source.
    pub what: Arc<str>,
}

/// Whether a callee of this name takes files away, as `os.unlink` does.
pub fn removes_files(callee: &str) -> bool {
    ["unlink", "remove", "rmtree", "rmdir", "delete_object"].iter().any(|name| callee.ends_with(name))
}

impl Project {
    /// What a function does itself and at most three resolved calls deep, nearest first.
    pub fn effects(&self, function: FunctionRef) -> Vec<Effect> {
        let reached = self.called_within(function, MAX_DEPTH).into_iter();
        reached
            .flat_map(|(depth, function)| self.own_effects(function).iter().map(move |e| Effect { depth, ..e.clone() }))
            .collect()
    }
}
