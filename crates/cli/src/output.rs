//! In which form a report is written, and where it goes.

use std::path::PathBuf;

use anyhow::{Context, Result};
use backlint_finding::Outcome;
use backlint_report::{
    Detail, Format, SarifOptions, TextOptions, render_github, render_json, render_jsonl, render_sarif, render_text,
    summary_text,
};
use clap::Args;

use crate::arguments::ConsoleArguments;
use crate::{console, words};

/// What the report looks like and where it goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArguments {
    /// Form of the report: for people, for scripts, for code scanning, as annotations of a GitHub workflow
    #[arg(long, value_parser = words::format(), default_value_t, value_name = "FORMAT")]
    output_format: Format,

    /// Write the report to this file, and its summary to standard error
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Count the findings of each rule, in a report for people
    #[arg(long)]
    statistics: bool,

    /// What tells several SARIF reports of one repository apart, such as `services/billing`
    #[arg(long, value_name = "CATEGORY")]
    sarif_category: Option<String>,
}

impl OutputArguments {
    /// Writes the report of a run to where it was asked for.
    pub(crate) fn report(&self, outcome: &Outcome, console: ConsoleArguments) -> Result<()> {
        let text = TextOptions { detail: detail(console), statistics: self.statistics, ..TextOptions::default() };
        let Some(file) = &self.output else {
            let text = TextOptions { color: console::color(console.color), ..text };
            return console::print(&self.render(outcome, &text)?);
        };
        console::write_file(file, &self.render(outcome, &text)?)?;
        if !console.quiet {
            console::note(&summary_text(outcome));
        }
        Ok(())
    }

    fn render(&self, outcome: &Outcome, text: &TextOptions) -> Result<Vec<u8>> {
        let mut report = Vec::new();
        match self.output_format {
            Format::Text => render_text(outcome, text, &mut report),
            Format::Json => render_json(outcome, &mut report),
            Format::Jsonl => render_jsonl(outcome, &mut report),
            Format::Sarif => render_sarif(outcome, &self.sarif(), &mut report),
            Format::Github => render_github(outcome, &mut report),
        }
        .with_context(|| format!("cannot write the report as {}", self.output_format))?;
        Ok(report)
    }

    fn sarif(&self) -> SarifOptions {
        SarifOptions { category: self.sarif_category.clone() }
    }
}

fn detail(console: ConsoleArguments) -> Detail {
    match console {
        ConsoleArguments { quiet: true, .. } => Detail::Quiet,
        ConsoleArguments { verbose: true, .. } => Detail::Verbose,
        _ => Detail::Normal,
    }
}
