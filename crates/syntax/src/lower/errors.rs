//! What tree-sitter could not read, as problems.

use tree_sitter::{Node, Tree, TreeCursor};

use super::kinds::Kind;
use super::{Repair, offset, span_of};
use crate::module::{MAX_PROBLEMS, SyntaxProblem, SyntaxProblemKind};
use backlint_source::Span;

/// What is wrong with a tree, and what may heal it.
#[derive(Default)]
pub(super) struct Errors {
    pub(super) problems: Vec<SyntaxProblem>,
    pub(super) repairs: Vec<Repair>,
}

/// The errors of `tree` in source order, at most [`MAX_PROBLEMS`]. Of nested errors the innermost are named: the outer
/// ones often cover the whole file.
pub(super) fn errors(text: &str, tree: &Tree) -> Errors {
    let mut found = Errors::default();
    let mut cursor = tree.walk();
    while found.problems.len() < MAX_PROBLEMS {
        let node = cursor.node();
        if node.has_error() {
            if is_innermost(&mut cursor) {
                found.problems.push(problem(text, node));
                found.repairs.extend(misread_annotation(node).into_iter().flat_map(Repair::brackets));
            } else if cursor.goto_first_child() {
                continue;
            }
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return found;
            }
        }
    }
    found
}

/// The brackets in `List[str] or None`: a generic type ends an annotation for the grammar, a call does not.
fn misread_annotation(error: Node<'_>) -> Option<Span> {
    let mut node = error.prev_sibling().filter(|before| Kind::of(*before) == Kind::Type).or_else(|| error.child(0))?;
    while matches!(Kind::of(node), Kind::Type | Kind::UnionType | Kind::GenericType) {
        node = node.child(node.child_count().checked_sub(1)?)?;
    }
    (Kind::of(node) == Kind::TypeParameter).then(|| span_of(node))
}

/// Whether nothing inside the node under the cursor is wrong by itself.
fn is_innermost(cursor: &mut TreeCursor<'_>) -> bool {
    if !cursor.goto_first_child() {
        return true;
    }
    let has_inner = loop {
        if cursor.node().has_error() {
            break true;
        }
        if !cursor.goto_next_sibling() {
            break false;
        }
    };
    cursor.goto_parent();
    !has_inner
}

fn problem(text: &str, node: Node<'_>) -> SyntaxProblem {
    let span = span_of(node);
    if node.is_missing() {
        return SyntaxProblem { span, kind: SyntaxProblemKind::Missing(node.kind().into()) };
    }
    let content = span.of(text);
    // An error may start at the line ends before what is wrong.
    let blanks = content.len() - content.trim_start().len();
    let span = Span::new((span.start + offset(blanks)).min(span.end), span.end);
    SyntaxProblem { span, kind: SyntaxProblemKind::Unexpected }
}
