//! How long each stage of a run took.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use backlint_finding::RuleCode;

/// Wall-clock time by stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Finding, reading and decoding files.
    pub read: Duration,
    /// Parsing and lowering.
    pub parse: Duration,
    /// Indexing.
    pub index: Duration,
    /// Linking.
    pub link: Duration,
    /// Checks.
    pub rules: Duration,
    /// Sorting findings into buckets.
    pub triage: Duration,
    /// Each rule's share of the checks, added up over threads.
    pub by_rule: BTreeMap<RuleCode, Duration>,
}

/// Runs `work` and adds its time to `total`.
pub(crate) fn timed<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *total += start.elapsed();
    result
}
