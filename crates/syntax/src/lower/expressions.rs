//! Expressions other than calls, displays and literals.

use std::ops::ControlFlow;

use backlint_source::Span;

use super::Lowering;
use super::grouping::operator;
use super::kinds::Kind;
use crate::ast::{BinaryOp, CompareOp, Comparison, Expr, ExprId, Lambda, LambdaId, List, Symbol, UnaryOp};
use crate::module::SyntaxProblemKind;

impl Lowering<'_> {
    /// The expression being read.
    pub(super) fn expression(&mut self, kind: Kind) -> ExprId {
        let span = self.here();
        // Leaves first: they are most of a file and need no bookkeeping of depth.
        let leaf = match kind {
            // What is missing has no width; the node before tells its kind from what ought to be there.
            Kind::Identifier if span.is_empty() => Expr::Unknown,
            Kind::Identifier => Expr::Name(self.name(span)),
            Kind::True => Expr::True,
            Kind::False => Expr::False,
            Kind::None => Expr::None,
            Kind::Ellipsis => Expr::Ellipsis,
            Kind::Integer | Kind::Float => self.number(kind, span),
            _ => return self.nested(|this| this.compound(kind, span), |this| this.expr(Expr::Unknown, span)),
        };
        self.expr(leaf, span)
    }

    fn compound(&mut self, kind: Kind, span: Span) -> ExprId {
        let span = self.without_capture(span);
        if self.is_broken() {
            self.expr(Expr::Unknown, span)
        } else if self.text.as_bytes().get(span.start as usize) == Some(&b'*') {
            self.starred(kind, span)
        } else {
            self.unstarred(kind, span)
        }
    }

    /// As [`compound`](Self::compound), for what is known to have no star in front that belongs around the whole.
    pub(super) fn unstarred(&mut self, kind: Kind, span: Span) -> ExprId {
        let kind = match kind {
            Kind::ParenthesizedExpression => return self.only_child(span),
            Kind::Type => return self.type_expression(),
            Kind::String => return self.string(span),
            Kind::ConcatenatedString => return self.concatenated_string(span),
            Kind::TuplePattern => return self.tuple_target(span),
            Kind::BinaryOperator => return self.binary(span),
            Kind::ConditionalExpression => return self.conditional(span),
            Kind::Await => return self.await_expression(span),
            Kind::UnionType => return self.union_type(span),
            Kind::Attribute => self.attribute(span),
            Kind::Subscript => self.subscript(),
            Kind::Slice => self.slice_expression(),
            Kind::Call => self.call(),
            Kind::UnaryOperator | Kind::NotOperator => self.unary(),
            Kind::BooleanOperator => self.boolean(),
            Kind::ComparisonOperator => self.comparison(),
            Kind::Lambda => self.lambda(),
            Kind::NamedExpression => self.named(),
            Kind::Yield => self.yield_expression(),
            Kind::TupleDisplay | Kind::ExpressionList | Kind::PatternList => Expr::Tuple(self.expression_list()),
            Kind::ListDisplay | Kind::ListPattern => Expr::List(self.expression_list()),
            Kind::SetDisplay => Expr::Set(self.expression_list()),
            Kind::Dictionary => self.dictionary(),
            Kind::ListComprehension
            | Kind::SetComprehension
            | Kind::DictionaryComprehension
            | Kind::GeneratorExpression => self.comprehension(kind),
            Kind::AsPattern => return self.as_pattern(span),
            _ => {
                self.problem(span, SyntaxProblemKind::Unexpected);
                Expr::Unknown
            }
        };
        self.expr(kind, span)
    }

    fn expression_list(&mut self) -> List<ExprId> {
        let items = self.expressions();
        self.list(&items)
    }

    /// `(a, b)` as a target is a tuple, `(a)` only a group.
    fn tuple_target(&mut self, span: Span) -> ExprId {
        let mut items = Vec::new();
        let mut has_comma = false;
        self.children(|this, child| match child.kind {
            Kind::TokenComma => has_comma = true,
            kind if kind.is_token() => {}
            kind => items.push(this.expression(kind)),
        });
        if let (&[only], false) = (items.as_slice(), has_comma) {
            return only;
        }
        let items = self.list(&items);
        self.expr(Expr::Tuple(items), span)
    }

    pub(super) fn only_child(&mut self, span: Span) -> ExprId {
        let only = self.only_expression();
        only.unwrap_or_else(|| self.expr(Expr::Unknown, span))
    }

    /// The first expression among the children.
    pub(super) fn only_expression(&mut self) -> Option<ExprId> {
        let mut found = None;
        self.children(|this, child| {
            if found.is_none() && !child.kind.is_token() {
                found = Some(this.expression(child.kind));
            }
        });
        found
    }

    fn attribute(&mut self, span: Span) -> Expr {
        let mut value = None;
        let mut name = None;
        self.children_until(|this, child| {
            match child.kind {
                Kind::Identifier if value.is_some() => name = Some(this.name(child.span())),
                kind if kind.is_token() => {}
                kind => {
                    value = Some(this.expression(kind));
                    name = this.plain_attribute(Span::new(child.span().end, span.end));
                }
            }
            if name.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        match (value, name) {
            (Some(value), Some(name)) => Expr::Attribute { value, name },
            _ => Expr::Unknown,
        }
    }

    /// The name in `.name`, if `span` holds that and nothing else. It spares the cursor half of its steps to see so.
    fn plain_attribute(&mut self, span: Span) -> Option<Symbol> {
        let name = self.slice(span).strip_prefix('.')?;
        let is_plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_plain.then(|| self.module.texts.intern(name))
    }

    fn subscript(&mut self) -> Expr {
        let mut value = None;
        let mut indices = OpenTuple::default();
        self.children(|this, child| match child.kind {
            Kind::TokenComma => indices.comma(child.span()),
            kind if kind.is_token() => {}
            kind if value.is_none() => value = Some(this.expression(kind)),
            kind => indices.item(this.expression(kind), child.span()),
        });
        match (value, self.index(indices)) {
            (Some(value), Some(index)) => Expr::Subscript { value, index },
            _ => Expr::Unknown,
        }
    }

    /// What stands between brackets; `x[*a]` is a tuple of one.
    pub(super) fn index(&mut self, mut indices: OpenTuple) -> Option<ExprId> {
        let is_star = |id: &ExprId| matches!(self.module.exprs[id.index()].kind, Expr::Starred(_));
        indices.has_comma |= indices.items.iter().any(is_star);
        self.open_tuple(&indices)
    }

    /// The tuple, or its only item if there is no comma.
    pub(super) fn open_tuple(&mut self, tuple: &OpenTuple) -> Option<ExprId> {
        match (tuple.items.as_slice(), tuple.span) {
            (&[only], _) if !tuple.has_comma => Some(only),
            (&[], _) | (_, None) => None,
            (items, Some(span)) => {
                let items = self.list(items);
                Some(self.expr(Expr::Tuple(items), span))
            }
        }
    }

    fn slice_expression(&mut self) -> Expr {
        let mut bounds = [None; 3];
        let mut place = 0;
        self.children(|this, child| match child.kind {
            Kind::TokenColon => place += 1,
            kind if kind.is_token() => {}
            kind => bounds[place.min(2)] = Some(this.expression(kind)),
        });
        let [lower, upper, step] = bounds;
        Expr::Slice { lower, upper, step }
    }

    fn binary(&mut self, span: Span) -> ExprId {
        if self.has_carets && operator(self.at, binary_operator) == Some(BinaryOp::BitAnd) {
            return self.bitwise(span);
        }
        let mut left = None;
        let mut op = None;
        let mut right = None;
        self.children(|this, child| match binary_operator(child.kind) {
            Some(found) => op = Some(found),
            None if child.kind.is_token() => {}
            None if left.is_none() => left = Some(this.expression(child.kind)),
            None => right = Some(this.expression(child.kind)),
        });
        let kind = match (left, op, right) {
            (Some(left), Some(op), Some(right)) => Expr::Binary { left, op, right },
            _ => Expr::Unknown,
        };
        self.expr(kind, span)
    }

    fn unary(&mut self) -> Expr {
        let mut op = UnaryOp::Not;
        let mut operand = None;
        self.children(|this, child| match child.kind {
            Kind::TokenMinus => op = UnaryOp::USub,
            Kind::TokenPlus => op = UnaryOp::UAdd,
            Kind::TokenTilde => op = UnaryOp::Invert,
            kind if kind.is_token() => {}
            kind => operand = Some(this.expression(kind)),
        });
        operand.map_or(Expr::Unknown, |operand| Expr::Unary { op, operand })
    }

    fn comparison(&mut self) -> Expr {
        let mut left = None;
        let mut op = None;
        let mut rest = Vec::new();
        self.children(|this, child| match compare_operator(child.kind) {
            Some(found) => {
                if child.kind == Kind::TokenDiamond {
                    this.problem(child.span(), SyntaxProblemKind::Unexpected);
                }
                op = Some(found);
            }
            None if child.kind.is_token() => {}
            None => {
                let operand = this.expression(child.kind);
                match op.take() {
                    Some(op) => rest.push(Comparison { op, right: operand }),
                    None => left = Some(operand),
                }
            }
        });
        let Some(left) = left else { return Expr::Unknown };
        Expr::Compare { left, rest: self.list(&rest) }
    }

    fn lambda(&mut self) -> Expr {
        let mut params = List::empty();
        let mut body = None;
        self.children(|this, child| match child.kind {
            Kind::LambdaParameters => params = this.params(),
            kind if kind.is_token() => {}
            kind => body = Some(this.expression(kind)),
        });
        let Some(body) = body else { return Expr::Unknown };
        self.module.lambdas.push(Lambda { params, body });
        Expr::Lambda(LambdaId::new(self.module.lambdas.len() - 1))
    }

    fn named(&mut self) -> Expr {
        match self.expressions().as_slice() {
            &[target, value] => Expr::Named { target, value },
            _ => Expr::Unknown,
        }
    }

    fn yield_expression(&mut self) -> Expr {
        let mut is_from = false;
        let mut value = None;
        self.children(|this, child| match child.kind {
            Kind::TokenFrom => is_from = true,
            kind if kind.is_token() => {}
            kind => value = Some(this.expression(kind)),
        });
        match (is_from, value) {
            (true, Some(value)) => Expr::YieldFrom(value),
            (_, value) => Expr::Yield(value),
        }
    }
}

/// The items of a tuple without parentheses, or the only one of what is none.
#[derive(Default)]
pub(super) struct OpenTuple {
    items: Vec<ExprId>,
    span: Option<Span>,
    has_comma: bool,
}

impl OpenTuple {
    /// Adds an item, with the place that it takes with its parentheses.
    pub(super) fn item(&mut self, id: ExprId, span: Span) {
        self.items.push(id);
        self.grow(span);
    }

    pub(super) fn comma(&mut self, span: Span) {
        self.has_comma = true;
        self.grow(span);
    }

    fn grow(&mut self, span: Span) {
        self.span = Some(self.span.map_or(span, |before| before.cover(span)));
    }
}

pub(super) fn binary_operator(kind: Kind) -> Option<BinaryOp> {
    Some(match kind {
        Kind::TokenPlus => BinaryOp::Add,
        Kind::TokenMinus => BinaryOp::Sub,
        Kind::TokenStar => BinaryOp::Mult,
        Kind::TokenAt => BinaryOp::MatMult,
        Kind::TokenSlash => BinaryOp::Div,
        Kind::TokenSlashSlash => BinaryOp::FloorDiv,
        Kind::TokenPercent => BinaryOp::Mod,
        Kind::TokenStarStar => BinaryOp::Pow,
        Kind::TokenPipe => BinaryOp::BitOr,
        Kind::TokenAmpersand => BinaryOp::BitAnd,
        Kind::TokenCaret => BinaryOp::BitXor,
        Kind::TokenShiftLeft => BinaryOp::LShift,
        Kind::TokenShiftRight => BinaryOp::RShift,
        _ => return None,
    })
}

fn compare_operator(kind: Kind) -> Option<CompareOp> {
    Some(match kind {
        Kind::TokenLess => CompareOp::Lt,
        Kind::TokenLessEqual => CompareOp::LtE,
        Kind::TokenEqualEqual => CompareOp::Eq,
        Kind::TokenNotEqual | Kind::TokenDiamond => CompareOp::NotEq,
        Kind::TokenGreaterEqual => CompareOp::GtE,
        Kind::TokenGreater => CompareOp::Gt,
        Kind::TokenIn => CompareOp::In,
        Kind::TokenNotIn => CompareOp::NotIn,
        Kind::TokenIs => CompareOp::Is,
        Kind::TokenIsNot => CompareOp::IsNot,
        _ => return None,
    })
}
