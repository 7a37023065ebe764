//! Finds the configuration that belongs to the analysed paths.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::options::Options;
use super::place::{ConfigText, Place};
use crate::error::EngineError;

/// Where the configuration comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigSource {
    /// The nearest `backlint.toml`, or `pyproject.toml` with a table `[tool.backlint]`, in the folder that holds all
    /// analysed paths or above it.
    #[default]
    Nearest,
    /// This file.
    File(PathBuf),
    /// Nowhere: only the defaults and the command line.
    Isolated,
}

/// A configuration file that was read.
pub(crate) struct Found {
    pub(crate) folder: PathBuf,
    /// What complaints call the file.
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) options: Options,
}

/// Finds and reads the configuration for `paths`, which are relative to `working_directory`.
pub(crate) fn locate(
    source: &ConfigSource,
    paths: &[PathBuf],
    working_directory: &Path,
) -> Result<Option<Found>, EngineError> {
    let locator = Locator { working_directory };
    match source {
        ConfigSource::Isolated => Ok(None),
        ConfigSource::File(path) => locator.named(&normalise(&working_directory.join(path))).map(Some),
        ConfigSource::Nearest => locator.nearest(&locator.common_folder(paths)),
    }
}

struct Locator<'w> {
    working_directory: &'w Path,
}

impl Locator<'_> {
    fn named(&self, path: &Path) -> Result<Found, EngineError> {
        let text = self.read(path)?;
        if !is_pyproject(path) {
            return self.own_file(path, text);
        }
        self.pyproject(path, text)?.ok_or_else(|| EngineError::Config {
            place: Place::File { file: self.name(path), line: 1 },
            message: "this file has no table `[tool.backlint]`; add one, or name another file with --config".to_owned(),
        })
    }

    fn nearest(&self, start: &Path) -> Result<Option<Found>, EngineError> {
        for folder in start.ancestors() {
            let own = folder.join("backlint.toml");
            if own.is_file() {
                let text = self.read(&own)?;
                return self.own_file(&own, text).map(Some);
            }
            let manifest = folder.join("pyproject.toml");
            // A manifest that cannot be read may hold no word for this program; refusing to run for it would be wrong.
            let Ok(text) = fs::read_to_string(&manifest) else { continue };
            if let Some(found) = self.pyproject(&manifest, text)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn own_file(&self, path: &Path, text: String) -> Result<Found, EngineError> {
        let options = Options::parse(ConfigText { name: &self.name(path), text: &text })?;
        Ok(self.found(path, text, options))
    }

    fn pyproject(&self, path: &Path, text: String) -> Result<Option<Found>, EngineError> {
        let options = Options::parse_pyproject(ConfigText { name: &self.name(path), text: &text })?;
        Ok(options.map(|options| self.found(path, text, options)))
    }

    fn found(&self, path: &Path, text: String, options: Options) -> Found {
        let folder = path.parent().unwrap_or(self.working_directory).to_owned();
        Found { folder, name: self.name(path), text, options }
    }

    fn read(&self, path: &Path) -> Result<String, EngineError> {
        fs::read_to_string(path).map_err(|source| EngineError::UnreadableConfig { file: self.name(path), source })
    }

    fn name(&self, path: &Path) -> String {
        path.strip_prefix(self.working_directory).unwrap_or(path).display().to_string()
    }

    /// The deepest folder that holds all paths.
    fn common_folder(&self, paths: &[PathBuf]) -> PathBuf {
        let folders = paths.iter().map(|path| {
            let path = normalise(&self.working_directory.join(path));
            if path.is_dir() { path } else { path.parent().unwrap_or(&path).to_owned() }
        });
        folders.reduce(|common, folder| shared(&common, &folder)).unwrap_or_else(|| self.working_directory.to_owned())
    }
}

fn is_pyproject(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "pyproject.toml")
}

fn shared(a: &Path, b: &Path) -> PathBuf {
    a.components().zip(b.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}

/// The path without `.` and `..`, by its words alone.
pub(crate) fn normalise(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if clean.parent().is_some() => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}
