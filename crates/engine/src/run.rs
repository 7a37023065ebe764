//! A whole run: from paths or texts to an outcome.

use std::path::PathBuf;

use backlint_finding::{Bucket, Outcome, Problem, ProblemKind, RouteRow, Summary, Triaged};
use backlint_model::{Fact, Project, link};
use backlint_semantic::deploy::Unreadable;
use backlint_source::{Listing, SourceFile, Sources};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::beside::Beside;
use crate::check::check;
use crate::contain::{WHOLE_PROJECT, contained};
use crate::discover::{Discovered, FileKind, discover};
use crate::error::EngineError;
use crate::inventory::{Inventory, rows};
use crate::parse::{Parsed, parse_files};
use crate::read::{MemoryFile, Texts, read};
use crate::settings::{FailOn, Settings};
use crate::timings::{Timings, timed};
use crate::triage::triage;

/// Bytes of stack for each thread. Depth of recursion is bounded everywhere; this is what the bound needs, and more.
const STACK: usize = 16 * 1024 * 1024;

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    /// What was found.
    pub outcome: Outcome,
    /// How long it took.
    pub timings: Timings,
    /// Files that were named by the user and not analysed; `outcome.problems` says why.
    pub refused: Vec<String>,
    /// What rules had nothing to work with, for those who ask for details.
    pub notes: Vec<String>,
}

/// How a run ended, as an exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// No finding at or above the threshold.
    Clean,
    /// At least one.
    Findings,
    /// The job was not done: a named file was not analysed, or something failed inside.
    NotDone,
}

impl Status {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::NotDone => 2,
        }
    }
}

impl Run {
    /// How the run ended when findings fail it as `fail_on` says.
    pub fn status(&self, fail_on: FailOn) -> Status {
        let failed_inside = self.outcome.problems.iter().any(|problem| problem.kind == ProblemKind::Internal);
        if failed_inside || !self.refused.is_empty() {
            Status::NotDone
        } else if self.outcome.shown().any(|triaged| fail_on.is_reached_by(triaged.finding.severity)) {
            Status::Findings
        } else {
            Status::Clean
        }
    }
}

/// Analyses everything below `paths`, which are relative to the working directory of the settings.
pub fn check_paths(paths: &[PathBuf], settings: &Settings) -> Result<Run, EngineError> {
    let mut timings = Timings::default();
    let pool = pool(settings)?;
    let found = timed(&mut timings.read, || discover(paths, settings))?;
    let Discovered { mut files, listing } = found;
    files.retain(|file| file.kind != FileKind::Lock || !settings.advisories.is_empty());
    let Texts { files, problems, refused } = timed(&mut timings.read, || pool.install(|| read(files)));
    let mut beside = timed(&mut timings.read, || pool.install(|| Beside::on_disk(paths, settings)))?;
    let notes = std::mem::take(&mut beside.notes);
    let outcome =
        pool.install(|| analyse_files(Files { texts: files, listing, beside }, problems, settings, &mut timings));
    Ok(Run { outcome, timings, refused, notes })
}

/// The routes of everything below `paths`, and what kept files from being read.
pub fn inventory(paths: &[PathBuf], settings: &Settings) -> Result<Inventory, EngineError> {
    let mut timings = Timings::default();
    let pool = pool(settings)?;
    let found = discover(paths, settings)?;
    let Discovered { mut files, listing } = found;
    files.retain(|file| file.kind != FileKind::Lock);
    let Texts { files, mut problems, refused } = pool.install(|| read(files));
    let files = Files { texts: files, listing, beside: Beside::default() };
    let project = pool.install(|| link_files(files, settings, &[], &mut timings, &mut problems));
    let routes = project.as_ref().map(|project| pool.install(|| rows(project))).unwrap_or_default();
    problems.sort();
    Ok(Inventory { routes, problems, refused })
}

/// The texts of everything below `paths`, as a run reads them; what cannot be read is left out.
pub fn texts(paths: &[PathBuf], settings: &Settings) -> Result<Vec<MemoryFile>, EngineError> {
    let found = discover(paths, settings)?;
    Ok(pool(settings)?.install(|| read(found.files)).files)
}

/// The model of files in memory, with all that the rules that run need; none when linking failed inside.
pub fn project_of(files: Vec<MemoryFile>, settings: &Settings) -> Result<Option<Project>, EngineError> {
    let (mut timings, mut problems) = (Timings::default(), Vec::new());
    let facts = settings.facts();
    let files = Files::of(files, Beside::default());
    Ok(pool(settings)?.install(|| link_files(files, settings, &facts, &mut timings, &mut problems)))
}

/// The routes of files in memory.
pub fn routes_of(files: Vec<MemoryFile>, settings: &Settings) -> Result<Vec<RouteRow>, EngineError> {
    Ok(project_of(files, settings)?.as_ref().map(rows).unwrap_or_default())
}

