//! Prints one finding: its diagnostic, those of places in other files, and what follows them.

use std::fmt::Write as _;

use backlint_finding::{AuditRef, Confidence, Finding, Note, Outcome, Severity, Triaged};
use backlint_source::{FileId, Location, Sources};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, ThemeCharacters, ThemeStyles};

use super::diagnostic::FramedDiagnostic;
use super::frame::{CONTEXT_LINES, Frame};
use super::secrets::Secrets;
use super::{Detail, TextOptions};
use crate::color::Color;
use crate::escape::visible;
use crate::place::tight;
use crate::words::count;

/// Places beside the primary one that are shown unless everything is asked for: a reader follows a handful.
const MOST_PLACES: usize = 8;
/// Source lines up to this width are never cut, however narrow the terminal: it is what code style checks allow.
const SHORTEST_CUT: usize = 120;

/// Prints findings of one run.
pub(super) struct Printer<'a> {
    sources: &'a Sources,
    secrets: Secrets,
    detail: Detail,
    width: usize,
    handler: GraphicalReportHandler,
}

impl<'a> Printer<'a> {
    /// A printer with these options.
    pub(super) fn new(outcome: &'a Outcome, options: &TextOptions) -> Self {
        let styles = match options.color {
            Color::Always => ThemeStyles::ansi(),
            Color::Never => ThemeStyles::none(),
        };
        let theme = GraphicalTheme { characters: ThemeCharacters::unicode(), styles };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(options.width)
            .with_context_lines(CONTEXT_LINES)
            .with_links(false)
            .without_syntax_highlighting();
        let width = options.width.max(SHORTEST_CUT);
        Self { sources: &outcome.sources, secrets: Secrets::of(outcome), detail: options.detail, width, handler }
    }

    /// The whole text of one finding, ending in a line feed.
    pub(super) fn print(&self, triaged: &Triaged) -> String {
        let finding = &triaged.finding;
        let (places, left_out) = self.places(finding);
        let mut text = self.render(&self.primary(finding, &places));
        for (file, places) in elsewhere(finding, &places) {
            text.push_str(&self.render(&self.secondary(file, &places)));
        }
        if left_out > 0 {
            text.push_str("  … and ");
            text.push_str(&count(left_out, "more place"));
            text.push('\n');
        }
        text.push_str(&self.footer(triaged));
        text
    }

    fn render(&self, diagnostic: &FramedDiagnostic) -> String {
        let mut text = String::new();
        // Writing to a `String` cannot fail, and every label lies inside its frame.
        if self.handler.render_report(&mut text, diagnostic).is_err() {
            text = format!("  {}\n", diagnostic.message);
        }
        text
    }

    /// The primary place, related ones, then the numbered steps of a flow, with the number of those left out.
    fn places(&self, finding: &Finding) -> (Vec<Labelled>, usize) {
        let related = finding.related.iter().map(|note| Labelled::of(note, visible(&note.message).into_owned()));
        let steps = finding.flow.iter().zip(1..);
        let steps = steps.map(|(step, number)| Labelled::of(step, format!("{number}: {}", visible(&step.message))));
        let others = finding.related.len() + finding.flow.len();
        let shown = if self.detail == Detail::Verbose { others } else { others.min(MOST_PLACES) };
        let primary = Labelled { at: finding.at, label: visible(&finding.anchor).into_owned() };
        let places = std::iter::once(primary).chain(related.chain(steps).take(shown));
        (merged(places), others - shown)
    }

