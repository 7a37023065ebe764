//! Database sessions: where they come from, who commits and rolls them back, and what functions do with them.

mod events;
mod flow;
mod paths;
mod providers;
mod sessions;

use rustc_hash::FxHashMap;

use crate::Project;
use crate::resolve::FunctionRef;

pub use events::{SessionAction, SessionEvent};
pub use flow::SessionStep;
pub use paths::{Walker, walk};
pub use providers::{SessionEnd, SessionSource};
pub use sessions::{Session, SessionKind};

/// What all functions do with sessions.
#[derive(Debug, Default)]
pub(crate) struct Transactions {
    /// What functions do themselves, in the order of evaluation; functions that touch no session have no entry.
    events: FxHashMap<FunctionRef, Vec<SessionEvent>>,
    /// What functions and their callees do, summed up by session.
    sums: FxHashMap<FunctionRef, Vec<flow::Sum>>,
    /// Where sessions come from; of several sources each once, in stable order.
    sources: FxHashMap<Session, Vec<SessionSource>>,
}

impl Project {
    /// What a function does with sessions itself, in the order of evaluation. Known, like all that follows here, only to
    /// rules whose row says `needs Transactions`.
    pub fn session_events(&self, function: FunctionRef) -> &[SessionEvent] {
        self.transactions.events.get(&function).map(Vec::as_slice).unwrap_or_default()
    }

    /// All functions that do something with a session, themselves or through what they call, in source order.
    pub fn session_users(&self) -> Vec<FunctionRef> {
        let own = self.transactions.events.keys();
        let mut found: Vec<FunctionRef> = own.chain(self.transactions.sums.keys()).copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Where a session comes from, through all calls that hand it on; empty if that could not be told.
    pub fn session_sources(&self, session: Session) -> &[SessionSource] {
        self.transactions.sources.get(&session).map(Vec::as_slice).unwrap_or_default()
    }

    /// What becomes of a session in the end, if all that hand it out agree.
    pub fn session_end(&self, session: Session) -> Option<SessionEnd> {
        let (first, others) = self.session_sources(session).split_first()?;
        others.iter().all(|other| other.end == first.end).then_some(first.end)
    }
}
