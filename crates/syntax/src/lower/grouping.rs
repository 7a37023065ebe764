//! Expressions that the grammar groups in another way than Python does.

use std::iter::successors;

use backlint_source::Span;
use tree_sitter::Node;

use super::expressions::binary_operator;
use super::kinds::Kind;
use super::{Lowering, is_broken, offset, span_of};
use crate::ast::{BinaryOp, BoolOp, Expr, ExprId};
use crate::module::SyntaxProblemKind;

/// An `as` at the end of an expression that belongs behind it.
#[derive(Clone, Copy)]
pub(super) struct Capture {
    /// The end of the target and so of all expressions around.
    end: u32,
    /// Where the expressions end in truth.
    value_end: u32,
    target: Option<ExprId>,
}

impl<'t> Lowering<'t> {
    /// `*a.b` is read as `(*a).b` where any expression may stand: the star belongs around the whole.
    pub(super) fn starred(&mut self, kind: Kind, span: Span) -> ExprId {
        // A unary operator that is a star has been mended into one.
        let is_splat = matches!(kind, Kind::ListSplat | Kind::ListSplatPattern | Kind::SplatType | Kind::UnaryOperator);
        let behind = &self.text.as_bytes()[span.start as usize + 1..];
        let blanks = behind.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let operand = Span::new(span.start + 1 + offset(blanks), span.end);
        if self.star == Some(span.start) {
            return if is_splat { self.only_child(operand) } else { self.unstarred(kind, operand) };
        }
        if is_splat {
            let value = self.only_child(operand);
            return self.expr(Expr::Starred(value), span);
        }
        if !begins_with_operand(kind) {
            return self.unstarred(kind, span);
        }
        let outer = self.star.replace(span.start);
        let value = self.unstarred(kind, operand);
        self.star = outer;
        self.expr(Expr::Starred(value), span)
    }

