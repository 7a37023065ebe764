//! What some rules ask for besides the files of a run: advisories, and what is in version control.

use std::path::PathBuf;

use backlint_finding::Problem;
use backlint_model::{Advisories, Fact};

use crate::advisories::{self, Loaded};
use crate::error::EngineError;
use crate::read::MemoryFile;
use crate::settings::Settings;
use crate::tracked::{self, Tracked};

/// What lies beside the files of a run, as far as its rules need it.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(crate) advisories: Advisories,
    pub(crate) artifacts: Vec<Tracked>,
    pub(crate) problems: Vec<Problem>,
    /// What rules had nothing to work with.
    pub(crate) notes: Vec<String>,
}

impl Beside {
    /// Advisories from the disk, and the index of the repository that holds `paths`.
    pub(crate) fn on_disk(paths: &[PathBuf], settings: &Settings) -> Result<Self, EngineError> {
        let mut beside = Self::default();
        if settings.rules_that_need(Fact::Advisories).next().is_some() {
            beside.advise(advisories::load(settings)?);
        }
        if settings.advisories.is_empty() {
            let idle = settings.rules_that_need(Fact::Advisories);
            beside.notes.extend(idle.map(|code| {
                format!(
                    "{code}: no advisories to compare pins with; name a folder or zip of OSV files with --advisories"
                )
            }));
        }
        if settings.rules_that_need(Fact::Artifacts).next().is_some() {
            let found = tracked::find(paths, settings);
            beside.artifacts = found.artifacts;
            beside.problems.extend(found.problems);
        }
        Ok(beside)
    }

    /// Advisories among files in memory. Nothing is known of version control.
    pub(crate) fn in_memory(files: &[MemoryFile], settings: &Settings) -> Self {
        let mut beside = Self::default();
        beside.advise(advisories::load_from(files, settings));
        beside
    }

    /// Advisories among files in memory, all of which are in version control.
    pub(crate) fn in_repository(files: &[MemoryFile], settings: &Settings) -> Self {
        Self { artifacts: tracked::find_in(files), ..Self::in_memory(files, settings) }
    }

    fn advise(&mut self, loaded: Loaded) {
        self.advisories = loaded.advisories;
        self.problems.extend(loaded.problems);
    }
}
