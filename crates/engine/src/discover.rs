//! Finds the files of a run: Python, and the text files that say how the project is built and run.

mod kind;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use backlint_source::Listing;
use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::error::EngineError;
use crate::settings::{Entry, Settings, normalise};

pub use kind::FileKind;

/// A file of a run, not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Its path in reports: relative to the working directory if it lies there, with forward slashes.
    pub(crate) report: String,
    /// Its path below the analysed folder, with forward slashes.
    pub(crate) local: String,
    pub(crate) kind: FileKind,
    pub(crate) naming: Naming,
}

/// Whether the user named a file or a folder above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Naming {
    /// It was come across in a folder.
    Walked,
    /// It was named, so it is analysed whatever it is called and whatever ignores it.
    Named,
}

/// What lies below the paths of a run.
pub(crate) struct Discovered {
    /// The files to read, sorted by report path.
    pub(crate) files: Vec<Found>,
    /// All files, those that are not read included.
    pub(crate) listing: Listing,
}

/// What lies below `paths`.
///
/// Ignore files are honoured outside of git repositories too. Those of one user or one clone are not, so that everybody
/// gets the same result. Symbolic links are not followed, unless they are named.
pub(crate) fn discover(paths: &[PathBuf], settings: &Settings) -> Result<Discovered, EngineError> {
    let mut listing = Listing::default();
    let mut files: BTreeMap<PathBuf, Found> = BTreeMap::new();
    for path in paths {
        let root = normalise(&settings.working_directory().join(path));
        let Ok(metadata) = fs::metadata(&root) else { return Err(EngineError::NotFound { path: path.clone() }) };
        let found = if metadata.is_dir() { walk(&root, settings, &mut listing) } else { vec![named(root, settings)] };
        for file in found {
            let known = files.entry(file.path.clone()).or_insert_with(|| file.clone());
            known.naming = known.naming.max(file.naming);
        }
    }
    if !files.values().any(|file| file.kind == FileKind::Python) {
        let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
        return Err(EngineError::NothingToCheck { paths: paths.join(", ") });
    }
    let mut files: Vec<Found> = files.into_values().collect();
    files.sort_by(|a, b| a.report.cmp(&b.report));
    Ok(Discovered { files, listing })
}

fn named(path: PathBuf, settings: &Settings) -> Found {
    let inside = relative(&path, settings.working_directory()).map(slashed);
    let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let report = inside.clone().unwrap_or_else(|| slashed(&path));
    let kind = FileKind::of_path(&report).unwrap_or(FileKind::Python);
    Found { report, local: inside.unwrap_or_else(name), kind, naming: Naming::Named, path }
}

/// An entry of a folder that is walked.
enum Walked {
    /// A file, and as what it is read, if it is.
    File(PathBuf, Option<FileKind>),
    /// A file or folder that is not looked into.
    PassedOver(PathBuf),
}

fn walk(root: &Path, settings: &Settings, listing: &mut Listing) -> Vec<Found> {
    let exclude = settings.exclude.clone();
    let (sender, receiver) = mpsc::channel();
    let passing = sender.clone();
    let walker = WalkBuilder::new(root)
        .hidden(false)
        .require_git(false)
        .git_global(false)
        .git_exclude(false)
        .follow_links(false)
        .threads(settings.environment.threads.get())
        .filter_entry(move |entry| {
            let is_walked = entry.depth() == 0 || is_wanted(entry) && !exclude.is_match(entry.path(), kind_of(entry));
            if !is_walked {
                // Nobody listens any more once the run is over.
                passing.send(Walked::PassedOver(entry.path().to_owned())).ok();
            }
            is_walked
        })
        .build_parallel();
    walker.run(|| {
        let sender = sender.clone();
        Box::new(move |entry| {
            // An entry that cannot be listed is a folder without permission or a file that just went away.
            if let Ok(entry) = entry
                && !entry.file_type().is_some_and(|kind| kind.is_dir())
            {
                let kind = file_kind(&entry);
                // A symbolic link is there, but where it leads is not known.
                let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                let path = entry.into_path();
                let walked = if is_file { Walked::File(path, kind) } else { Walked::PassedOver(path) };
                if sender.send(walked).is_err() {
                    return WalkState::Quit;
                }
            }
            WalkState::Continue
        })
    });
    drop(sender);
    let report = |path: &Path| shown(path, settings);
    listing.folders.push(report(root));
    let mut found = Vec::new();
    for walked in receiver {
        match walked {
            Walked::PassedOver(path) => {
                listing.passed_over.insert(report(&path));
            }
            Walked::File(path, kind) => {
                let (report, local) = (report(&path), slashed(relative(&path, root).unwrap_or(&path)));
                listing.files.insert(report.clone());
                found.extend(kind.map(|kind| Found { report, local, path, kind, naming: Naming::Walked }));
            }
        }
    }
    found
}

/// Folders that hold no code of the project, whatever ignore files say of them.
const FOREIGN_FOLDERS: &[&str] =
    &["__pycache__", "__pypackages__", "node_modules", "site-packages", "bower_components"];

/// Files that mark the folder they lie in as a virtual environment or a cache.
const FOREIGN_MARKERS: &[&str] = &["pyvenv.cfg", "CACHEDIR.TAG"];

fn is_wanted(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let is_hidden = name.starts_with('.');
    match kind_of(entry) {
        Entry::File => !is_hidden || FileKind::of_path(&name) == Some(FileKind::Text),
        Entry::Folder if is_hidden => matches!(name.as_ref(), ".devcontainer" | ".github"),
        Entry::Folder => {
            let is_marked = || FOREIGN_MARKERS.iter().any(|marker| entry.path().join(marker).exists());
            !FOREIGN_FOLDERS.contains(&name.as_ref()) && !is_marked()
        }
    }
}

fn kind_of(entry: &DirEntry) -> Entry {
    if entry.file_type().is_some_and(|kind| kind.is_dir()) { Entry::Folder } else { Entry::File }
}

fn file_kind(entry: &DirEntry) -> Option<FileKind> {
    let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
    FileKind::of_path(&slashed(entry.path())).filter(|_| is_file)
}

/// A path as reports show it: relative to the working directory if it lies there, with forward slashes.
pub(crate) fn shown(path: &Path, settings: &Settings) -> String {
    slashed(relative(path, settings.working_directory()).unwrap_or(path))
}

fn relative<'p>(path: &'p Path, folder: &Path) -> Option<&'p Path> {
    path.strip_prefix(folder).ok()
}

fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}
