//! State that lives in one process: module variables that functions change.

mod accesses;
mod values;

use backlint_semantic::{BindingKind, ScopeId};
use backlint_source::{FileId, Location};
use backlint_syntax::ast::{ExprId, Symbol};
use rayon::prelude::*;

use crate::resolve::{ClassRef, FunctionRef};
use crate::{File, Project, Role};

pub use accesses::{Access, AccessKind};

/// What a module variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKind {
    /// A dict, list, set or deque.
    Container,
    /// A queue of the standard library.
    Queue,
    /// An object of a project class that keeps a container.
    Holder(ClassRef),
    /// Anything else that a function reassigns through `global`.
    Scalar,
}

/// A module variable that functions change.
#[derive(Clone, Debug)]
pub struct SharedState {
    /// Its file.
    pub file: FileId,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: StateKind,
    /// The statement that makes it, on its first line.
    pub at: Location,
    /// Reads and writes in functions, in the order of files and places.
    pub accesses: Vec<Access>,
}

impl SharedState {
    /// The writing accesses.
    pub fn writes(&self) -> impl Iterator<Item = &Access> {
        self.accesses.iter().filter(|access| access.kind != AccessKind::Read)
    }

    /// The reading accesses.
    pub fn reads(&self) -> impl Iterator<Item = &Access> {
        self.accesses.iter().filter(|access| access.kind == AccessKind::Read)
    }

    /// The functions that write, without doubles.
    pub fn writers(&self) -> Vec<FunctionRef> {
        let mut found: Vec<FunctionRef> = self.writes().map(|access| access.function).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// A module variable that may be shared state.
pub(crate) struct Candidate {
    pub(crate) file: FileId,
    pub(crate) symbol: Symbol,
    pub(crate) kind: StateKind,
    pub(crate) value: ExprId,
}

impl Project {
    /// Module variables of app files that functions change, in the order of their places.
    pub fn shared_state(&self) -> &[SharedState] {
        &self.shared_state
    }

    /// Looked up while linking: a lazy cell would be filled inside the thread pool, which may wait for itself.
    pub(crate) fn find_shared_state(&self) -> Vec<SharedState> {
        let files: Vec<File<'_>> = self.files().filter(|file| file.role() == Role::App).collect();
        let candidates: Vec<Candidate> = files.into_par_iter().flat_map_iter(|file| self.candidates(file)).collect();
        let accesses = accesses::find(self, &candidates);
        let mut found: Vec<SharedState> = candidates
            .into_iter()
            .zip(accesses)
            .filter(|(_, accesses)| accesses.iter().any(|access| access.kind != AccessKind::Read))
            .filter_map(|(candidate, accesses)| {
                let file = self.file(candidate.file)?;
                let stmt = file.index().stmt_of(candidate.value)?;
                let name = file.module().text(candidate.symbol).to_owned();
                Some(SharedState { file: candidate.file, name, kind: candidate.kind, at: file.at_stmt(stmt), accesses })
            })
            .collect();
        found.sort_by_key(|state| state.at);
        found
    }

    fn candidates(&self, file: File<'_>) -> Vec<Candidate> {
        let bindings = file.index().bindings_in(ScopeId::MODULE);
        let mut found: Vec<Candidate> = Vec::new();
        for binding in bindings {
            let BindingKind::Assign { value: Some(value), .. } = binding.kind else { continue };
            let is_top_level = binding.stmt.is_some_and(|stmt| file.index().function_of_stmt(stmt).is_none());
            if !is_top_level || found.last().is_some_and(|last| last.symbol == binding.name) {
                continue;
            }
            let kind = values::kind(self, file, value);
            found.push(Candidate { file: file.id(), symbol: binding.name, kind, value });
        }
        found
    }
}
