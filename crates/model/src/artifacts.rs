//! Files in version control that programs leave behind.

use backlint_semantic::artifact::{ArtifactKind, Content};
use backlint_source::{Location, Span};

use crate::Project;

/// A file in version control that looks like data, a key or a trace of a running program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The file; its text is not read.
    pub at: Location,
    /// What it seems to be by its name.
    pub kind: ArtifactKind,
    /// What is in it; opaque if there is no working copy.
    pub content: Content,
}

impl Project {
    /// Adds what is in version control: paths of reports, with what they seem to be and hold.
    #[must_use]
    pub fn tracking(self, found: Vec<(String, ArtifactKind, Content)>) -> Self {
        let located = found.into_iter().filter_map(|(path, kind, content)| {
            let at = Location { file: self.sources.find(&path)?, span: Span::default() };
            Some(Artifact { at, kind, content })
        });
        let artifacts = located.collect();
        Self { artifacts, ..self }
    }

    /// Files in version control that programs leave behind, in the order of their paths.
    pub fn artifacts(&self) -> &[Artifact] {
        &self.artifacts
    }
}
