//! `backlint check`: analyses a project and reports what is wrong with it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use backlint_engine::{FailOn, MemoryFile, Overrides, Run, Settings, SeverityWord, Timings, analyse, check_paths};
use backlint_finding::{Audience, Confidence};
use clap::Args;

use crate::arguments::ConsoleArguments;
use crate::output::OutputArguments;
use crate::setup::SetupArguments;
use crate::{console, words};

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Files and folders to check
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Check standard input as if it were this file
    #[arg(long, value_name = "PATH", conflicts_with = "paths")]
    stdin_filename: Option<PathBuf>,

    #[command(flatten)]
    selection: SelectionArguments,

    #[command(flatten)]
    output: OutputArguments,

    #[command(flatten)]
    setup: SetupArguments,
}

/// Which rules run, which findings are shown, which of them fail the run.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Selection")]
struct SelectionArguments {
    /// Run only these rules: codes, beginnings of codes such as `AUTH`, or names
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<String>,

    /// Leave these rules out
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<String>,

    /// Run only the rules of these audit items, such as `000:1`, or of whole audits, such as `000`
    #[arg(long, value_name = "ITEMS", value_delimiter = ',')]
    audit: Vec<String>,

    /// For whom to report; each audience includes the ones before it [default: regular]
    #[arg(long, value_parser = words::audience(), value_name = "AUDIENCE")]
    audience: Option<Audience>,

    /// Show findings that are at least this bad [default: info]
    #[arg(long, value_parser = words::severity(), value_name = "SEVERITY")]
    min_severity: Option<SeverityWord>,

    /// Show findings that are at least this sure [default: low]
    #[arg(long, value_parser = words::confidence(), value_name = "CONFIDENCE")]
    min_confidence: Option<Confidence>,

    /// Exit with 1 if a finding is at least this bad [default: low]
    #[arg(long, value_parser = words::fail_on(), value_name = "SEVERITY")]
    fail_on: Option<FailOn>,

    /// Compare pinned versions with these advisories: an OSV file, a folder of them, or a zip archive of it
    #[arg(long, value_name = "PATH")]
    advisories: Vec<PathBuf>,

    /// Exit with 0 whatever is found
    #[arg(long, conflicts_with = "fail_on")]
    exit_zero: bool,
}

pub(crate) fn run(arguments: &CheckArguments, console: ConsoleArguments) -> Result<ExitCode> {
    let paths = match &arguments.stdin_filename {
        Some(file) => std::slice::from_ref(file),
        None => &arguments.paths,
    };
    let settings = arguments.setup.settings(paths, arguments.selection.overrides())?;
    let run = match &arguments.stdin_filename {
        Some(file) => analyse_input(file, &settings)?,
        None => check_paths(paths, &settings)?,
    };
    arguments.output.report(&run.outcome, console)?;
    if console.verbose {
        for line in &run.notes {
            console::note(line);
        }
        console::note(&account(&run, &settings));
    }
    Ok(ExitCode::from(run.status(settings.fail_on()).code()))
}

fn analyse_input(file: &Path, settings: &Settings) -> Result<Run> {
    let text = io::read_to_string(io::stdin()).context("cannot read standard input; it must be text in UTF-8")?;
    let path = file.to_string_lossy().replace('\\', "/");
    let outcome = analyse(vec![MemoryFile::new(path, text)], settings)?;
    Ok(Run { outcome, timings: Timings::default(), refused: Vec::new(), notes: Vec::new() })
}

/// What was done and how long it took.
fn account(run: &Run, settings: &Settings) -> String {
    let Timings { read, parse, index, link, rules, triage, .. } = run.timings;
    let stages =
        [("read", read), ("parse", parse), ("index", index), ("link", link), ("rules", rules), ("triage", triage)];
    let times: Vec<String> = stages.iter().map(|(stage, time)| format!("{stage} {} ms", time.as_millis())).collect();
    let (files, active) = (run.outcome.summary.files, settings.rules().count());
    format!("files: {files}, rules: {active}; {}", times.join(", "))
}

impl SelectionArguments {
    fn overrides(&self) -> Overrides {
        Overrides {
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            audits: self.audit.clone(),
            audience: self.audience,
            min_severity: self.min_severity,
            min_confidence: self.min_confidence,
            fail_on: if self.exit_zero { Some(FailOn::Nothing) } else { self.fail_on },
            advisories: self.advisories.clone(),
        }
    }
}
