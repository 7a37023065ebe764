//! Python text to a typed tree: tree-sitter parses, one pass lowers, and nothing of tree-sitter leaves this crate.
//!
//! Parsing never fails: what could not be read becomes `Unknown` nodes and [`SyntaxProblem`]s.

pub mod ast;
mod escape;
mod lower;
mod mend;
mod module;
mod parse;
mod text;

pub use module::{Comment, Module, Pooled, SyntaxProblem, SyntaxProblemKind};
pub use parse::{bare_parse, parse};

/// How many levels of statements and expressions are followed; what is nested deeper becomes `Unknown`.
///
/// CPython itself refuses more than 200 nested parentheses and 100 nested blocks.
pub const MAX_DEPTH: usize = 256;
