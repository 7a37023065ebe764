//! `backlint rules`: the list of rules.

use std::process::ExitCode;

use anyhow::Result;
use backlint_finding::RuleMeta;
use backlint_report::{TextOptions, render_rules_json, render_rules_text};
use backlint_rules::RULES;
use clap::{Args, ValueEnum};

use crate::arguments::ConsoleArguments;
use crate::console;

#[derive(Debug, Args)]
pub(crate) struct RulesArguments {
    /// Form of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output_format: ListFormat,
}

/// Forms of what is known of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    #[default]
    Text,
    Json,
}

pub(crate) fn run(arguments: &RulesArguments, console: ConsoleArguments) -> Result<ExitCode> {
    let rules: Vec<&RuleMeta> = RULES.iter().map(|rule| &rule.meta).collect();
    let options = TextOptions { color: console::color(console.color), ..TextOptions::default() };
    let mut list = Vec::new();
    match arguments.output_format {
        ListFormat::Text => render_rules_text(&rules, &options, &mut list)?,
        ListFormat::Json => render_rules_json(&rules, &mut list)?,
    }
    console::print(&list)?;
    Ok(ExitCode::SUCCESS)
}
