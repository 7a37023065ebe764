//! Reads the advisories that a run is given: files in the OSV format, alone, in folders, or in zip archives.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use backlint_finding::{Problem, ProblemKind};
use backlint_model::Advisories;
use backlint_semantic::osv::Advisory;
use ignore::WalkBuilder;
use rayon::prelude::*;
use zip::ZipArchive;

use crate::discover::shown;
use crate::error::EngineError;
use crate::read::MemoryFile;
use crate::settings::Settings;

/// Bytes up to which one advisory is read; the largest known ones have a fiftieth of it.
const LIMIT: u64 = 4 * 1024 * 1024;

/// Advisories, and those that could not be read.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) advisories: Advisories,
    pub(crate) problems: Vec<Problem>,
}

/// The text of one advisory, or why there is none, under the name that reports give it.
type Text = (String, Result<String, String>);

/// Loads what the settings name from the disk.
pub(crate) fn load(settings: &Settings) -> Result<Loaded, EngineError> {
    let mut texts: Vec<Text> = Vec::new();
    for path in &settings.advisories {
        let read = read_place(path, settings);
        texts.extend(read.map_err(|source| EngineError::UnreadableAdvisories { path: path.clone(), source })?);
    }
    Ok(parse(texts))
}

/// Loads what the settings name from files in memory.
pub(crate) fn load_from(files: &[MemoryFile], settings: &Settings) -> Loaded {
    let is_below = |file: &&MemoryFile| {
        let path = settings.working_directory().join(&file.path);
        settings.advisories.iter().any(|place| path.starts_with(place))
    };
    parse(files.iter().filter(is_below).map(|file| (file.path.clone(), Ok(file.text.clone()))).collect())
}

fn parse(texts: Vec<Text>) -> Loaded {
    let parsed: Vec<Result<Option<Advisory>, Problem>> = texts.into_par_iter().map(parse_one).collect();
    let mut problems = Vec::new();
    let mut all = Vec::new();
    for outcome in parsed {
        match outcome {
            Ok(advisory) => all.extend(advisory),
            Err(problem) => problems.push(problem),
        }
    }
    Loaded { advisories: Advisories::new(all), problems }
}

fn parse_one((path, text): Text) -> Result<Option<Advisory>, Problem> {
    let (kind, message) = match text {
        Ok(text) => match Advisory::parse(&text) {
            Ok(advisory) => return Ok(advisory),
            Err(message) => (ProblemKind::Syntax, message),
        },
        Err(message) => (ProblemKind::Unreadable, message),
    };
    Err(Problem { path, kind, message: format!("{message}; no pin is compared with this advisory") })
}

fn read_place(path: &Path, settings: &Settings) -> io::Result<Vec<Text>> {
    let shown = |path: &Path| shown(path, settings);
    if fs::metadata(path)?.is_dir() {
        return Ok(files_in(path).into_iter().map(|file| (shown(&file), read_file(&file))).collect());
    }
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) {
        return read_archive(path, &shown(path));
    }
    Ok(vec![(shown(path), read_file(path))])
}

/// The advisories in a folder and the folders in it, in the order of their paths.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let walk = WalkBuilder::new(folder).standard_filters(false).follow_links(false).build();
    let files = walk.filter_map(Result::ok).map(ignore::DirEntry::into_path).filter(|path| is_advisory(path));
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    files
}

fn is_advisory(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "json")
}

fn read_file(path: &Path) -> Result<String, String> {
    File::open(path).and_then(text_of).map_err(|error| format!("the advisory cannot be read: {error}"))
}

fn read_archive(path: &Path, shown: &str) -> io::Result<Vec<Text>> {
    let mut archive = ZipArchive::new(io::BufReader::new(File::open(path)?))?;
    let mut texts = Vec::new();
    for at in 0..archive.len() {
        let entry = match archive.by_index(at) {
            Ok(entry) => entry,
            Err(error) => {
                texts.push((format!("{shown}/#{at}"), Err(format!("the archive is damaged here: {error}"))));
                continue;
            }
        };
        let name = entry.name().map_or_else(|_| format!("#{at}"), std::borrow::Cow::into_owned);
        if entry.is_file() && is_advisory(Path::new(&name)) {
            let text = text_of(entry).map_err(|error| format!("the advisory cannot be read: {error}"));
            texts.push((format!("{shown}/{name}"), text));
        }
    }
    Ok(texts)
}

fn text_of(file: impl Read) -> io::Result<String> {
    let mut text = String::new();
    let read = file.take(LIMIT + 1).read_to_string(&mut text)?;
    let is_whole = u64::try_from(read).is_ok_and(|read| read <= LIMIT);
    if is_whole { Ok(text) } else { Err(io::Error::other("it is larger than 4 MB")) }
}
