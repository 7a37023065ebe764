//! The sections of a page: which there are, and whether a page has them all, in order and with something in them.

use crate::markdown::{Block, Content};
use crate::problem::{Fault, Problems};
use crate::text::nearest;

macro_rules! headings {
    ($($(#[$doc:meta])* $heading:ident = $title:literal,)+) => {
        /// The sections every page has, in their order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Heading { $($(#[$doc])* $heading,)+ }

        impl Heading {
            /// All headings, in the order of a page.
            pub const ALL: &'static [Self] = &[$(Self::$heading),+];

            /// The heading as a page writes it, without the `## ` before it.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$heading => $title,)+ }
            }
        }
    };
}

headings! {
    /// What the rule looks for.
    WhatItDoes = "What it does",
    /// What goes wrong where it fires.
    WhyIsThisBad = "Why is this bad?",
    /// When exactly it fires.
    WhatFires = "What fires",
    /// What looks alike and stays silent.
    WhatDoesNot = "What does not",
    /// What to change.
    HowToFix = "How to fix",
    /// When the finding is right and the code stays.
    WhenToSuppress = "When to suppress",
    /// What the rule cannot see.
    Limits = "Limits",
    /// Code that is reported and code that is not.
    Examples = "Examples",
}

impl Heading {
    /// The heading a line of Markdown is, if it is one of them.
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let title = title_of(line)?;
        Self::ALL.iter().copied().find(|heading| heading.title() == title)
    }
}

/// One section of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Which.
    pub heading: Heading,
    /// The 1-based line of its heading.
    pub line: u32,
    /// What stands below the heading, without blank lines around it.
    pub body: String,
}

/// A section while its page is still being read.
pub(crate) struct RawSection<'t, 'b> {
    pub(crate) heading: Heading,
    pub(crate) line: u32,
    pub(crate) blocks: &'b [Block<'t>],
}

impl RawSection<'_, '_> {
    /// The section as data; `text` is the text its blocks were read from.
    pub(crate) fn to_section(&self, text: &str) -> Section {
        let start = self.blocks.first().map_or(0, |block| block.span.start);
        let end = self.blocks.last().map_or(0, |block| block.span.end);
        Section { heading: self.heading, line: self.line, body: text[start..end].trim().to_owned() }
    }
}

/// Splits a page at its headings. Every departure from the prescribed sections is a problem; `end` is the last line.
pub(crate) fn split<'t, 'b>(blocks: &'b [Block<'t>], end: u32, problems: &mut Problems) -> Vec<RawSection<'t, 'b>> {
    let mut places: Vec<usize> = (0..blocks.len()).filter(|&place| title(&blocks[place]).is_some()).collect();
    let first = places.first().copied().unwrap_or(blocks.len());
    if let Some(loose) = blocks[..first].iter().find(|block| !block.is_blank()) {
        problems.add(loose.line, Fault::LooseText);
    }
    places.push(blocks.len());
    let mut sections: Vec<RawSection> = Vec::new();
    for range in places.windows(2) {
        let start = &blocks[range[0]];
        let Some(title) = title(start) else { continue };
        let Some(heading) = Heading::ALL.iter().copied().find(|heading| heading.title() == title) else {
            let nearest = nearest(title, Heading::ALL.iter().map(|heading| heading.title()));
            problems.add(start.line, Fault::UnknownSection { title: title.to_owned(), nearest });
            continue;
        };
        sections.push(RawSection { heading, line: start.line, blocks: &blocks[range[0] + 1..range[1]] });
    }
    check_order(&sections, problems);
    check_presence(&sections, end, problems);
    sections
}

fn check_order(sections: &[RawSection], problems: &mut Problems) {
    for (place, section) in sections.iter().enumerate() {
        let heading = section.heading;
        let earlier = &sections[..place];
        if earlier.iter().any(|other| other.heading == heading) {
            problems.add(section.line, Fault::RepeatedSection { heading });
        } else if let Some(before) = earlier.iter().map(|other| other.heading).find(|other| *other > heading) {
            problems.add(section.line, Fault::MisplacedSection { heading, before });
        }
    }
}

fn check_presence(sections: &[RawSection], end: u32, problems: &mut Problems) {
    for &heading in Heading::ALL {
        let Some(section) = sections.iter().find(|section| section.heading == heading) else {
            let next = sections.iter().find(|section| section.heading > heading);
            problems.add(next.map_or(end, |section| section.line), Fault::MissingSection { heading });
            continue;
        };
        if section.blocks.iter().all(Block::is_blank) {
            problems.add(section.line, Fault::EmptySection { heading });
        }
    }
}

fn title<'t>(block: &Block<'t>) -> Option<&'t str> {
    let Content::Text(line) = block.content else { return None };
    title_of(line)
}

fn title_of(line: &str) -> Option<&str> {
    line.strip_prefix("## ").map(str::trim)
}
