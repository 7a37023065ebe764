//! Configuration in three steps: options as they are written, the merged configuration, the resolved settings.

mod audits;
mod config;
mod flow;
mod level;
mod locate;
mod options;
mod paths;
mod place;
mod selection;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use backlint_finding::{Audience, AuditCatalogue, Confidence, RuleCode, RuleMeta, Severity};
use backlint_rules::registry::{BoundCheck, Fact};

pub use config::{Config, Overrides};
pub use level::{FailOn, SeverityWord};
pub use locate::ConfigSource;
pub use place::Place;

pub(crate) use audits::references;
pub(crate) use locate::normalise;
pub(crate) use paths::{Entry, PathGlobs, PathRules, RulesAt};

/// A day: year, month, day.
pub type Date = (u16, u8, u8);

/// What a run takes from the machine it runs on instead of from the configuration.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The directory that report paths are relative to.
    pub working_directory: PathBuf,
    /// The day that `until=` in suppression comments is compared with.
    pub today: Date,
    /// How many threads to use.
    pub threads: NonZeroUsize,
}

/// Everything a run is told, checked and ready to use.
#[derive(Debug)]
pub struct Settings {
    pub(crate) environment: Environment,
    pub(crate) rules: Vec<ActiveRule>,
    pub(crate) paths: PathRules,
    pub(crate) exclude: PathGlobs,
    pub(crate) thresholds: Thresholds,
    pub(crate) fail_on: FailOn,
    pub(crate) severities: BTreeMap<RuleCode, Severity>,
    pub(crate) catalogues: Vec<AuditCatalogue>,
    pub(crate) model: backlint_model::Options,
    pub(crate) requires_reason: bool,
    /// OSV files, folders of them and zip archives.
    pub(crate) advisories: Vec<PathBuf>,
}

/// A rule that runs, with its options.
pub(crate) struct ActiveRule {
    pub(crate) meta: &'static RuleMeta,
    pub(crate) check: BoundCheck,
    pub(crate) needs: &'static [Fact],
}

/// What a finding must reach to be shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thresholds {
    pub(crate) audience: Audience,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
}

impl Settings {
    /// The rules that run, by code.
    pub fn rules(&self) -> impl Iterator<Item = &'static RuleMeta> {
        self.rules.iter().map(|rule| rule.meta)
    }

    /// What the rules that run need of the model.
    pub(crate) fn facts(&self) -> Vec<Fact> {
        self.rules.iter().flat_map(|rule| rule.needs).copied().collect()
    }

    /// The rules that need a fact of the model.
    pub(crate) fn rules_that_need(&self, fact: Fact) -> impl Iterator<Item = RuleCode> {
        self.rules.iter().filter(move |rule| rule.needs.contains(&fact)).map(|rule| rule.meta.code)
    }

    /// The audit catalogues, those of the configuration included.
    pub fn catalogues(&self) -> &[AuditCatalogue] {
        &self.catalogues
    }

    /// What makes a run fail.
    pub fn fail_on(&self) -> FailOn {
        self.fail_on
    }

    /// The directory that report paths are relative to.
    pub fn working_directory(&self) -> &Path {
        &self.environment.working_directory
    }

    /// The rules of the file with this report path.
    pub(crate) fn rules_at(&self, path: &str) -> RulesAt<'_> {
        self.paths.at(&self.working_directory().join(path))
    }
}

impl std::fmt::Debug for ActiveRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.meta.code)
    }
}
