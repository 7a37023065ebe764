//! Sorts findings into buckets and gives each its identity and its audit items.

mod fingerprint;
mod review;
mod suppression;

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{AuditCatalogue, AuditRef, Bucket, Finding, Findings, RuleCode, Triaged, Verdict};
use backlint_model::Project;

use crate::settings::{Settings, Thresholds, references};
use fingerprint::Fingerprints;
use review::review;
use suppression::Comments;

/// All findings in stable order, each in its bucket. `failed` are the rules whose silence proves nothing.
pub(crate) fn triage(
    project: &Project,
    findings: Vec<Finding>,
    failed: &BTreeSet<RuleCode>,
    settings: &Settings,
) -> Vec<Triaged> {
    let mut comments = Comments::of(project, settings.environment.today);
    let mut sorted = Vec::with_capacity(findings.len());
    for finding in findings {
        sorted.push(judge(finding, &mut comments, project, settings));
    }
    for finding in review(project, &comments, failed, settings).into_iter().flat_map(Findings::into_vec) {
        sorted.push(judge(finding, &mut comments, project, settings));
    }
    sorted.sort_by(|(a, _), (b, _)| key(a).cmp(&key(b)));
    let audits = audits_by_rule(&settings.catalogues);
    let mut fingerprints = Fingerprints::default();
    let triaged = sorted.into_iter().map(|(finding, bucket)| {
        let path = project.sources().file(finding.at.file).path();
        let fingerprint = fingerprints.next(finding.rule.code, path, &finding.anchor);
        let audits = audits.get(finding.rule.code).cloned().unwrap_or_default();
        Triaged { finding, bucket, audits, fingerprint }
    });
    triaged.collect()
}

fn judge(
    mut finding: Finding,
    comments: &mut Comments<'_>,
    project: &Project,
    settings: &Settings,
) -> (Finding, Bucket) {
    if let Some(&severity) = settings.severities.get(finding.rule.code) {
        finding.severity = severity;
    }
    let by_threshold = if reaches(&finding, settings.thresholds) { Bucket::Shown } else { Bucket::BelowThreshold };
    let bucket = comments.suppress(project, &finding).unwrap_or(by_threshold);
    (finding, bucket)
}

fn reaches(finding: &Finding, thresholds: Thresholds) -> bool {
    finding.audience <= thresholds.audience
        && finding.severity >= thresholds.severity
        && finding.confidence >= thresholds.confidence
}

/// The order of output. File ids follow the order of paths.
fn key(finding: &Finding) -> impl Ord + '_ {
    (finding.at, finding.rule.code, finding.message.as_str(), finding.anchor.as_str())
}

/// The items that name each rule. An item whose claim the code contradicts stands for nothing that could be found.
fn audits_by_rule(catalogues: &[AuditCatalogue]) -> BTreeMap<&str, Vec<AuditRef>> {
    let mut audits: BTreeMap<&str, Vec<AuditRef>> = BTreeMap::new();
    for (reference, item) in catalogues.iter().flat_map(references) {
        if item.verdict == Verdict::Contradicted {
            continue;
        }
        for code in &item.rules {
            audits.entry(code).or_default().push(reference.clone());
        }
    }
    audits
}
