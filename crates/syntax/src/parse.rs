//! Runs tree-sitter under a budget of steps and hands the tree to the lowering.

use std::cell::Cell;
use std::ops::ControlFlow;

use backlint_source::Span;
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use crate::lower::lower;
use crate::mend::mended;
use crate::module::{Module, SyntaxProblem, SyntaxProblemKind};

/// Steps that any file may take, however small.
const BASE_BUDGET: usize = 20_000;

/// Bytes of source that buy one further step.
const BYTES_PER_STEP: usize = 4;

/// Bytes that tree-sitter gets at once. Its lexer looks far ahead over comments and continued lines and starts again
/// at each of them; it is the chunks that it asks for again and again which give that away.
const CHUNK: usize = 512;

/// Parses `text`. What could not be read is in [`Module::problems`].
pub fn parse(text: &str) -> Module {
    let mut bytes = mended(text);
    let Some(tree) = tree_of(&bytes) else { return over_budget() };
    let first = lower(text, &tree);
    if first.repairs.is_empty() {
        return first.module;
    }
    for repair in &first.repairs {
        bytes.to_mut()[repair.at] = repair.byte;
    }
    let Some(tree) = tree_of(&bytes) else { return first.module };
    let second = lower(text, &tree);
    let is_better = second.module.problems().len() <= first.module.problems().len();
    if is_better { second.module } else { first.module }
}

/// Parses `text` to a tree-sitter tree, which benchmarks compare with the whole of [`parse`].
/// `None` when the file took more steps than its budget.
pub fn bare_parse(text: &str) -> Option<Tree> {
    tree_of(text.as_bytes())
}

fn tree_of(bytes: &[u8]) -> Option<Tree> {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_python::LANGUAGE.into())
        .expect("internal error: the grammar and the tree-sitter version are pinned together");
    let left = Cell::new(BASE_BUDGET + bytes.len() / BYTES_PER_STEP);
    let mut check = |_: &ParseState| if spend(&left) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    let mut read = |offset: usize, _| {
        // The end of the text is all that stops the lexer.
        let end = if spend(&left) { bytes.len().min(offset + CHUNK) } else { 0 };
        bytes.get(offset..end).unwrap_or_default()
    };
    let options = ParseOptions::new().progress_callback(&mut check);
    let tree = parser.parse_with_options(&mut read, None, Some(options));
    tree.filter(|_| left.get() > 0)
}

/// Takes one step off the budget. Steps are counted, not timed, so that the same text always ends the same way.
fn spend(left: &Cell<usize>) -> bool {
    left.set(left.get().saturating_sub(1));
    left.get() > 0
}

fn over_budget() -> Module {
    let mut module = Module::default();
    module.add_problem(SyntaxProblem { span: Span::empty(0), kind: SyntaxProblemKind::OverBudget });
    module
}
