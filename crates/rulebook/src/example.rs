//! The examples of a page: small projects with the findings they must give.

use crate::mark::{failed_marks, marks};
use crate::markdown::{Block, Content, Fence};
use crate::problem::{Fault, Problems};
use crate::text::{TextFile, line_of};

/// The path of an example's code when no line `#- path` names another.
pub const DEFAULT_PATH: &str = "app/main.py";

/// Whether an example is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExampleKind {
    /// Exactly its marked lines are reported.
    Bad,
    /// Nothing in it is reported.
    Good,
}

impl ExampleKind {
    /// The word after `python` that opens such an example.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Good => "good",
        }
    }
}

/// A line that the page's rule reports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    /// The file of the example.
    pub path: String,
    /// The 1-based line in that file.
    pub line: u32,
}

/// One example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Whether it is reported.
    pub kind: ExampleKind,
    /// The 1-based line of its opening fence in the page.
    pub line: u32,
    /// The `backlint.toml` it runs with, if it brings one.
    pub config: Option<String>,
    /// Its files, in the order of the page.
    pub files: Vec<TextFile>,
    /// What the page's rule reports in it; empty for good examples.
    pub expected: Vec<Expected>,
}

/// Reads the examples of the section that begins on line `line` of the page of `code`.
pub(crate) fn read(code: &str, line: u32, blocks: &[Block], problems: &mut Problems) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut config: Option<(u32, &str)> = None;
    for block in blocks {
        let Content::Fence(fence) = block.content else { continue };
        let earlier = config.take();
        let kind = match fence.info.split_whitespace().collect::<Vec<_>>()[..] {
            ["python", "bad"] => Some(ExampleKind::Bad),
            ["python", "good"] => Some(ExampleKind::Good),
            ["toml", "config"] => {
                check_config(block.line, fence, problems);
                config = Some((block.line, fence.text));
                None
            }
            _ => {
                problems.add(block.line, Fault::UnknownFence { info: fence.info.to_owned() });
                None
            }
        };
        match (kind, earlier) {
            (Some(kind), config) => {
                let mut example = read_example(kind, code, block.line, fence.text, problems);
                example.config = config.map(|(_, text)| text.to_owned());
                examples.push(example);
            }
            (None, Some((line, _))) => problems.add(line, Fault::UnusedConfig),
            (None, None) => {}
        }
    }
    if let Some((line, _)) = config {
        problems.add(line, Fault::UnusedConfig);
    }
    for kind in [ExampleKind::Bad, ExampleKind::Good] {
        if !examples.iter().any(|example| example.kind == kind) {
            problems.add(line, Fault::MissingExample { kind });
        }
    }
    examples
}

fn check_config(line: u32, fence: Fence, problems: &mut Problems) {
    if let Err(error) = fence.text.parse::<toml::Table>() {
        problems.add(line_of(fence.text, error.span(), line + 1), Fault::toml(&error));
    }
}

fn read_example(kind: ExampleKind, code: &str, line: u32, text: &str, problems: &mut Problems) -> Example {
    if text.trim().is_empty() {
        problems.add(line, Fault::EmptyExample);
    }
    let placed = split_files(line + 1, text, problems);
    let mut expected = Vec::new();
    for PlacedFile { file, line } in &placed {
        for (below, comment) in failed_marks(&file.text) {
            problems.add(line + below - 1, Fault::UnknownMark { comment: comment.to_owned() });
        }
        for mark in marks(&file.text) {
            expected.push(Expected { path: file.path.clone(), line: mark.line });
            let here = line + mark.line - 1;
            if kind == ExampleKind::Good {
                problems.add(here, Fault::MarkInGoodExample);
            } else if mark.code != code {
                problems.add(here, Fault::ForeignMark { code: code.to_owned(), marked: mark.code });
            }
        }
    }
    if kind == ExampleKind::Bad && expected.is_empty() {
        problems.add(line, Fault::UnmarkedExample { code: code.to_owned() });
    }
    let files = placed.into_iter().map(|placed| placed.file).collect();
    Example { kind, line, config: None, files, expected }
}

/// A file of an example and the line of the page it begins on.
struct PlacedFile {
    file: TextFile,
    line: u32,
}

fn split_files(first: u32, text: &str, problems: &mut Problems) -> Vec<PlacedFile> {
    let mut files = vec![PlacedFile { file: TextFile::new(DEFAULT_PATH, ""), line: first }];
    for (number, line) in (first..).zip(text.split_inclusive('\n')) {
        let Some(path) = path_of(line) else {
            if let Some(last) = files.last_mut() {
                last.file.text.push_str(line);
            }
            continue;
        };
        check_path(path, &files, number, problems);
        files.push(PlacedFile { file: TextFile::new(path, ""), line: number + 1 });
    }
    if files.len() > 1 {
        let unnamed = files.remove(0);
        if !unnamed.file.text.trim().is_empty() {
            problems.add(unnamed.line, Fault::TextBeforeFile);
        }
    }
    files
}

/// The path of a line `#- path`. Without the space it is an ordinary comment, such as a ruler of dashes.
fn path_of(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("#-")?;
    let path = rest.trim();
    (path.is_empty() || rest.starts_with(' ')).then_some(path)
}

fn check_path(path: &str, files: &[PlacedFile], line: u32, problems: &mut Problems) {
    let is_contained = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if !is_contained || path.contains(['\\', ':']) {
        problems.add(line, Fault::FilePath { path: path.to_owned() });
    } else if files.iter().skip(1).any(|other| other.file.path == path) {
        problems.add(line, Fault::RepeatedFile { path: path.to_owned() });
    }
}
