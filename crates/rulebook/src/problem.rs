//! What can be wrong with a page, a rulebook or a catalogue, and what to do about it.

use crate::example::{DEFAULT_PATH, ExampleKind};
use crate::section::Heading;

/// One thing to mend, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {fault}")]
pub struct PageProblem {
    /// The file as it was named by the caller.
    pub file: String,
    /// The 1-based line.
    pub line: u32,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with a page, a rulebook or a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text does not begin with a header.
    #[error("a page begins with a TOML header between two lines `+++`")]
    NoHeader,
    /// The header has no end.
    #[error("the header is not closed; end it with a line `+++`")]
    UnclosedHeader,
    /// A header, a configuration or a catalogue is no valid TOML, or not the data it should be.
    #[error("{message}")]
    Toml {
        /// What the TOML reader says.
        message: String,
    },
    /// The header lacks a key.
    #[error("the header lacks the key `{key}`")]
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// The header has a key that means nothing.
    #[error("unknown key `{key}`{}", suggestion(*.nearest))]
    UnknownKey {
        /// The key as written.
        key: String,
        /// The known key most like it.
        nearest: Option<&'static str>,
    },
    /// A header value is not what its key asks for.
    #[error("`{key}` {reason}")]
    Value {
        /// The key.
        key: &'static str,
        /// What it must be.
        reason: String,
    },
    /// Text stands before the first section.
    #[error("text before the first section; move it below a heading")]
    LooseText,
    /// A section is missing.
    #[error("the section `## {}` is missing here", .heading.title())]
    MissingSection {
        /// Which.
        heading: Heading,
    },
    /// A heading is none of the known ones.
    #[error("unknown section `## {title}`{}", suggestion(*.nearest))]
    UnknownSection {
        /// The heading as written.
        title: String,
        /// The known heading most like it.
        nearest: Option<&'static str>,
    },
    /// A section occurs twice.
    #[error("the section `## {}` occurs twice; merge the two", .heading.title())]
    RepeatedSection {
        /// Which.
        heading: Heading,
    },
    /// A section stands too late.
    #[error("the section `## {}` belongs before `## {}`", .heading.title(), .before.title())]
    MisplacedSection {
        /// Which.
        heading: Heading,
        /// What it must precede.
        before: Heading,
    },
    /// A section says nothing.
    #[error("the section `## {}` is empty", .heading.title())]
    EmptySection {
        /// Which.
        heading: Heading,
    },
    /// A code fence has no end.
    #[error("this fence is not closed; a fence around other fences needs more backticks than they have")]
    UnclosedFence,
    /// A fence among the examples is neither an example nor a configuration.
    #[error("a fence `{info}` among the examples; write `python bad`, `python good` or `toml config`")]
    UnknownFence {
        /// The info string as written.
        info: String,
    },
    /// A configuration that no example follows.
    #[error("this configuration has no example; put it just before the fence it is for")]
    UnusedConfig,
    /// There is no example of a kind.
    #[error("there is no example of this kind; add a fence `python {}`", .kind.word())]
    MissingExample {
        /// Which kind.
        kind: ExampleKind,
    },
    /// An example without code.
    #[error("this example is empty")]
    EmptyExample,
    /// A bad example that marks nothing.
    #[error("a bad example marks at least one line with `# finding: {code}`")]
    UnmarkedExample {
        /// The page's code.
        code: String,
    },
    /// A good example with a mark.
    #[error("a good example has no findings; remove the mark or make the example bad")]
    MarkInGoodExample,
    /// A comment that was meant as a mark.
    #[error("`#{comment}` looks like a mark and is none; write `# finding: CODE` or `# finding-below: CODE`")]
    UnknownMark {
        /// The comment as written, without its `#`.
        comment: String,
    },
    /// A mark for another rule, which nothing would ever hold the example to.
    #[error("examples run under their page's rule only; mark `{code}` here, not `{marked}`")]
    ForeignMark {
        /// The page's code.
        code: String,
        /// What the mark says.
        marked: String,
    },
    /// Code before the first file of an example with several.
    #[error("text before the first `#- path`; say which file it belongs to, such as `#- {DEFAULT_PATH}`")]
    TextBeforeFile,
    /// A path that leaves the example or cannot exist.
    #[error("`{path}` is no path below the example; write it relative, with forward slashes, without `..`")]
    FilePath {
        /// The path as written.
        path: String,
    },
    /// One file twice in an example.
    #[error("the file `{path}` occurs twice in this example")]
    RepeatedFile {
        /// Its path.
        path: String,
    },
    /// Two pages with one code.
    #[error("another page has the code `{code}` too")]
    RepeatedCode {
        /// The code.
        code: String,
    },
    /// Two rules with one name.
    #[error("the rule {other} has the name `{name}` too")]
    RepeatedName {
        /// The name.
        name: String,
        /// The code of the other rule.
        other: String,
    },
    /// A page without a row.
    #[error("the rulebook has no row for this page; add `{code} => path::to::check,`")]
    NoRow {
        /// The page's code.
        code: String,
    },
    /// A row without a page.
    #[error("the rulebook has a row `{code}`, but this page does not exist")]
    NoPage {
        /// The row's code.
        code: String,
    },
    /// Two rows with one code.
    #[error("the rulebook has more than one row `{code}`")]
    RepeatedRow {
        /// The code.
        code: String,
    },
    /// An audit item that stands in its catalogue twice.
    #[error("the item `{id}` occurs twice")]
    RepeatedItem {
        /// Its id.
        id: String,
    },
    /// A catalogue names something that cannot be a rule.
    #[error("the item `{id}` names `{code}`, which is no rule code")]
    ItemCode {
        /// The item's id.
        id: String,
        /// What it names.
        code: String,
    },
    /// A page names an audit item that no catalogue has.
    #[error("`audits` names `{audit}`, which is in no catalogue")]
    UnknownAudit {
        /// What it names.
        audit: String,
    },
    /// A page names an audit item that does not name the page.
    #[error("`audits` names `{audit}`, but that item's `rules` lack `{code}`")]
    ItemLacksRule {
        /// The item.
        audit: String,
        /// The page's code.
        code: String,
    },
    /// An audit item names a rule whose page does not name the item.
    #[error("the audit item `{audit}` names this rule; add it to `audits`, or remove the rule from the item")]
    PageLacksAudit {
        /// The item.
        audit: String,
    },
}

impl Fault {
    pub(crate) fn toml(error: &toml::de::Error) -> Self {
        // The reader breaks its longer messages into lines; a problem is one line.
        Self::Toml { message: error.message().trim_end().replace('\n', ", ") }
    }
}

/// Collects the problems of one file.
pub(crate) struct Problems<'f> {
    file: &'f str,
    list: Vec<PageProblem>,
}

impl<'f> Problems<'f> {
    pub(crate) fn of(file: &'f str) -> Self {
        Self { file, list: Vec::new() }
    }

    pub(crate) fn add(&mut self, line: u32, fault: Fault) {
        self.list.push(PageProblem { file: self.file.to_owned(), line, fault });
    }

    pub(crate) fn into_sorted(self) -> Vec<PageProblem> {
        let mut list = self.list;
        list.sort_by_key(|problem| problem.line);
        list
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"))
}
