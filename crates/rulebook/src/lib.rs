//! The rulebook: rule pages and audit catalogues as checked data, or every problem with its line.
//!
//! A page is the only place where anything about a rule is written down: its metadata, its documentation and its
//! tests. It opens with a TOML header between two `+++` lines, goes on with the sections of [`Heading`] in their
//! order, and ends with examples:
//!
//! - A fence ```` ```python bad ```` shows code that is reported, ```` ```python good ```` code that is not.
//! - A line `#- path/to/file` inside a fence starts a file of any type; the text of a fence without such a line is the
//!   file [`DEFAULT_PATH`].
//! - Every place that is reported carries a mark: see [`marks`].
//! - A fence ```` ```toml config ```` just before an example is the `backlint.toml` that the example runs with.
//!
//! One library reads pages for the registry, for the tests that run the examples and for the documentation, so that
//! the three cannot disagree.

mod catalogue;
mod example;
mod header;
mod mark;
mod markdown;
mod page;
mod problem;
mod rulebook;
mod section;
mod text;

/// Part of a page's header.
pub use backlint_finding::RuleScope;
pub use catalogue::{check_audits, parse_catalogue};
pub use example::{DEFAULT_PATH, Example, ExampleKind, Expected};
pub use header::Header;
pub use mark::{Mark, marks};
pub use page::RulePage;
pub use problem::{Fault, PageProblem};
pub use rulebook::check_rulebook;
pub use section::{Heading, Section};
pub use text::{TextFile, nearest};
