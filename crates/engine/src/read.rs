//! Reads and decodes the files that discovery found.

use std::fs;
use std::io;

use backlint_finding::{Problem, ProblemKind};
use backlint_source::decode;
use rayon::prelude::*;

use crate::discover::{FileKind, Found, Naming};

/// A file in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryFile {
    /// Its path in reports, with forward slashes.
    pub path: String,
    /// Its path below the analysed folder, with forward slashes: what a file is for is read off it.
    pub local: String,
    /// What it is read as.
    pub kind: FileKind,
    /// Its decoded text.
    pub text: String,
}

impl MemoryFile {
    /// A file that lies at `path` below the analysed folder, which is the working directory.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let path = path.into();
        let kind = FileKind::of_path(&path).unwrap_or(FileKind::Text);
        Self { local: path.clone(), kind, text: text.into(), path }
    }
}

impl MemoryFile {
    /// A file that findings can point to, and whose text is not read.
    pub(crate) fn unread(path: &str) -> Self {
        Self { path: path.to_owned(), local: path.to_owned(), kind: FileKind::Text, text: String::new() }
    }
}

/// What was read and what was not.
pub(crate) struct Texts {
    pub(crate) files: Vec<MemoryFile>,
    pub(crate) problems: Vec<Problem>,
    /// Report paths of files that the user named and that were not read.
    pub(crate) refused: Vec<String>,
}

/// Reads all files, in the order given.
pub(crate) fn read(found: Vec<Found>) -> Texts {
    let read: Vec<Read> = found.into_par_iter().map(read_one).collect();
    let mut texts = Texts { files: Vec::with_capacity(read.len()), problems: Vec::new(), refused: Vec::new() };
    for outcome in read {
        match outcome {
            Read::Text(file) => texts.files.push(file),
            Read::Problem { problem, naming } => {
                if naming == Naming::Named {
                    texts.refused.push(problem.path.clone());
                }
                texts.problems.push(problem);
            }
            Read::PassedOver => {}
        }
    }
    texts
}

enum Read {
    Text(MemoryFile),
    Problem { problem: Problem, naming: Naming },
    PassedOver,
}

fn read_one(found: Found) -> Read {
    let Found { path, report, local, kind, naming } = found;
    let limit = kind.size_limit();
    let bytes = match fs::metadata(&path) {
        Ok(metadata) if !metadata.is_file() => Err((ProblemKind::Unreadable, "this is no regular file".to_owned())),
        Ok(metadata) if metadata.len() <= limit => fs::read(&path).map_err(|error| unreadable(&error)),
        Ok(_) if kind != FileKind::Python && naming == Naming::Walked => return Read::PassedOver,
        Ok(_) => Err((ProblemKind::TooLarge, too_large(limit))),
        Err(error) => Err(unreadable(&error)),
    };
    let text = bytes.and_then(|bytes| decode(bytes).map_err(|error| (ProblemKind::Unreadable, error.to_string())));
    match text {
        Ok(text) => Read::Text(MemoryFile { path: report, local, kind, text }),
        Err((kind, message)) => Read::Problem { problem: Problem { path: report, kind, message }, naming },
    }
}

fn unreadable(error: &io::Error) -> (ProblemKind, String) {
    let message = match error.kind() {
        io::ErrorKind::PermissionDenied => "no permission to read this file; change its mode or exclude it".to_owned(),
        _ => format!("the file cannot be read: {error}"),
    };
    (ProblemKind::Unreadable, message)
}

fn too_large(limit: u64) -> String {
    format!("the file is larger than {} MB; exclude it or split it", limit / (1024 * 1024))
}
