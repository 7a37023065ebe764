//! The report for people: diagnostics with code frames, problems, a summary.

mod diagnostic;
mod frame;
mod hidden;
mod printer;
mod secrets;
mod statistics;
mod summary;

use std::io;

use backlint_finding::{Outcome, Problem, Triaged};
use backlint_source::Sources;

use crate::color::Color;
use crate::escape::visible;
use crate::place::Place;
pub use summary::summary_text;

/// How much is said about each finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// One line per finding, one per problem, no summary.
    Quiet,
    /// Code frames, problems, a summary.
    #[default]
    Normal,
    /// Everything about each finding, and a line for each one that is not shown, with the reason.
    Verbose,
}

/// How the text report looks.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions {
    /// Whether it is coloured.
    pub color: Color,
    /// Columns of the terminal.
    pub width: usize,
    /// How much is said about each finding.
    pub detail: Detail,
    /// Whether a table counts the findings of each rule.
    pub statistics: bool,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self { color: Color::Never, width: 100, detail: Detail::Normal, statistics: false }
    }
}

/// Writes the report for people.
pub fn render_text(outcome: &Outcome, options: &TextOptions, out: &mut dyn io::Write) -> io::Result<()> {
    if options.detail == Detail::Quiet {
        for triaged in outcome.shown() {
            writeln!(out, "{}", one_line(&outcome.sources, triaged))?;
        }
    } else {
        let printer = printer::Printer::new(outcome, options);
        for triaged in outcome.shown() {
            writeln!(out, "{}", printer.print(triaged))?;
        }
    }
    if options.detail == Detail::Verbose {
        hidden::write_hidden(outcome, out)?;
    }
    for problem in &outcome.problems {
        writeln!(out, "{}", problem_line(problem))?;
    }
    if options.statistics {
        statistics::write_statistics(outcome, options.color, out)?;
    }
    if options.detail != Detail::Quiet {
        writeln!(out, "{}", summary_text(outcome))?;
    }
    Ok(())
}

/// `server/api.py:873:1: high AUTH001 unguarded-state-change: message`.
fn one_line(sources: &Sources, triaged: &Triaged) -> String {
    let finding = &triaged.finding;
    let place = Place::of(sources, finding.at);
    let start = place.range.start;
    let (path, message) = (visible(place.path), visible(&finding.message));
    let rule = finding.rule;
    format!("{path}:{}:{}: {} {} {}: {message}", start.line, start.column, finding.severity, rule.code, rule.name)
}

fn problem_line(problem: &Problem) -> String {
    format!("problem: {}: {}", visible(&problem.path), visible(&problem.message))
}
