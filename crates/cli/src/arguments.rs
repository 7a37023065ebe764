//! The command line as a whole: its commands and the options that all of them have.

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{check, explain, routes, rules};

/// Finds what reviews of Flask and FastAPI back ends find: open routes, leaked secrets, unsafe defaults and more.
#[derive(Debug, Parser)]
#[command(name = "backlint", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) console: ConsoleArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Report what is wrong with a project
    Check(check::CheckArguments),
    /// List the routes of a project with their guards
    Routes(routes::RoutesArguments),
    /// List the rules
    Rules(rules::RulesArguments),
    /// Show the page of a rule
    Explain(explain::ExplainArguments),
}

/// How much is said, and in which colours.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Console")]
pub(crate) struct ConsoleArguments {
    /// Print one line per finding and no summary
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Print everything about findings, and on standard error how long the run took
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,

    /// When to use colours; `auto` is on a terminal, unless `NO_COLOR` is set
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: ColorWhen,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    #[default]
    Auto,
    Always,
    Never,
}
