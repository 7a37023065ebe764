//! The folder of pages and catalogues, read and checked.

use std::fs;
use std::io;
use std::path::Path;

use backlint_rulebook::{PageProblem, RulePage, TextFile, check_audits, check_rulebook, parse_catalogue};

/// Why there is no registry.
pub(crate) enum Failure {
    /// A file or folder cannot be read.
    Unreadable(String),
    /// Something is wrong with what was read.
    Problems(Vec<PageProblem>),
}

/// All that the folder holds, without a problem. Paths are relative to the crate.
pub(crate) struct Folder {
    pub(crate) pages: Vec<RulePage>,
    pub(crate) catalogues: Vec<String>,
}

impl Folder {
    /// Reads `folder` below `root` and holds its pages against the codes of the rows.
    pub(crate) fn read(root: &Path, folder: &str, rows: &[&str]) -> Result<Self, Failure> {
        let pages = texts(root, folder, "md").map_err(Failure::Unreadable)?;
        let catalogues = texts(root, &format!("{folder}/audits"), "toml").map_err(Failure::Unreadable)?;
        let mut problems = Vec::new();
        let mut parsed = Vec::new();
        for catalogue in &catalogues {
            match parse_catalogue(&catalogue.path, &catalogue.text) {
                Ok(catalogue) => parsed.push(catalogue),
                Err(problem) => problems.push(problem),
            }
        }
        let pages = check_rulebook(&pages, rows).unwrap_or_else(|more| {
            problems.extend(more);
            Vec::new()
        });
        if !problems.is_empty() {
            return Err(Failure::Problems(problems));
        }
        check_audits(&pages, &parsed).map_err(Failure::Problems)?;
        Ok(Self { pages, catalogues: catalogues.into_iter().map(|catalogue| catalogue.path).collect() })
    }
}

/// The files of a folder with this extension, sorted by name.
fn texts(root: &Path, folder: &str, extension: &str) -> Result<Vec<TextFile>, String> {
    let mut names = names(&root.join(folder)).map_err(|error| format!("cannot read the folder {folder}: {error}"))?;
    names.retain(|name| Path::new(name).extension().is_some_and(|found| found == extension));
    names.sort();
    let read = |name: String| {
        let path = format!("{folder}/{name}");
        let text = fs::read_to_string(root.join(&path)).map_err(|error| format!("cannot read {path}: {error}"))?;
        Ok(TextFile { path, text })
    };
    names.into_iter().map(read).collect()
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}