    /// `a and b and c` is nested to the left in the grammar and one run here, as in Python's own tree.
    pub(super) fn boolean(&mut self) -> Expr {
        let outermost = self.at;
        let Some(op) = operator(outermost, bool_operator) else { return Expr::Unknown };
        let first_operand = |run: &Node<'t>| {
            let first = run.child(0)?;
            let goes_on = Kind::of(first) == Kind::BooleanOperator
                && operator(first, bool_operator) == Some(op)
                && !(self.has_errors && is_broken(first));
            goes_on.then_some(first)
        };
        let runs: Vec<Node<'t>> = successors(Some(outermost), first_operand).collect();
        let mut values = Vec::new();
        let mut inner = None;
        for run in runs.into_iter().rev() {
            self.at = run;
            self.children(|this, child| {
                if !child.kind.is_token() && inner != Some(child.node) {
                    values.push(this.expression(child.kind));
                }
            });
            inner = Some(run);
        }
        Expr::Bool { op, values: self.list(&values) }
    }

    /// A run of `&` and `^`: the grammar binds `^` closer, Python `&`.
    pub(super) fn bitwise(&mut self, span: Span) -> ExprId {
        let mut run = Vec::new();
        self.bitwise_run(&mut run);
        let mut run = run.into_iter();
        let Some((_, first, at)) = run.next() else { return self.expr(Expr::Unknown, span) };
        let mut sum: Option<(ExprId, Span)> = None;
        let mut term = (first, Span::new(span.start, at.end));
        for (op, operand, at) in run {
            if op == BinaryOp::BitAnd {
                term = self.combine(term, op, (operand, at));
            } else {
                sum = Some(sum.map_or(term, |sum| self.combine(sum, BinaryOp::BitXor, term)));
                term = (operand, at);
            }
        }
        sum.map_or(term, |sum| self.combine(sum, BinaryOp::BitXor, term)).0
    }

    fn combine(&mut self, left: (ExprId, Span), op: BinaryOp, right: (ExprId, Span)) -> (ExprId, Span) {
        let span = left.1.cover(right.1);
        (self.expr(Expr::Binary { left: left.0, op, right: right.0 }, span), span)
    }

    /// The operands below the operator being read, each with the operator before it and its place.
    fn bitwise_run(&mut self, run: &mut Vec<(BinaryOp, ExprId, Span)>) {
        let mut op = BinaryOp::BitAnd;
        self.children(|this, child| {
            if let Some(found) = binary_operator(child.kind) {
                op = found;
            } else if child.kind == Kind::BinaryOperator && this.is_bitwise() {
                let first = run.len();
                this.nested(|this| this.bitwise_run(run), |_| ());
                if let Some(first) = run.get_mut(first) {
                    first.0 = op;
                }
            } else if !child.kind.is_token() {
                run.push((op, this.expression(child.kind), child.span()));
            }
        });
    }

    fn is_bitwise(&self) -> bool {
        matches!(operator(self.at, binary_operator), Some(BinaryOp::BitAnd | BinaryOp::BitXor)) && !self.is_broken()
    }

    /// `await a ** b` is `(await a) ** b`, though the grammar awaits the power.
    pub(super) fn await_expression(&mut self, span: Span) -> ExprId {
        let mut result = None;
        self.children(|this, child| match child.kind {
            Kind::BinaryOperator => result = Some(this.power_of_awaited(span)),
            kind if kind.is_token() => {}
            kind => {
                let value = this.expression(kind);
                result = Some(this.expr(Expr::Await(value), span));
            }
        });
        result.unwrap_or_else(|| self.expr(Expr::Unknown, span))
    }

    fn power_of_awaited(&mut self, span: Span) -> ExprId {
        let mut left = None;
        let mut op = BinaryOp::Pow;
        let mut right = None;
        self.children(|this, child| match binary_operator(child.kind) {
            Some(found) => op = found,
            None if child.kind.is_token() => {}
            None if left.is_none() => {
                let value = this.expression(child.kind);
                left = Some(this.expr(Expr::Await(value), Span::new(span.start, child.span().end)));
            }
            None => right = Some(this.expression(child.kind)),
        });
        let kind = match (left, right) {
            (Some(left), Some(right)) => Expr::Binary { left, op, right },
            _ => Expr::Unknown,
        };
        self.expr(kind, span)
    }

    /// `a if b else c`. The grammar reads `n := a if b else c` as a condition whose first value is `n := a`.
    pub(super) fn conditional(&mut self, span: Span) -> ExprId {
        let mut start = span.start;
        let mut named = None;
        let mut operands = Vec::new();
        self.children(|this, child| match child.kind {
            Kind::NamedExpression if operands.is_empty() => this.children(|this, child| match child.kind {
                kind if kind.is_token() => {}
                kind if named.is_none() => named = Some(this.expression(kind)),
                kind => {
                    start = child.span().start;
                    operands.push(this.expression(kind));
                }
            }),
            kind if kind.is_token() => {}
            kind => operands.push(this.expression(kind)),
        });
        let &[body, test, orelse] = operands.as_slice() else { return self.expr(Expr::Unknown, span) };
        let value = self.expr(Expr::Conditional { test, body, orelse }, Span::new(start, span.end));
        named.map_or(value, |target| self.expr(Expr::Named { target, value }, span))
    }

    /// `value as target`, or only a value. The grammar reads `a if b else c as d` as `a if b else (c as d)`, and a
    /// lambda likewise.
    pub(super) fn with_target(&mut self, kind: Kind) -> (ExprId, Option<ExprId>) {
        let outer = std::mem::replace(&mut self.capture, capture(self.at));
        let value = self.expression(kind);
        let inner = std::mem::replace(&mut self.capture, outer);
        (value, inner.and_then(|inner| inner.target))
    }

    /// `span` without the `as` that belongs behind the whole expression.
    pub(super) fn without_capture(&self, span: Span) -> Span {
        match self.capture {
            Some(capture) if capture.end == span.end => Span::new(span.start, capture.value_end),
            _ => span,
        }
    }

    /// `value as target` being read, which is an expression for the grammar wherever one may stand.
    pub(super) fn as_pattern(&mut self, span: Span) -> ExprId {
        let Some(capture) = self.capture.filter(|capture| capture.value_end == span.end) else {
            self.problem(span, SyntaxProblemKind::Unexpected);
            return self.expr(Expr::Unknown, span);
        };
        // What is read now ends where it says.
        self.capture = None;
        let (mut value, mut target) = (None, None);
        self.children(|this, child| match child.kind {
            Kind::AsPatternTarget => target = this.only_expression(),
            kind if kind.is_token() => {}
            kind => value = Some(this.expression(kind)),
        });
        self.capture = Some(Capture { target, ..capture });
        value.unwrap_or_else(|| self.expr(Expr::Unknown, span))
    }
}

/// The operator of `node`.
pub(super) fn operator<T>(node: Node<'_>, classify: fn(Kind) -> Option<T>) -> Option<T> {
    // Behind the first operand; comments may stand between them.
    (1..).map_while(|index| node.child(index)).find_map(|child| classify(Kind::of(child)))
}

/// The capture at the end of an expression.
fn capture(expression: Node<'_>) -> Option<Capture> {
    let mut node = expression;
    while matches!(Kind::of(node), Kind::ConditionalExpression | Kind::Lambda) {
        node = node.child(node.child_count().checked_sub(1)?)?;
    }
    let value = node.child(0).filter(|_| Kind::of(node) == Kind::AsPattern)?;
    Some(Capture { end: span_of(node).end, value_end: span_of(value).end, target: None })
}

/// Whether the first token belongs to the first operand.
fn begins_with_operand(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Attribute
            | Kind::Subscript
            | Kind::Call
            | Kind::BinaryOperator
            | Kind::BooleanOperator
            | Kind::ComparisonOperator
            | Kind::ConditionalExpression
            | Kind::UnionType
    )
}

fn bool_operator(kind: Kind) -> Option<BoolOp> {
    match kind {
        Kind::TokenAnd => Some(BoolOp::And),
        Kind::TokenOr => Some(BoolOp::Or),
        _ => None,
    }
}