/// Analyses files in memory.
pub fn analyse(files: Vec<MemoryFile>, settings: &Settings) -> Result<Outcome, EngineError> {
    let beside = Beside::in_memory(&files, settings);
    let (files, mut timings) = (Files::of(files, beside), Timings::default());
    Ok(pool(settings)?.install(|| analyse_files(files, Vec::new(), settings, &mut timings)))
}

/// Analyses files in memory that are all in version control.
pub fn analyse_repository(files: Vec<MemoryFile>, settings: &Settings) -> Result<Outcome, EngineError> {
    let beside = Beside::in_repository(&files, settings);
    let (files, mut timings) = (Files::of(files, beside), Timings::default());
    Ok(pool(settings)?.install(|| analyse_files(files, Vec::new(), settings, &mut timings)))
}

/// Threads of our own: the caller's pool may have small stacks, and any number of threads.
fn pool(settings: &Settings) -> Result<ThreadPool, EngineError> {
    let threads = settings.environment.threads.get();
    let builder = ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK);
    builder.build().map_err(|error| EngineError::Threads { threads, message: error.to_string() })
}

/// The files of a run, and what lies beside them.
pub(crate) struct Files {
    texts: Vec<MemoryFile>,
    listing: Listing,
    beside: Beside,
}

impl Files {
    /// Files in memory, which are all there are.
    pub(crate) fn of(files: Vec<MemoryFile>, beside: Beside) -> Self {
        let listing = Listing::of_paths(files.iter().map(|file| file.path.as_str()));
        Self { texts: files, listing, beside }
    }
}

fn analyse_files(files: Files, mut problems: Vec<Problem>, settings: &Settings, timings: &mut Timings) -> Outcome {
    let Some(project) = link_files(files, settings, &settings.facts(), timings, &mut problems) else {
        return outcome(Sources::default(), Vec::new(), problems, settings);
    };
    let checked = timed(&mut timings.rules, || check(&project, settings));
    timings.by_rule = checked.took;
    let findings = timed(&mut timings.triage, || triage(&project, checked.findings, &checked.failed, settings));
    problems.extend(checked.problems);
    let (files, routes) = (project.files().count(), project.routes().len());
    let mut outcome = outcome(project.into_sources(), findings, problems, settings);
    outcome.summary.files = files;
    outcome.summary.routes = routes;
    outcome
}

/// Parses, indexes and links, with these facts. Nothing comes back when linking failed inside, which is then among the problems.
pub(crate) fn link_files(
    files: Files,
    settings: &Settings,
    facts: &[Fact],
    timings: &mut Timings,
    problems: &mut Vec<Problem>,
) -> Option<Project> {
    let Files { texts: mut files, listing, beside } = files;
    let Beside { advisories, artifacts, problems: of_beside, .. } = beside;
    problems.extend(of_beside);
    files.extend(artifacts.iter().map(|(path, ..)| MemoryFile::unread(path)));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    let Parsed { sources, inputs, problems: broken } = parse_files(files, timings);
    problems.extend(broken);
    let sources = sources.beside(listing);
    let linked = timed(&mut timings.link, || {
        contained(WHOLE_PROJECT, "linking", || link(sources, inputs, &settings.model, facts))
    });
    let project = linked.map_err(|problem| problems.push(problem)).ok()?.advised_by(advisories).tracking(artifacts);
    problems.extend(
        project.deployment().problems.iter().map(|(file, what)| unreadable(project.sources().file(*file), what)),
    );
    Some(project)
}

/// A deployment file whose format could not be read.
fn unreadable(source: &SourceFile, what: &Unreadable) -> Problem {
    let at = source.position(what.at.start);
    let message = format!(
        "line {}, column {}: {}; what the file says of the deployment is not known",
        at.line, at.column, what.what
    );
    Problem { path: source.path().to_owned(), kind: ProblemKind::Syntax, message }
}

fn outcome(sources: Sources, findings: Vec<Triaged>, mut problems: Vec<Problem>, settings: &Settings) -> Outcome {
    problems.sort();
    let count = |is_meant: fn(&Bucket) -> bool| findings.iter().filter(|triaged| is_meant(&triaged.bucket)).count();
    let summary = Summary {
        shown: count(|bucket| *bucket == Bucket::Shown),
        suppressed: count(|bucket| matches!(bucket, Bucket::Suppressed { .. })),
        baselined: count(|bucket| *bucket == Bucket::Baselined),
        below_threshold: count(|bucket| *bucket == Bucket::BelowThreshold),
        ..Summary::default()
    };
    let (rules, catalogues) = (settings.rules().collect(), settings.catalogues.clone());
    Outcome { sources, findings, problems, summary, rules, catalogues }
}
