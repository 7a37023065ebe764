//! Runs tree-sitter under a budget of steps and hands the tree to the lowering.

use std::ops::ControlFlow;

use backlint_source::Span;
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use crate::lower::lower;
use crate::module::{Module, SyntaxProblem, SyntaxProblemKind};

/// Steps that any file may take, however small.
const BASE_BUDGET: usize = 20_000;

/// Bytes of source that buy one further step. tree-sitter reports progress about once per hundred parser operations,
/// and ordinary code needs about one report per 60 bytes.
const BYTES_PER_STEP: usize = 4;

/// Parses `text`. What could not be read is in [`Module::problems`].
pub fn parse(text: &str) -> Module {
    match bare_parse(text) {
        Some(tree) => lower(text, &tree),
        None => over_budget(),
    }
}

/// Parses `text` to a tree-sitter tree, which benchmarks compare with the whole of [`parse`].
/// `None` when the file took more steps than its budget.
pub fn bare_parse(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_python::LANGUAGE.into())
        .expect("internal error: the grammar and the tree-sitter version are pinned together");
    let budget = BASE_BUDGET + text.len() / BYTES_PER_STEP;
    let mut steps = 0usize;
    let mut count = |_: &ParseState| {
        steps += 1;
        if steps > budget { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let bytes = text.as_bytes();
    parser.parse_with_options(
        &mut |offset, _| bytes.get(offset..).unwrap_or_default(),
        None,
        Some(ParseOptions::new().progress_callback(&mut count)),
    )
}

fn over_budget() -> Module {
    let mut module = Module::default();
    module.problems.push(SyntaxProblem { span: Span::empty(0), kind: SyntaxProblemKind::OverBudget });
    module
}
