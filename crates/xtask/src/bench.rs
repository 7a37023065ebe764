//! `bench`: what each stage of a run costs on real paths.

use std::fmt::{self, Write as _};
use std::hint::black_box;
use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::Command;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use backlint_engine::{Config, ConfigSource, Environment, FileKind, Overrides, check_paths};
use backlint_syntax::bare_parse;
use rayon::prelude::*;

/// How many rules are named.
const SLOWEST: usize = 12;

/// Measures with one thread and with all, each in an optimised process of its own, so that the second run finds no
/// memory of the first.
pub(crate) fn compare(paths: &[PathBuf], select: &[String]) -> Result<()> {
    let all = available_parallelism().unwrap_or(NonZeroUsize::MIN);
    for threads in [NonZeroUsize::MIN, all] {
        let mut command = Command::new(env!("CARGO"));
        command.args(["run", "--quiet", "--profile", "bench", "--package", "backlint-xtask", "--", "bench"]);
        if !select.is_empty() {
            command.args(["--select", &select.join(",")]);
        }
        command.args(["--threads", &threads.to_string()]).args(paths);
        let status = command.status().context("cannot run cargo")?;
        ensure!(status.success(), "the run with {threads} threads failed: {status}");
    }
    Ok(())
}

/// Measures once, in this process.
pub(crate) fn measure(paths: &[PathBuf], select: Vec<String>, threads: NonZeroUsize) -> Result<()> {
    let working_directory = std::env::current_dir().context("cannot tell the working directory")?;
    let environment = Environment { working_directory, today: (2026, 1, 1), threads };
    let config = Config::load(&ConfigSource::Isolated, paths, &environment.working_directory)?;
    let settings = config.with(Overrides { select, ..Overrides::default() }).resolve(environment)?;
    let start = Instant::now();
    let run = check_paths(paths, &settings)?;
    let total = start.elapsed();
    let memory = peak_memory();
    let is_python = |path| FileKind::of_path(path) == Some(FileKind::Python);
    let files = run.outcome.sources.iter().filter(|(_, file)| is_python(file.path()));
    let python: Vec<&str> = files.map(|(_, file)| file.text()).collect();
    let bytes: usize = python.iter().map(|text| text.len()).sum();
    let bare = time_bare_parse(&python, threads)?;
    let timings = run.timings;
    let stages = [
        ("discover, read", timings.read),
        ("parse, lower", timings.parse),
        ("  bare parse", bare),
        ("index", timings.index),
        ("link", timings.link),
        ("rules", timings.rules),
        ("triage", timings.triage),
        ("all", total),
    ];
    let mut report = format!("{} Python files, {} kB, threads: {threads}\n", python.len(), bytes / 1000);
    for (stage, time) in stages {
        writeln!(report, "  {stage:<16} {:>9.1} ms {:>9.1} MB/s", millis(time), rate(bytes, time))?;
    }
    let memory = memory.map_or_else(|| "not known on this system".to_owned(), |memory| memory.to_string());
    writeln!(report, "  {:<16} {memory:>12}", "peak memory")?;
    writeln!(report, "  slowest rules")?;
    let mut rules: Vec<_> = timings.by_rule.into_iter().collect();
    rules.sort_by_key(|&(_, time)| std::cmp::Reverse(time));
    for (rule, time) in rules.into_iter().take(SLOWEST) {
        writeln!(report, "    {rule:<14} {:>9.1} ms", millis(time))?;
    }
    io::stdout().write_all(report.as_bytes()).context("cannot write to standard output")
}

/// How long the parser alone takes, without lowering: the floor of what a run can cost.
fn time_bare_parse(texts: &[&str], threads: NonZeroUsize) -> Result<Duration> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build()?;
    let start = Instant::now();
    pool.install(|| texts.par_iter().for_each(|text| drop(black_box(bare_parse(text)))));
    Ok(start.elapsed())
}

/// Memory of this process in KiB.
struct Memory {
    /// The most it had at once.
    peak: u64,
    /// What of it is the program's own code and constants, which are as large for an empty file as for any project.
    program: u64,
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB, of these {} MiB the program itself", self.peak / 1024, self.program / 1024)
    }
}

/// The memory of this process, where the system tells.
fn peak_memory() -> Option<Memory> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches("kB").trim().parse().ok()
    };
    Some(Memory { peak: kib("VmHWM:")?, program: kib("RssFile:")? })
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Megabytes per second.
#[expect(clippy::cast_precision_loss, reason = "a measurement has no use for the last of sixteen digits")]
fn rate(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64() / 1e6
}
