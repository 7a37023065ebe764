//! `backlint explain`: the page of a rule.

use std::process::ExitCode;

use anyhow::{Result, bail};
use backlint_report::{TextOptions, render_rule_json, render_rule_text};
use backlint_rules::registry;
use clap::Args;

use super::rules::ListFormat;
use crate::arguments::ConsoleArguments;
use crate::console;

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// Code or name of the rule
    #[arg(value_name = "RULE")]
    rule: String,

    /// Form of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output_format: ListFormat,
}

pub(crate) fn run(arguments: &ExplainArguments, console: ConsoleArguments) -> Result<ExitCode> {
    let word = &arguments.rule;
    let Some(rule) = registry::find(word) else {
        let meant = registry::nearest(word).map_or_else(String::new, |known| format!("did you mean `{known}`? "));
        bail!("there is no rule with the code or name `{word}`; {meant}`backlint rules` lists all");
    };
    let options = TextOptions { color: console::color(console.color), ..TextOptions::default() };
    let mut page = Vec::new();
    match arguments.output_format {
        ListFormat::Text => render_rule_text(&rule.meta, &options, &mut page)?,
        ListFormat::Json => render_rule_json(&rule.meta, &mut page)?,
    }
    console::print(&page)?;
    Ok(ExitCode::SUCCESS)
}
