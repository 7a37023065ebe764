//! Expressions that the grammar groups in another way than Python does.

use backlint_source::Span;

use super::Lowering;
use super::expressions::binary_operator;
use super::kinds::Kind;
use super::offset;
use crate::ast::{BinaryOp, BoolOp, Expr, ExprId};

/// A condition, its two values, and what follows `as` behind it.
#[derive(Default)]
struct Condition {
    operands: Vec<ExprId>,
    /// From the start of the first value.
    start: u32,
    /// The name in front of `:=`.
    named: Option<ExprId>,
    target: Option<ExprId>,
    end: u32,
}

impl Lowering<'_> {
    /// `*a.b` is read as `(*a).b` where any expression may stand: the star belongs around the whole.
    pub(super) fn starred(&mut self, kind: Kind, span: Span) -> ExprId {
        // A unary operator that is a star has been mended into one.
        let is_splat = matches!(kind, Kind::ListSplat | Kind::ListSplatPattern | Kind::UnaryOperator);
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
        let Some(op) = self.operator(bool_operator) else { return Expr::Unknown };
        let mut depth = 0;
        while self.cursor.goto_first_child() {
            depth += 1;
            let is_run = Kind::of(self.cursor.node()) == Kind::BooleanOperator
                && self.operator(bool_operator) == Some(op)
                && !self.is_broken();
            if !is_run {
                break;
            }
        }
        let mut values = Vec::new();
        let mut has_operands = depth > 0;
        for level in (0..depth).rev() {
            if has_operands {
                self.siblings(|this, child| {
                    if !child.kind.is_token() {
                        values.push(this.expression(child.kind));
                    }
                });
            }
            self.cursor.goto_parent();
            // Now on the run below, which was the first operand.
            has_operands = level > 0 && self.cursor.goto_next_sibling();
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
        let mut term = (first, at);
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

    /// The operands below the operator under the cursor, each with the operator before it and its place.
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

    fn is_bitwise(&mut self) -> bool {
        matches!(self.operator(binary_operator), Some(BinaryOp::BitAnd | BinaryOp::BitXor)) && !self.is_broken()
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
        let condition = self.condition(span);
        self.finish_condition(&condition, span)
    }

    /// `a if b else c as d` of a `with` item, which the grammar reads as `a if b else (c as d)`.
    pub(super) fn conditional_as(&mut self) -> (ExprId, Option<ExprId>) {
        let span = self.here();
        let condition = self.condition(span);
        let value = self.finish_condition(&condition, span);
        (value, condition.target)
    }

    fn finish_condition(&mut self, condition: &Condition, span: Span) -> ExprId {
        let &[body, test, orelse] = condition.operands.as_slice() else { return self.expr(Expr::Unknown, span) };
        let value = self.expr(Expr::Conditional { test, body, orelse }, Span::new(condition.start, condition.end));
        let Some(target) = condition.named else { return value };
        self.expr(Expr::Named { target, value }, Span::new(span.start, condition.end))
    }

    fn condition(&mut self, span: Span) -> Condition {
        let mut found = Condition { start: span.start, end: span.end, ..Condition::default() };
        self.children(|this, child| match child.kind {
            Kind::NamedExpression if found.operands.is_empty() => this.named_value(&mut found),
            Kind::AsPattern => this.children(|this, child| match child.kind {
                Kind::AsPatternTarget => found.target = this.only_expression(),
                kind if kind.is_token() => {}
                kind => {
                    found.operands.push(this.expression(kind));
                    found.end = child.span().end;
                }
            }),
            kind if kind.is_token() => {}
            kind => found.operands.push(this.expression(kind)),
        });
        found
    }

    fn named_value(&mut self, found: &mut Condition) {
        self.children(|this, child| match child.kind {
            kind if kind.is_token() => {}
            kind if found.named.is_none() => found.named = Some(this.expression(kind)),
            kind => {
                found.start = child.span().start;
                found.operands.push(this.expression(kind));
            }
        });
    }

    /// The operator of the node under the cursor.
    pub(super) fn operator<T>(&self, classify: fn(Kind) -> Option<T>) -> Option<T> {
        let node = self.cursor.node();
        // Behind the first operand; comments may stand between them.
        (1..).map_while(|index| node.child(index)).find_map(|child| classify(Kind::of(child)))
    }
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
    )
}

fn bool_operator(kind: Kind) -> Option<BoolOp> {
    match kind {
        Kind::TokenAnd => Some(BoolOp::And),
        Kind::TokenOr => Some(BoolOp::Or),
        _ => None,
    }
}
