//! The one pass from the tree-sitter tree to the typed [`Module`].
//!
//! The pass goes by the order and kind of children and asks for no field names: looking fields up
//! costs more than the rest of the visit.

mod arguments;
mod collections;
mod definitions;
mod errors;
mod expressions;
mod grouping;
mod imports;
mod kinds;
mod literals;
mod patterns;
mod statements;
mod types;

use std::cell::Cell;
use std::ops::ControlFlow;

use backlint_source::Span;
use memchr::memchr;
use tree_sitter::{Node, Tree, TreeCursor};

use crate::MAX_DEPTH;
use crate::ast::{Body, Expr, ExprId, ExprNode, List, Stmt, StmtId, StmtNode, Symbol};
use crate::module::{Comment, Module, Pool, SyntaxProblem, SyntaxProblemKind};
use grouping::Capture;
use kinds::Kind;

/// A module, and how to have its text read better.
pub(crate) struct Lowered {
    pub(crate) module: Module,
    pub(crate) repairs: Vec<Repair>,
}

/// A byte that tree-sitter should see in place of another, which it misread.
#[derive(Clone, Copy)]
pub(crate) struct Repair {
    pub(crate) at: usize,
    pub(crate) byte: u8,
}

impl Repair {
    /// Parentheses for the brackets at both ends of `span`.
    fn brackets(span: Span) -> [Self; 2] {
        [Self { at: span.start as usize, byte: b'(' }, Self { at: span.end as usize - 1, byte: b')' }]
    }
}

thread_local! {
    /// An empty module whose vectors have grown before.
    static DRAFT: Cell<Module> = Cell::default();
}

/// Bytes that a thread keeps for its next file, and after the last: most files need no more, and what few need is not
/// held for the others.
const MAX_DRAFT: usize = 256 << 10;

/// Turns the tree of `text` into a module.
pub(crate) fn lower(text: &str, tree: &Tree) -> Lowered {
    let mut lowering = Lowering {
        text,
        at: tree.root_node(),
        cursors: Vec::new(),
        module: DRAFT.take(),
        depth: 0,
        has_errors: tree.root_node().has_error(),
        has_carriage_returns: memchr(b'\r', text.as_bytes()).is_some(),
        has_carets: memchr(b'^', text.as_bytes()).is_some(),
        star: None,
        capture: None,
        repairs: Vec::new(),
    };
    if lowering.has_errors {
        let errors = errors::errors(text, tree);
        lowering.module.problems = errors.problems;
        lowering.repairs = errors.repairs;
    }
    lowering.module.body = lowering.block();
    let Lowering { module: mut draft, repairs, .. } = lowering;
    let module = draft.finish();
    if draft.memory() <= MAX_DRAFT {
        DRAFT.set(draft);
    }
    Lowered { module, repairs }
}

struct Lowering<'t> {
    text: &'t str,
    /// The node being read.
    at: Node<'t>,
    /// Cursors that are not in use.
    cursors: Vec<TreeCursor<'t>>,
    module: Module,
    depth: usize,
    /// Asking each node whether it is missing is only worth it in files that hold an error at all.
    has_errors: bool,
    has_carriage_returns: bool,
    /// The grammar has `&` and `^` in the wrong order, which only files with a `^` need to care about.
    has_carets: bool,
    /// Where the star stands that is taken out of the expression being read.
    star: Option<u32>,
    /// The `as` that is taken out of the expression being read.
    capture: Option<Capture>,
    repairs: Vec<Repair>,
}

/// A child node being read.
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
    Span::new(offset(node.start_byte()), offset(node.end_byte()))
}

/// Texts above the size limit of discovery are never loaded, so every offset fits 32 bits.
fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// The children of a node, in order.
struct Nodes<'t> {
    parent: Node<'t>,
    next: u32,
    count: u32,
    /// On the child before `next`.
    cursor: Option<TreeCursor<'t>>,
}

impl<'t> Nodes<'t> {
    /// Up to so many children are found faster one by one than with a cursor, which climbs in and out of the hidden
    /// nodes between a node and its children.
    const FEW: u32 = 8;

    fn of(parent: Node<'t>, spare: &mut Vec<TreeCursor<'t>>) -> Self {
        let count = parent.child_count();
        let cursor = (count > Self::FEW).then(|| {
            let mut cursor = spare.pop().unwrap_or_else(|| parent.walk());
            cursor.reset(parent);
            cursor
        });
        Self { parent, next: 0, count, cursor }
    }

    fn next(&mut self) -> Option<Node<'t>> {
        // A cursor takes no step as slow as the one that finds nothing.
        if self.next == self.count {
            return None;
        }
        let index = self.next;
        self.next += 1;
        let Some(cursor) = &mut self.cursor else { return self.parent.child(index) };
        let found = if index == 0 { cursor.goto_first_child() } else { cursor.goto_next_sibling() };
        found.then(|| cursor.node())
    }
}

