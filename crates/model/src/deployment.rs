//! What deployment files and manifests say about how the project is built and runs.

mod builds;
mod commands;
mod compose;
mod entry;
mod images;
mod kind;
mod kubernetes;
mod packages;
mod services;
mod stacks;
mod variables;
mod workers;

use std::collections::BTreeSet;

use backlint_semantic::deploy::Unreadable;
use backlint_source::{FileId, Location, SourceFile, Sources, Span};
use rayon::prelude::*;

use crate::layout::Layout;

pub use commands::StartCommand;
pub use images::Image;
pub use kind::{DeployKind, Purpose};
pub use packages::{LockedPackage, Package};
pub use services::{Build, Orchestrator, Port, Probe, Service, Volume};
pub use variables::{Setter, Variable};
pub use workers::WorkerEvidence;

/// Facts from files that are not Python.
#[derive(Debug, Default)]
pub struct Deployment {
    /// The files themselves, in the order of their paths.
    pub files: Vec<DeployFile>,
    /// Containers that compose files and manifests start.
    pub services: Vec<Service>,
    /// Images that Dockerfiles build.
    pub images: Vec<Image>,
    /// Commands that start the programs of the project, wherever they stand.
    pub commands: Vec<StartCommand>,
    /// Environment variables that something sets.
    pub variables: Vec<Variable>,
    /// Variables that the scripts which production starts with set themselves, or refuse to go on without.
    pub ensured: BTreeSet<String>,
    /// Distributions that manifests ask for.
    pub packages: Vec<Package>,
    /// Distributions of lock files, which are only read where advisories are compared with them.
    pub locked: Vec<LockedPackage>,
    /// Places that start several processes of a server.
    pub workers: Vec<WorkerEvidence>,
    /// Places that declare a migration tool: manifests, its configuration, and one file of each migrations folder.
    pub migration_tools: Vec<Location>,
    /// Whether a command for production starts an application server.
    pub starts_server: bool,
    /// Files that could not be read, and why.
    pub problems: Vec<(FileId, Unreadable)>,
}

/// One file that says how the project is built or run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployFile {
    /// The file.
    pub id: FileId,
    /// What it is.
    pub kind: DeployKind,
    /// What it is made for.
    pub purpose: Purpose,
    /// Whether it says that a program writes it.
    pub is_generated: bool,
}

/// What one file adds.
#[derive(Debug, Default)]
struct Facts {
    services: Vec<Service>,
    images: Vec<Image>,
    commands: Vec<StartCommand>,
    variables: Vec<Variable>,
    packages: Vec<Package>,
    locked: Vec<LockedPackage>,
    workers: Vec<WorkerEvidence>,
    problem: Option<Unreadable>,
}

/// One file that is being read.
#[derive(Clone, Copy, Debug)]
struct Reading<'s> {
    id: FileId,
    source: &'s SourceFile,
    kind: DeployKind,
    purpose: Purpose,
}

impl Deployment {
    /// Reads the facts off all texts that are not Python.
    pub(crate) fn read(sources: &Sources, layout: &Layout) -> Self {
        let mut facts = Self { files: kind::files(sources, layout), ..Self::default() };
        let all: Vec<Facts> = facts.files.par_iter().map(|file| read_file(file, sources)).collect();
        for (file, read) in facts.files.iter().zip(all) {
            facts.services.extend(read.services);
            facts.images.extend(read.images);
            facts.commands.extend(read.commands);
            facts.variables.extend(read.variables);
            facts.packages.extend(read.packages);
            facts.locked.extend(read.locked);
            facts.workers.extend(read.workers);
            facts.problems.extend(read.problem.map(|problem| (file.id, problem)));
        }
        compose::extend(&mut facts.services, sources);
        commands::keep_called_scripts(&mut facts.commands, sources);
        facts.ensured = entry::ensured(&facts, sources);
        builds::judge(&mut facts, sources);
        facts.variables.extend(variables::of_services(&facts.services));
        facts.workers.extend(workers::of_commands(&facts.commands));
        facts.workers.extend(workers::of_variables(&facts.variables));
        facts.workers.sort_by_key(|evidence| (evidence.at.file, evidence.at.span));
        facts.starts_server = facts.commands.iter().any(|c| c.purpose == Purpose::Production && c.server().is_some());
        facts.migration_tools = packages::migration_tools(&facts.packages, sources);
        facts
    }

    /// The first place that starts several processes, if any.
    pub fn several_workers(&self) -> Option<&WorkerEvidence> {
        self.workers.iter().find(|evidence| evidence.count.is_none_or(|count| count > 1))
    }

    /// What a file is made for by its name and place; none if it says nothing about deployment.
    pub fn purpose_of(&self, file: FileId) -> Option<Purpose> {
        self.file(file).map(|file| file.purpose)
    }

    /// What is known of a file; none if it says nothing about deployment.
    pub fn file(&self, file: FileId) -> Option<&DeployFile> {
        let at = self.files.binary_search_by_key(&file, |known| known.id).ok()?;
        self.files.get(at)
    }

    /// The files of one kind.
    pub fn files_of(&self, kind: DeployKind) -> impl Iterator<Item = &DeployFile> {
        self.files.iter().filter(move |file| file.kind == kind)
    }
}

impl Reading<'_> {
    fn at(&self, span: Span) -> Location {
        Location { file: self.id, span }
    }

    fn text(&self) -> &str {
        self.source.text()
    }
}

fn read_file(file: &DeployFile, sources: &Sources) -> Facts {
    let reading = Reading { id: file.id, source: sources.file(file.id), kind: file.kind, purpose: file.purpose };
    let mut facts = Facts::default();
    let result = match file.kind {
        DeployKind::Compose => compose::read(reading, &mut facts),
        DeployKind::Kubernetes => kubernetes::read(reading, &mut facts),
        DeployKind::Lock => packages::read_lock(reading, &mut facts),
        DeployKind::OtherManifest => packages::read_other(reading, &mut facts),
        DeployKind::Pyproject => packages::read_pyproject(reading, &mut facts),
        DeployKind::Pipeline => commands::read_pipeline(reading, &mut facts),
        _ => {
            read_lines(reading, &mut facts);
            Ok(())
        }
    };
    facts.problem = result.err().filter(|_| file.purpose != Purpose::Foreign);
    facts
}

/// Formats in which nothing can keep the rest from being read.
fn read_lines(file: Reading<'_>, facts: &mut Facts) {
    match file.kind {
        DeployKind::Dockerfile => images::read(file, facts),
        DeployKind::Environment => variables::read(file, facts),
        DeployKind::Requirements => packages::read_requirements(file, facts),
        DeployKind::Procfile => commands::read_procfile(file, facts),
        DeployKind::Unit | DeployKind::Supervisor => commands::read_sections(file, facts),
        DeployKind::Script => commands::read_script(file, facts),
        _ => {}
    }
}
