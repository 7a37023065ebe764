//! `mutate`: takes the guards of applications away, one at a time, and looks whether `check` reports every handler that
//! changes state and lost its last guard by that.

mod edits;
mod mutants;
mod outcome;
mod removal;

use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use anyhow::{Context, Result, ensure};
use backlint_engine::{Config, ConfigSource, Environment, MemoryFile, Overrides, Settings, project_of, texts};
use backlint_finding::Audience;
use rayon::prelude::*;

use mutants::mutants;
use outcome::Outcome;

/// The rule that has to find mutants out.
const RULE: &str = "AUTH001";

/// Mutates each of `folders` and prints what was found out; an error when that was less than `at_least` percent.
pub(crate) fn mutate(folders: &[PathBuf], at_least: usize) -> Result<()> {
    let mut all = Outcome::default();
    let mut out = io::stdout().lock();
    for folder in folders {
        let outcome = of_folder(folder).with_context(|| format!("cannot mutate {}", folder.display()))?;
        write!(out, "{}", outcome.table(&folder.display().to_string())).context("cannot write to standard output")?;
        all.add(outcome);
    }
    if folders.len() > 1 {
        writeln!(out, "all: {}", all.summary()).context("cannot write to standard output")?;
    }
    ensure!(all.mutants() > 0, "no guard was found to take away");
    ensure!(all.found_out() * 100 >= at_least * all.mutants(), "fewer than {at_least} % of the mutants were found out");
    Ok(())
}

fn of_folder(folder: &Path) -> Result<Outcome> {
    let settings = settings(folder)?;
    let files = texts(&[PathBuf::from(".")], &settings)?;
    let project = project_of(files.clone(), &settings)?.context("linking failed")?;
    let mutants = mutants(&project);
    let threads = available_parallelism().map_or(1, NonZeroUsize::get);
    // Linking recurses as deep as the program's own threads allow, and is run by threads of its own.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let tried = pool.install(|| mutants.par_iter().map(|mutant| mutant.check(&project, &files, &settings)));
    Ok(Outcome::of(tried.collect::<Result<Vec<_>>>()?))
}

/// As a user's run, for one rule.
fn settings(folder: &Path) -> Result<Settings> {
    let working_directory = folder.canonicalize()?;
    let environment = Environment { working_directory, today: (2026, 1, 1), threads: NonZeroUsize::MIN };
    let config = Config::load(&ConfigSource::Nearest, &[PathBuf::from(".")], &environment.working_directory)?;
    let select = vec![RULE.to_owned()];
    let overrides = Overrides { select, audience: Some(Audience::Pedantic), ..Overrides::default() };
    Ok(config.with(overrides).resolve(environment)?)
}

/// The files with one of them changed.
fn overlaid(files: &[MemoryFile], path: &str, text: String) -> Vec<MemoryFile> {
    let mut files = files.to_vec();
    if let Some(file) = files.iter_mut().find(|file| file.path == path) {
        file.text = text;
    }
    files
}
