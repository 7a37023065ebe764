//! Globs over paths, and the rules that they switch on or off.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use backlint_finding::RuleCode;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::place::Placed;
use crate::error::EngineError;

/// Globs as in a `.gitignore` that lies beside the configuration file.
#[derive(Clone, Debug)]
pub(crate) struct PathGlobs {
    folder: PathBuf,
    matcher: Gitignore,
}

/// Which rules run where.
#[derive(Debug)]
pub(crate) struct PathRules {
    everywhere: BTreeSet<RuleCode>,
    by_path: Vec<PathRule>,
}

/// Rules that are switched on or off for some paths.
#[derive(Debug)]
pub(crate) struct PathRule {
    pub(crate) globs: PathGlobs,
    pub(crate) on: BTreeSet<RuleCode>,
    pub(crate) off: BTreeSet<RuleCode>,
}

/// The rules of one path.
#[derive(Debug)]
pub(crate) struct RulesAt<'s> {
    everywhere: &'s BTreeSet<RuleCode>,
    here: Vec<&'s PathRule>,
}

impl PathGlobs {
    /// Compiles globs that are relative to `folder`.
    pub(crate) fn new(folder: &Path, globs: &[Placed<String>]) -> Result<Self, EngineError> {
        // The folder is taken off before matching, see `relative`.
        let mut builder = GitignoreBuilder::new("");
        for glob in globs {
            builder.add_line(None, &glob.value).map_err(|error| refusal(glob, &error))?;
        }
        let matcher = builder.build().map_err(|error| EngineError::Globs { message: error.to_string() })?;
        Ok(Self { folder: folder.to_owned(), matcher })
    }

    /// Whether a glob matches the file or folder itself.
    pub(crate) fn is_match(&self, path: &Path, kind: Entry) -> bool {
        self.relative(path).is_some_and(|path| self.matcher.matched(path, kind == Entry::Folder).is_ignore())
    }

    /// Whether a glob matches the file or a folder above it.
    pub(crate) fn covers(&self, file: &Path) -> bool {
        self.relative(file).is_some_and(|file| self.matcher.matched_path_or_any_parents(file, false).is_ignore())
    }

    /// The path as the globs see it: below their folder. Others match nothing, and the matcher panics on some of them.
    fn relative<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        if self.matcher.is_empty() {
            return None;
        }
        path.strip_prefix(&self.folder).ok().filter(|relative| !relative.has_root())
    }
}

/// What a path leads to, which decides whether a glob that ends in a slash can match it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    File,
    Folder,
}

impl PathRules {
    pub(crate) fn new(everywhere: BTreeSet<RuleCode>, by_path: Vec<PathRule>) -> Self {
        Self { everywhere, by_path }
    }

    /// Whether the rule runs on any path.
    pub(crate) fn runs(&self, code: RuleCode) -> bool {
        self.everywhere.contains(code) || self.by_path.iter().any(|rule| rule.on.contains(code))
    }

    /// The rules of the file with this path.
    pub(crate) fn at(&self, path: &Path) -> RulesAt<'_> {
        let here = self.by_path.iter().filter(|rule| rule.globs.covers(path));
        RulesAt { everywhere: &self.everywhere, here: here.collect() }
    }
}

impl RulesAt<'_> {
    /// Whether the rule runs here. Switched off by one glob and on by another means off.
    pub(crate) fn has(&self, code: RuleCode) -> bool {
        let is_on = self.everywhere.contains(code) || self.here.iter().any(|rule| rule.on.contains(code));
        is_on && !self.here.iter().any(|rule| rule.off.contains(code))
    }
}

fn refusal(glob: &Placed<String>, error: &ignore::Error) -> EngineError {
    EngineError::Config { place: glob.place.clone(), message: format!("`{}` is no glob: {error}", glob.value) }
}