    fn primary(&self, finding: &Finding, places: &[Labelled]) -> FramedDiagnostic<'_> {
        let here: Vec<_> = places.iter().filter(|place| place.at.file == finding.at.file).collect();
        FramedDiagnostic {
            code: Some(header(finding)),
            message: visible(&finding.message).into_owned(),
            severity: miette_severity(finding.severity),
            ..self.framed(finding.at.file, &here)
        }
    }

    /// One place carries its label as the message over its frame; several ones carry theirs inside.
    fn secondary(&self, file: FileId, places: &[&Labelled]) -> FramedDiagnostic<'_> {
        if let [only] = places {
            let bare = Labelled { at: only.at, label: String::new() };
            return FramedDiagnostic { message: only.label.clone(), ..self.framed(file, &[&bare]) };
        }
        let message = format!("{} in {}", count(places.len(), "place"), visible(self.sources.file(file).path()));
        FramedDiagnostic { message, ..self.framed(file, places) }
    }

    /// The frame around `places`, the first of which gives its line and column.
    fn framed(&self, file: FileId, places: &[&Labelled]) -> FramedDiagnostic<'_> {
        let secrets = self.secrets.in_file(file);
        let file = self.sources.file(file);
        let spans: Vec<_> = places.iter().map(|place| tight(file, place.at.span)).collect();
        let mut frame = Frame::new(file, secrets, &spans, self.width);
        let mut labels = Vec::with_capacity(places.len());
        for (place, &span) in places.iter().zip(&spans) {
            let label = (!place.label.is_empty()).then(|| place.label.clone());
            let new = if labels.is_empty() { LabeledSpan::new_primary_with_span } else { LabeledSpan::new_with_span };
            labels.push(new(label, frame.mark(span)));
        }
        FramedDiagnostic { code: None, message: String::new(), severity: miette::Severity::Advice, labels, frame }
    }

    fn footer(&self, triaged: &Triaged) -> String {
        let rule = triaged.finding.rule;
        let mut footer = String::new();
        let mut line = |name: &str, value: &str| {
            if !value.is_empty() {
                // Writing to a `String` cannot fail.
                let _ = writeln!(footer, "  {name}: {value}");
            }
        };
        if self.detail == Detail::Verbose {
            line("rule", rule.summary);
            line("confidence", triaged.finding.confidence.word());
            line("audience", triaged.finding.audience.word());
            line("fingerprint", &visible(&triaged.fingerprint));
        }
        line("audits", &audit_list(&triaged.audits));
        line("help", &format!("backlint explain {}", rule.code));
        footer
    }
}

/// A place beside the primary one, and its label as it is shown.
struct Labelled {
    at: Location,
    label: String,
}

impl Labelled {
    fn of(note: &Note, label: String) -> Self {
        Self { at: note.at, label }
    }
}

/// Joins the labels of equal places: two marks under the same characters cannot be told apart.
fn merged(places: impl Iterator<Item = Labelled>) -> Vec<Labelled> {
    let mut merged: Vec<Labelled> = Vec::new();
    for place in places {
        match merged.iter_mut().find(|earlier| earlier.at == place.at) {
            Some(earlier) if earlier.label.is_empty() => earlier.label = place.label,
            Some(earlier) => earlier.label = format!("{}; {}", earlier.label, place.label),
            None => merged.push(place),
        }
    }
    merged
}

/// The places in other files than the primary one: files in the order in which a reader meets them.
fn elsewhere<'p>(finding: &Finding, places: &'p [Labelled]) -> Vec<(FileId, Vec<&'p Labelled>)> {
    let mut groups: Vec<(FileId, Vec<&Labelled>)> = Vec::new();
    for place in places.iter().filter(|place| place.at.file != finding.at.file) {
        match groups.iter_mut().find(|(file, _)| *file == place.at.file) {
            Some((_, group)) => group.push(place),
            None => groups.push((place.at.file, vec![place])),
        }
    }
    groups
}

fn header(finding: &Finding) -> String {
    let rule = finding.rule;
    let header = format!("{} {} {}", finding.severity, rule.code, rule.name);
    if finding.confidence == Confidence::High {
        header
    } else {
        format!("{header} ({} confidence)", finding.confidence)
    }
}

fn audit_list(audits: &[AuditRef]) -> String {
    audits.iter().map(|audit| visible(&audit.0)).collect::<Vec<_>>().join(", ")
}

fn miette_severity(severity: Severity) -> miette::Severity {
    match severity {
        Severity::Critical | Severity::High => miette::Severity::Error,
        Severity::Medium => miette::Severity::Warning,
        Severity::Low | Severity::Note => miette::Severity::Advice,
    }
}
