//! Findings that are not shown, one line each with the reason.

use std::borrow::Cow;
use std::io;

use backlint_finding::{Bucket, Outcome};

use super::one_line;
use crate::escape::visible;

/// Writes a line for each finding that is in another bucket than the shown ones.
pub(super) fn write_hidden(outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
    for triaged in &outcome.findings {
        let Some(why) = why_hidden(&triaged.bucket) else { continue };
        writeln!(out, "{why}: {}", one_line(&outcome.sources, triaged))?;
    }
    Ok(())
}

fn why_hidden(bucket: &Bucket) -> Option<Cow<'static, str>> {
    match bucket {
        Bucket::Shown => None,
        Bucket::Suppressed { reason: Some(reason) } => Some(format!("suppressed ({})", visible(reason)).into()),
        Bucket::Suppressed { reason: None } => Some("suppressed without a reason".into()),
        Bucket::BelowThreshold => Some("below the thresholds".into()),
        Bucket::Baselined => Some("in the baseline".into()),
    }
}
