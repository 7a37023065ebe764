//! Advisories that a run was given, and what they say of the versions that a project installs.

use std::collections::{BTreeMap, BTreeSet};

use backlint_semantic::osv::{Advisory, Version};

use crate::Project;

/// All advisories of a run.
#[derive(Debug, Default)]
pub struct Advisories {
    /// By id.
    all: Vec<Advisory>,
    /// Positions in `all` by name of distribution.
    by_package: BTreeMap<String, Vec<usize>>,
}

/// A fault of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vulnerability {
    /// What the fault is called: `CVE-2024-22195`.
    pub label: String,
    /// The next version without it.
    pub fixed: Option<String>,
}

/// All that is known against a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdicts {
    /// The faults, each once, however many advisories tell of it.
    pub faults: Vec<Vulnerability>,
    /// The next version without any of them, if each has a fix.
    pub fixed: Option<String>,
}

impl Advisories {
    /// The advisories, in whatever order.
    pub fn new(mut all: Vec<Advisory>) -> Self {
        all.sort_by(|one, other| one.id.cmp(&other.id));
        let mut by_package: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, advisory) in all.iter().enumerate() {
            let packages: BTreeSet<&str> = advisory.packages().collect();
            for package in packages {
                by_package.entry(package.to_owned()).or_default().push(at);
            }
        }
        Self { all, by_package }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The day of the newest one.
    pub fn date(&self) -> &str {
        self.all.iter().map(|advisory| advisory.modified.as_str()).max().unwrap_or_default()
    }

    /// What is known against a version of a distribution, which is named as indexes compare it. Text that is no version
    /// is not compared.
    pub fn against(&self, package: &str, version: &str) -> Option<Verdicts> {
        let version = version.parse().ok()?;
        let known = self.by_package.get(package)?.iter().map(|&at| &self.all[at]);
        let mut faults: Vec<Fault<'_>> = Vec::new();
        for advisory in known {
            let Some(found) = advisory.affects(package, &version) else { continue };
            match faults.iter_mut().find(|fault| !fault.ids.is_disjoint(&advisory.ids)) {
                Some(fault) => fault.fixed = fault.fixed.take().or(found.fixed),
                None => faults.push(Fault { ids: &advisory.ids, label: advisory.label(), fixed: found.fixed }),
            }
        }
        let fixes: Option<Vec<&Version>> = faults.iter().map(|fault| fault.fixed.as_ref()).collect();
        let fixed = fixes.and_then(|fixes| fixes.into_iter().max().map(ToString::to_string));
        let told = faults.iter().map(|fault| Vulnerability {
            label: fault.label.to_owned(),
            fixed: fault.fixed.as_ref().map(ToString::to_string),
        });
        (!faults.is_empty()).then(|| Verdicts { faults: told.collect(), fixed })
    }
}

/// A fault that one or more advisories tell of.
struct Fault<'a> {
    ids: &'a BTreeSet<String>,
    label: &'a str,
    fixed: Option<Version>,
}

impl Project {
    /// Adds the advisories of a run.
    #[must_use]
    pub fn advised_by(self, advisories: Advisories) -> Self {
        Self { advisories, ..self }
    }

    /// The advisories of the run.
    pub fn advisories(&self) -> &Advisories {
        &self.advisories
    }
}
