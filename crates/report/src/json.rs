//! The stable JSON output: one object, or one object per line.

use std::io;

use backlint_finding::{Audience, AuditRef, Confidence, Outcome, Problem, RuleCode, Severity, Summary, Triaged};
use backlint_source::Sources;
use serde::Serialize;

use crate::json_text::{write_line, write_pretty};
use crate::place::{NotedPlace, Place};

/// The version of the JSON outputs: additions keep it, removals would not.
pub(crate) const VERSION: u8 = 1;

/// Writes the outcome as one JSON object.
pub fn render_json(outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
    let document = Document {
        version: VERSION,
        tool: Tool { name: crate::TOOL_NAME, version: crate::TOOL_VERSION },
        findings: outcome.shown().map(|triaged| FindingView::of(&outcome.sources, triaged)).collect(),
        problems: &outcome.problems,
        summary: outcome.summary,
    };
    write_pretty(&document, out)
}

/// Writes one line per finding, then one `{"problem": …}` line per problem, then a `{"summary": …}` line.
pub fn render_jsonl(outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
    for triaged in outcome.shown() {
        write_line(&FindingView::of(&outcome.sources, triaged), out)?;
    }
    for problem in &outcome.problems {
        write_line(&ProblemLine { problem }, out)?;
    }
    write_line(&SummaryLine { summary: outcome.summary }, out)
}

#[derive(Serialize)]
struct Document<'a> {
    version: u8,
    tool: Tool,
    findings: Vec<FindingView<'a>>,
    problems: &'a [Problem],
    summary: Summary,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct ProblemLine<'a> {
    problem: &'a Problem,
}

#[derive(Serialize)]
struct SummaryLine {
    summary: Summary,
}

#[derive(Serialize)]
struct FindingView<'a> {
    code: RuleCode,
    name: &'static str,
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    severity: Severity,
    confidence: Confidence,
    audience: Audience,
    audits: &'a [AuditRef],
    cwe: &'static [u16],
    anchor: &'a str,
    fingerprint: &'a str,
    related: Vec<NotedPlace<'a>>,
    flow: Vec<NotedPlace<'a>>,
}

impl<'a> FindingView<'a> {
    fn of(sources: &'a Sources, triaged: &'a Triaged) -> Self {
        let finding = &triaged.finding;
        Self {
            code: finding.rule.code,
            name: finding.rule.name,
            message: &finding.message,
            place: Place::of(sources, finding.at),
            severity: finding.severity,
            confidence: finding.confidence,
            audience: finding.audience,
            audits: &triaged.audits,
            cwe: finding.rule.cwe,
            anchor: &finding.anchor,
            fingerprint: &triaged.fingerprint,
            related: finding.related.iter().map(|note| NotedPlace::of(sources, note)).collect(),
            flow: finding.flow.iter().map(|step| NotedPlace::of(sources, step)).collect(),
        }
    }
}
