//! Finds what programs leave behind among the files in version control.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use backlint_finding::{Problem, ProblemKind};
use backlint_semantic::artifact::{ArtifactKind, Content, examine, kind_of};
use backlint_semantic::git_index::tracked_files;

use crate::discover::shown;
use crate::read::MemoryFile;
use crate::settings::{Settings, normalise};

/// Bytes from the start of a file that are looked at.
const LIMIT: u64 = 8 * 1024 * 1024;

/// A file in version control: its path in reports, what it seems to be, and what is in it.
pub(crate) type Tracked = (String, ArtifactKind, Content);

/// What a look into the index came to.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) artifacts: Vec<Tracked>,
    pub(crate) problems: Vec<Problem>,
}

/// What is in version control below `paths`. Without a repository nothing is.
pub(crate) fn find(paths: &[PathBuf], settings: &Settings) -> Found {
    let mut found = Found::default();
    for path in paths {
        let root = normalise(&settings.working_directory().join(path));
        let Some((top, index)) = repository(&root) else { continue };
        let tracked = match fs::read(&index).map_err(|error| error.to_string()) {
            Ok(bytes) => tracked_files(&bytes).map_err(|fault| fault.to_string()),
            Err(error) => Err(error),
        };
        match tracked {
            Ok(files) => found.artifacts.extend(artifacts(&top, &root, &files, settings)),
            Err(fault) => {
                let message = format!("{fault}; what is in version control is not known");
                found.problems.push(Problem { path: shown(&index, settings), kind: ProblemKind::Unreadable, message });
            }
        }
    }
    found.artifacts.sort_by(|one, other| one.0.cmp(&other.0));
    found.artifacts.dedup_by(|one, other| one.0 == other.0);
    found
}

/// What files in memory are, if they are all that is in a repository.
pub(crate) fn find_in(files: &[MemoryFile]) -> Vec<Tracked> {
    let found = files.iter().filter_map(|file| {
        let kind = kind_of(&file.local)?;
        Some((file.path.clone(), kind, examine(kind, file.text.as_bytes())))
    });
    found.collect()
}

/// The top of the repository that holds a path, and its index. In a further working tree, `.git` is a file that names the
/// folder of the index.
fn repository(path: &Path) -> Option<(PathBuf, PathBuf)> {
    path.ancestors().find_map(|top| {
        let git = top.join(".git");
        let folder = match fs::read_to_string(&git) {
            Ok(text) => normalise(&top.join(text.strip_prefix("gitdir:")?.trim())),
            Err(_) => git,
        };
        let index = folder.join("index");
        index.is_file().then(|| (top.to_owned(), index))
    })
}

fn artifacts(top: &Path, root: &Path, files: &[String], settings: &Settings) -> Vec<Tracked> {
    let below = root.strip_prefix(top).ok().map(|below| below.to_string_lossy().replace('\\', "/")).unwrap_or_default();
    let mut found = Vec::new();
    for file in files {
        let local = if below.is_empty() { Some(file.as_str()) } else { inside(file, &below) };
        let Some(kind) = local.and_then(kind_of) else { continue };
        let path = top.join(file);
        if !settings.exclude.covers(&path) {
            let content = head(&path).map_or(Content::Opaque, |bytes| examine(kind, &bytes));
            found.push((shown(&path, settings), kind, content));
        }
    }
    found
}

/// A path below a folder.
fn inside<'f>(file: &'f str, folder: &str) -> Option<&'f str> {
    file.strip_prefix(folder)?.strip_prefix('/')
}

/// The first bytes of the working copy. Links are not followed.
fn head(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}