/// Whether a direct child of `node` could not be read.
fn is_broken(node: Node<'_>) -> bool {
    node.has_error() && node.children(&mut node.walk()).any(|child| child.is_error() || child.is_missing())
}

impl<'t> Lowering<'t> {
    /// Goes to each child in turn and calls `f` there; comments are collected on the way and errors, which are
    /// reported by [`errors::errors`], left out.
    fn children(&mut self, mut f: impl FnMut(&mut Self, Child<'t>)) {
        self.children_until(|this, child| {
            f(this, child);
            ControlFlow::Continue(())
        });
    }

    /// As [`children`](Self::children), until `f` has seen enough.
    fn children_until(&mut self, mut f: impl FnMut(&mut Self, Child<'t>) -> ControlFlow<()>) {
        self.nodes(|this, node| match Kind::of(node) {
            Kind::Comment => {
                this.comment(node);
                ControlFlow::Continue(())
            }
            Kind::Error | Kind::LineContinuation => ControlFlow::Continue(()),
            kind => f(this, Child { node, kind }),
        });
    }

    /// Goes to each child in turn, whatever it is, until `f` has seen enough.
    fn nodes(&mut self, mut f: impl FnMut(&mut Self, Node<'t>) -> ControlFlow<()>) {
        let parent = self.at;
        let mut nodes = Nodes::of(parent, &mut self.cursors);
        while let Some(node) = nodes.next() {
            self.at = node;
            if f(self, node).is_break() {
                break;
            }
        }
        self.cursors.extend(nodes.cursor);
        self.at = parent;
    }

    /// Whether a direct child of the node being read could not be read.
    fn is_broken(&self) -> bool {
        self.has_errors && is_broken(self.at)
    }

    fn problem(&mut self, span: Span, kind: SyntaxProblemKind) {
        self.module.add_problem(SyntaxProblem { span, kind });
    }

    fn comment(&mut self, node: Node<'t>) {
        let mut span = span_of(node);
        // The grammar ends a comment at the line feed only.
        let content = span.of(self.text);
        let trimmed = content.trim_end_matches('\r').len();
        span.end = span.start + offset(trimmed);
        let before = &self.text[..span.start as usize];
        let is_own_line =
            before.bytes().rev().take_while(|&b| b != b'\n' && b != b'\r').all(|b| matches!(b, b' ' | b'\t' | b'\x0c'));
        self.module.comments.push(Comment { span, is_own_line });
    }

    /// Runs `f` one level deeper, or gives up on what is nested too deeply.
    fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> T, give_up: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            let span = span_of(self.at);
            self.problem(span, SyntaxProblemKind::TooDeep);
            return give_up(self);
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    /// The statements among the children of the node being read.
    fn block(&mut self) -> Body {
        let mut stmts = Vec::new();
        self.statements(&mut stmts);
        self.list(&stmts)
    }

    fn statements(&mut self, stmts: &mut Vec<StmtId>) {
        self.nodes(|this, node| {
            match Kind::of(node) {
                Kind::Comment => this.comment(node),
                Kind::Error => {
                    stmts.push(this.stmt(Stmt::Unknown, span_of(node)));
                    this.salvage(stmts);
                }
                kind if kind.is_statement() => stmts.push(this.statement(kind)),
                kind if kind.is_clause() => this.salvage(stmts),
                _ => {}
            }
            ControlFlow::Continue(())
        });
    }

    /// The whole statements inside an error: one that is not closed may swallow all functions behind it.
    fn salvage(&mut self, stmts: &mut Vec<StmtId>) {
        self.nested(|this| this.statements(stmts), |_| ());
    }

    /// `span` up to the end of the last statement of the last of `bodies` that has one: the grammar counts comments
    /// behind a block as part of it. A closing semicolon belongs to the block, as it does for Python.
    fn trimmed(&self, span: Span, bodies: &[Body]) -> Span {
        let last = bodies.iter().rev().find_map(|body| self.module.pools.stmts[body.range()].last());
        let Some(last) = last else { return span };
        let end = self.module.stmts[last.index()].span.end;
        let rest = &self.text.as_bytes()[end as usize..];
        let blanks = rest.iter().take_while(|&&byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
        let closing = if rest.get(blanks) == Some(&b';') { blanks + 1 } else { 0 };
        Span::new(span.start, (end + offset(closing)).max(span.start))
    }

    fn here(&self) -> Span {
        span_of(self.at)
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

    fn list<T: Pool + Copy>(&mut self, items: &[T]) -> List<T> {
        let pool = T::pool_mut(&mut self.module.pools);
        let start = pool.len();
        pool.extend_from_slice(items);
        List::new(start, items.len())
    }
}
