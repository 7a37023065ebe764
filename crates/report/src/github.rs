//! Workflow commands that GitHub turns into annotations of a change.

use std::io;

use backlint_finding::{Outcome, Severity, Triaged};
use backlint_source::Sources;

use crate::escape::visible;
use crate::place::{NotedPlace, Place, Range};

/// Writes one workflow command per finding, then one per problem.
pub fn render_github(outcome: &Outcome, out: &mut dyn io::Write) -> io::Result<()> {
    for triaged in outcome.shown() {
        writeln!(out, "{}", annotation(&outcome.sources, triaged))?;
    }
    for problem in &outcome.problems {
        let (path, message) = (property(&problem.path), data(&visible(&problem.message)));
        writeln!(out, "::warning file={path},title=Not analysed in full::{message}")?;
    }
    Ok(())
}

fn annotation(sources: &Sources, triaged: &Triaged) -> String {
    let finding = &triaged.finding;
    let Place { path, range } = Place::of(sources, finding.at);
    let command = command(finding.severity);
    let path = property(path);
    let position = position(range);
    let title = property(&format!("{} {}", finding.rule.code, finding.rule.name));
    let mut lines = vec![visible(&finding.message).into_owned()];
    lines.extend(finding.related.iter().chain(&finding.flow).map(|note| {
        let NotedPlace { place, message } = NotedPlace::of(sources, note);
        format!("{}:{}: {}", visible(place.path), place.range.start.line, visible(message))
    }));
    let message = data(&lines.join("\n"));
    format!("::{command} file={path},{position},title={title}::{message}")
}

/// Lines, and columns where there is one line: the runner refuses columns of more.
fn position(Range { start, end }: Range) -> String {
    let lines = format!("line={},endLine={}", start.line, end.line);
    if start.line == end.line { format!("{lines},col={},endColumn={}", start.column, end.column) } else { lines }
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Note => "notice",
    }
}

/// The text of a command: what would end the line is encoded.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command: what would end it is encoded as well.
fn property(text: &str) -> String {
    data(&visible(text)).replace(':', "%3A").replace(',', "%2C")
}
