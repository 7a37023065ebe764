//! Shown findings as results.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use backlint_finding::{FlowStep, Note, Outcome, Triaged};
use backlint_source::{FileId, Sources};

use super::line_hash::LineHashes;
use super::message::{link, plain, sentence};
use super::model::{CodeFlow, Location, LogicalLocation, ResultProperties, SarifResult, Step, Text, ThreadFlow};
use super::places::location;
use super::severity::level;
use crate::escape::visible;
use crate::place::{NotedPlace, Place};

/// Results of one run that code scanning keeps.
const MOST_RESULTS: usize = 5000;
/// Related places that the message links to; more would drown it.
const MOST_LINKS: usize = 10;

/// The results, and how many findings there was no room for.
pub(super) struct Results {
    /// In the order of the findings.
    pub(super) list: Vec<SarifResult>,
    /// Findings of the lowest severities that were left out.
    pub(super) left_out: usize,
}

/// The shown findings as results, by rules that have these indices.
pub(super) fn results(outcome: &Outcome, rule_indices: &BTreeMap<&str, usize>) -> Results {
    let mut shown: Vec<(usize, &Triaged)> = outcome.shown().enumerate().collect();
    let left_out = shown.len().saturating_sub(MOST_RESULTS);
    if left_out > 0 {
        shown.sort_by_key(|(_, triaged)| Reverse(triaged.finding.severity));
        shown.truncate(MOST_RESULTS);
        shown.sort_by_key(|&(i, _)| i);
    }
    let mut context = Context { sources: &outcome.sources, rule_indices, hashes: BTreeMap::new() };
    let list = shown.into_iter().map(|(_, triaged)| context.result(triaged)).collect();
    Results { list, left_out }
}

/// What results are made from, and the line hashes of the files met so far.
struct Context<'a> {
    sources: &'a Sources,
    rule_indices: &'a BTreeMap<&'a str, usize>,
    hashes: BTreeMap<FileId, LineHashes>,
}

impl Context<'_> {
    fn result(&mut self, triaged: &Triaged) -> SarifResult {
        let finding = &triaged.finding;
        let primary =
            Location { logical_locations: logical(&finding.anchor), ..location(Place::of(self.sources, finding.at)) };
        SarifResult {
            rule_id: finding.rule.code,
            rule_index: self.rule_indices.get(finding.rule.code).copied().unwrap_or_default(),
            level: level(finding.severity),
            message: message(&finding.message, &finding.related),
            locations: [primary],
            partial_fingerprints: self.fingerprints(triaged),
            related_locations: self.related(&finding.related),
            code_flows: self.flow(&finding.flow),
            properties: ResultProperties {
                severity: finding.severity.word(),
                confidence: finding.confidence.word(),
                audience: finding.audience.word(),
                audits: triaged.audits.iter().map(|audit| audit.0.clone()).collect(),
            },
        }
    }

    fn fingerprints(&mut self, triaged: &Triaged) -> BTreeMap<&'static str, String> {
        let at = triaged.finding.at;
        let file = self.sources.file(at.file);
        let hashes = self.hashes.entry(at.file).or_insert_with(|| LineHashes::new(file.text()));
        let mut fingerprints = BTreeMap::from([("backlintFinding/v1", triaged.fingerprint.clone())]);
        if let Some(hash) = hashes.line(file.line(at.span.start)) {
            fingerprints.insert("primaryLocationLineHash", hash.to_owned());
        }
        fingerprints
    }

    fn related(&self, notes: &[Note]) -> Vec<Location> {
        notes.iter().zip(1..).map(|(note, id)| Location { id: Some(id), ..self.noted(note) }).collect()
    }

    fn flow(&self, steps: &[FlowStep]) -> Vec<CodeFlow> {
        if steps.is_empty() {
            return Vec::new();
        }
        let locations = steps.iter().map(|step| Step { location: self.noted(step) }).collect();
        vec![CodeFlow { thread_flows: [ThreadFlow { locations }] }]
    }

    fn noted(&self, note: &Note) -> Location {
        let NotedPlace { place, message } = NotedPlace::of(self.sources, note);
        Location { message: Some(plain(message).into()), ..location(place) }
    }
}

/// What is wrong, with links to the related places: code scanning shows those that the message links to.
fn message(text: &str, related: &[Note]) -> Text {
    let message = plain(text);
    if related.is_empty() {
        return message.into();
    }
    let links: Vec<_> = related.iter().zip(1..).take(MOST_LINKS).map(|(note, id)| link(&note.message, id)).collect();
    format!("{} See: {}.", sentence(&message), links.join(", ")).into()
}

fn logical(anchor: &str) -> Vec<LogicalLocation> {
    if anchor.is_empty() {
        return Vec::new();
    }
    vec![LogicalLocation { fully_qualified_name: visible(anchor).into_owned() }]
}
