//! Work on the repository itself: scaffolds and measurements.

mod bench;
mod mutate;
mod new_rule;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

/// The allocator of the program, so that measurements are those of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Work on the repository itself.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write the page, the check and the row of a new rule
    NewRule {
        /// Its code, such as AUTH099
        code: String,
        /// Its name, such as route-with-some-pattern: the pattern, not the cure
        name: String,
    },
    /// Show what each stage of a run costs, with one thread and with all
    Bench {
        /// Files and folders to analyse
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Only these rules, and only the facts that they need
        #[arg(long, value_delimiter = ',', value_name = "RULE")]
        select: Vec<String>,
        /// Measure once, in this process and with so many threads
        #[arg(long, hide = true)]
        threads: Option<std::num::NonZeroUsize>,
    },
    /// Take the guards of applications away, one at a time, and show which exposed handlers `check` reports
    Mutate {
        /// Folders, one application or repository each
        #[arg(required = true)]
        folders: Vec<PathBuf>,
        /// Fail when fewer mutants than this are found out, in percent
        #[arg(long, default_value_t = 98, value_name = "PERCENT")]
        at_least: usize,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().task {
        Task::NewRule { code, name } => new_rule::new_rule(root()?, &code, &name),
        Task::Mutate { folders, at_least } => mutate::mutate(&folders, at_least),
        Task::Bench { paths, select, threads: None } => bench::compare(&paths, &select),
        Task::Bench { paths, select, threads: Some(threads) } => bench::measure(&paths, select, threads),
    }
}

/// The root of the repository that this was built from.
fn root() -> Result<&'static Path> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).context("the manifest of xtask lies two folders below the root")
}
