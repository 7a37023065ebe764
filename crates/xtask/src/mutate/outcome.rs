//! What became of mutants, as a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::removal::What;

/// A mutant that was checked.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) what: What,
    pub(super) guard: String,
    pub(super) place: String,
    /// How many handlers that change state lost their last guard.
    pub(super) exposed: usize,
    /// Those that were not reported.
    pub(super) missed: Vec<Missed>,
}

/// An exposed handler that was not reported.
#[derive(Debug)]
pub(super) struct Missed {
    pub(super) handler: String,
    pub(super) reason: String,
}

/// What became of the mutants of a project.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    tried: Vec<Tried>,
}

impl Outcome {
    pub(super) fn of(tried: Vec<Tried>) -> Self {
        Self { tried }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.tried.extend(other.tried);
    }

    pub(super) fn mutants(&self) -> usize {
        self.tried.len()
    }

    /// Mutants of which every exposed handler was reported.
    pub(super) fn found_out(&self) -> usize {
        self.tried.iter().filter(|tried| tried.missed.is_empty()).count()
    }

    /// `12 of 13 mutants found out; 40 exposed handlers, 39 reported`.
    pub(super) fn summary(&self) -> String {
        let exposed: usize = self.tried.iter().map(|tried| tried.exposed).sum();
        let missed: usize = self.tried.iter().map(|tried| tried.missed.len()).sum();
        format!(
            "{} of {} mutants found out; {exposed} exposed handlers, {} reported, {missed} missed",
            self.found_out(),
            self.mutants(),
            exposed - missed,
        )
    }

    /// One line for the project, one for each way in which guards were put to use, and one for each handler that was
    /// missed.
    pub(super) fn table(&self, project: &str) -> String {
        let mut table = format!("{project}: {}\n", self.summary());
        let mut by_what: BTreeMap<What, Vec<&Tried>> = BTreeMap::new();
        for tried in &self.tried {
            by_what.entry(tried.what).or_default().push(tried);
        }
        for (what, tried) in by_what {
            let found_out = tried.iter().filter(|tried| tried.missed.is_empty()).count();
            let _ = writeln!(table, "  {:<22}{found_out:>4} of {:>4}", what.name(), tried.len());
        }
        for tried in &self.tried {
            for Missed { handler, reason } in &tried.missed {
                let Tried { place, guard, what, .. } = tried;
                let _ = writeln!(table, "  missed {place} {} `{guard}`: {handler}: {reason}", what.name());
            }
        }
        table
    }
}
