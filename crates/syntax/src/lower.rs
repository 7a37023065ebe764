//! The one pass from the tree-sitter tree to the typed [`Module`].
//!
//! The pass goes by the order and kind of children and asks for no field names: looking fields up
//! costs more than the rest of the visit.

mod arguments;
mod collections;
mod definitions;
mod expressions;
mod imports;
mod kinds;
mod literals;
mod patterns;
mod statements;
mod types;

use backlint_source::Span;
use tree_sitter::{Node, Tree, TreeCursor};

use crate::MAX_DEPTH;
use crate::ast::{Body, Expr, ExprId, ExprNode, List, Stmt, StmtId, StmtNode, Symbol};
use crate::module::{Comment, Module, Pool, SyntaxProblem, SyntaxProblemKind};
use kinds::Kind;

/// Turns the tree of `text` into a module.
pub(crate) fn lower(text: &str, tree: &Tree) -> Module {
    let mut lowering = Lowering {
        text,
        cursor: tree.walk(),
        module: Module::default(),
        depth: 0,
        has_errors: tree.root_node().has_error(),
        has_carriage_returns: text.contains('\r'),
    };
    lowering.module.body = lowering.block();
    if lowering.has_errors && lowering.module.problems.is_empty() {
        let span = first_error(tree).unwrap_or_else(|| span_of(tree.root_node()));
        lowering.problem(span, SyntaxProblemKind::Unexpected);
    }
    lowering.module.problems.sort_by_key(|problem| problem.span);
    lowering.module
}

/// The first place that tree-sitter could not read: errors may hide in nodes that the lowering gives up on as a whole.
fn first_error(tree: &Tree) -> Option<Span> {
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        if node.is_error() && node.parent().is_some() || node.is_missing() {
            return Some(span_of(node));
        }
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return None;
            }
        }
    }
}

struct Lowering<'t> {
    text: &'t str,
    cursor: TreeCursor<'t>,
    module: Module,
    depth: usize,
    /// Asking each node whether it is missing is only worth it in files that hold an error at all.
    has_errors: bool,
    has_carriage_returns: bool,
}

/// A child node under the cursor.
#[derive(Clone, Copy)]
struct Child<'t> {
    node: Node<'t>,
    kind: Kind,
}

impl Child<'_> {
    fn span(&self) -> Span {
        span_of(self.node)
    }
}

fn span_of(node: Node<'_>) -> Span {
    let fits = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(fits(node.start_byte()), fits(node.end_byte()))
}

impl<'t> Lowering<'t> {
    /// Calls `f` with the cursor on each child in turn; comments and errors are collected on the way.
    fn children(&mut self, mut f: impl FnMut(&mut Self, Child<'t>)) {
        if !self.cursor.goto_first_child() {
            return;
        }
        loop {
            let node = self.cursor.node();
            match Kind::of(node) {
                Kind::Comment => self.comment(node),
                Kind::Error => self.problem(span_of(node), SyntaxProblemKind::Unexpected),
                Kind::LineContinuation => {}
                kind => {
                    if self.has_errors && node.is_missing() {
                        self.problem(span_of(node), SyntaxProblemKind::Missing(node.kind().into()));
                    }
                    f(self, Child { node, kind });
                }
            }
            if !self.cursor.goto_next_sibling() {
                break;
            }
        }
        self.cursor.goto_parent();
    }

    /// Whether a direct child of the node under the cursor could not be read.
    fn is_broken(&mut self) -> bool {
        if !self.has_errors || !self.cursor.node().has_error() || !self.cursor.goto_first_child() {
            return false;
        }
        let mut found = None;
        loop {
            let node = self.cursor.node();
            if Kind::of(node) == Kind::Error {
                found = Some((span_of(node), SyntaxProblemKind::Unexpected));
            } else if node.is_missing() {
                found = Some((span_of(node), SyntaxProblemKind::Missing(node.kind().into())));
            }
            if found.is_some() || !self.cursor.goto_next_sibling() {
                break;
            }
        }
        self.cursor.goto_parent();
        let Some((span, kind)) = found else { return false };
        self.problem(span, kind);
        true
    }

    fn problem(&mut self, span: Span, kind: SyntaxProblemKind) {
        self.module.problems.push(SyntaxProblem { span, kind });
    }

    fn comment(&mut self, node: Node<'t>) {
        let mut span = span_of(node);
        // The grammar ends a comment at the line feed only.
        let content = span.of(self.text);
        let trimmed = content.trim_end_matches('\r').len();
        span.end = span.start + u32::try_from(trimmed).unwrap_or(0);
        let before = &self.text[..span.start as usize];
        let is_own_line =
            before.bytes().rev().take_while(|&b| b != b'\n' && b != b'\r').all(|b| matches!(b, b' ' | b'\t' | b'\x0c'));
        self.module.comments.push(Comment { span, is_own_line });
    }

    /// Runs `f` one level deeper, or gives up on what is nested too deeply.
    fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> T, give_up: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            let span = span_of(self.cursor.node());
            self.problem(span, SyntaxProblemKind::TooDeep);
            return give_up(self);
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    /// The statements among the children of the node under the cursor.
    fn block(&mut self) -> Body {
        let mut stmts = Vec::new();
        if !self.cursor.goto_first_child() {
            return Body::empty();
        }
        loop {
            let node = self.cursor.node();
            match Kind::of(node) {
                Kind::Comment => self.comment(node),
                Kind::LineContinuation => {}
                Kind::Error => {
                    self.problem(span_of(node), SyntaxProblemKind::Unexpected);
                    stmts.push(self.stmt(Stmt::Unknown, span_of(node)));
                }
                kind if kind.is_token() => {}
                kind => stmts.push(self.statement(kind)),
            }
            if !self.cursor.goto_next_sibling() {
                break;
            }
        }
        self.cursor.goto_parent();
        self.list(&stmts)
    }

    /// `span` without what follows the last statement of the last of `bodies` that has one: the grammar counts comments
    /// behind a block as part of it.
    fn trimmed(&self, span: Span, bodies: &[Body]) -> Span {
        let last = bodies.iter().rev().find_map(|body| self.module.pools.stmts[body.range()].last());
        match last {
            Some(stmt) => Span::new(span.start, self.module.stmts[stmt.index()].span.end.max(span.start)),
            None => span,
        }
    }

    fn here(&self) -> Span {
        span_of(self.cursor.node())
    }

    fn slice(&self, span: Span) -> &'t str {
        span.of(self.text)
    }

    fn name(&mut self, span: Span) -> Symbol {
        self.module.texts.intern(span.of(self.text))
    }

    fn expr(&mut self, kind: Expr, span: Span) -> ExprId {
        self.module.exprs.push(ExprNode { kind, span });
        ExprId::new(self.module.exprs.len() - 1)
    }

    fn stmt(&mut self, kind: Stmt, span: Span) -> StmtId {
        self.module.stmts.push(StmtNode { kind, span });
        StmtId::new(self.module.stmts.len() - 1)
    }

    fn span(&self, id: ExprId) -> Span {
        self.module.exprs[id.index()].span
    }

    fn list<T: Pool + Copy>(&mut self, items: &[T]) -> List<T> {
        let pool = T::pool_mut(&mut self.module.pools);
        let start = pool.len();
        pool.extend_from_slice(items);
        List::new(start, items.len())
    }
}
