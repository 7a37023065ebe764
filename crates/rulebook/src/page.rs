//! One rule page, read in full and checked in full.

use crate::example::{self, Example};
use crate::header::{self, Header, PlacedHeader};
use crate::markdown;
use crate::problem::{Fault, PageProblem, Problems};
use crate::section::{self, Heading, Section};
use crate::text::stem;

/// A page that holds all a page must hold.
#[derive(Clone, Debug)]
pub struct RulePage {
    pub(crate) header: PlacedHeader,
    file_name: String,
    help: String,
    /// One for each of `Heading::ALL`, in that order.
    sections: Vec<Section>,
    examples: Vec<Example>,
}

impl RulePage {
    /// Reads the page in `text`. The stem of `file_name` is the code the page must be about.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, Vec<PageProblem>> {
        // What a checkout does to line ends must not reach any output.
        let text = text.replace("\r\n", "\n");
        let mut problems = Problems::of(file_name);
        let page = read(file_name, &text, &mut problems);
        let problems = problems.into_sorted();
        match page {
            Some(page) if problems.is_empty() => Ok(page),
            _ => Err(problems),
        }
    }

    /// The file it was read from, as the caller named it.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// What its header says.
    pub fn header(&self) -> &Header {
        &self.header.header
    }

    /// The rule's code.
    pub fn code(&self) -> &str {
        &self.header().code
    }

    /// What stands below a heading.
    pub fn section(&self, heading: Heading) -> &Section {
        &self.sections[heading as usize]
    }

    /// All sections, in their order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// All examples, in the order of the page.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// The page below its header, as Markdown.
    pub fn help(&self) -> &str {
        &self.help
    }
}

fn read(file_name: &str, text: &str, problems: &mut Problems) -> Option<RulePage> {
    let code = stem(file_name);
    let parts = split_header(text, problems)?;
    let header = parts.header.and_then(|header| header::read(code, header, 2, parts.line - 1, problems));
    let (blocks, unclosed) = markdown::blocks(parts.body, parts.line);
    for line in unclosed {
        problems.add(line, Fault::UnclosedFence);
    }
    let end = (parts.line..).zip(parts.body.lines()).last().map_or(parts.line, |(line, _)| line);
    let raw = section::split(&blocks, end, problems);
    let mut examples = Vec::new();
    for section in raw.iter().filter(|section| section.heading == Heading::Examples) {
        examples = example::read(code, section.line, section.blocks, problems);
    }
    let sections = raw.iter().map(|section| section.to_section(parts.body)).collect();
    let help = parts.body.trim().to_owned();
    Some(RulePage { header: header?, file_name: file_name.to_owned(), help, sections, examples })
}

/// A page cut at the end of its header.
struct Parts<'t> {
    header: Option<&'t str>,
    body: &'t str,
    /// The line the body begins on.
    line: u32,
}

fn split_header<'t>(text: &'t str, problems: &mut Problems) -> Option<Parts<'t>> {
    const FENCE: &str = "+++";
    let mut start = 0;
    let mut offset = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let is_fence = line.trim_end() == FENCE;
        if number == 1 && !is_fence {
            break;
        }
        let before = offset;
        offset += line.len();
        if number == 1 {
            start = offset;
        } else if is_fence {
            return Some(Parts { header: Some(&text[start..before]), body: &text[offset..], line: number + 1 });
        }
    }
    if offset > 0 {
        problems.add(1, Fault::UnclosedHeader);
        return None;
    }
    problems.add(1, Fault::NoHeader);
    Some(Parts { header: None, body: text, line: 1 })
}
