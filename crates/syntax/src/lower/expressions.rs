//! Expressions other than calls, displays and literals.

use backlint_source::Span;

use super::Lowering;
use super::kinds::Kind;
use crate::module::SyntaxProblemKind;
use crate::ast::{BinaryOp, BoolOp, CompareOp, Comparison, Expr, ExprId, Lambda, LambdaId, List, UnaryOp};

impl Lowering<'_> {
    /// The expression under the cursor.
    pub(super) fn expression(&mut self, kind: Kind) -> ExprId {
        let span = self.here();
        // Leaves first: they are most of a file and need no bookkeeping of depth.
        let leaf = match kind {
            Kind::Identifier => Expr::Name(self.name(span)),
            Kind::True => Expr::True,
            Kind::False => Expr::False,
            Kind::None => Expr::None,
            Kind::Ellipsis => Expr::Ellipsis,
            Kind::Integer | Kind::Float => self.number(kind, span),
            Kind::Error => {
                self.problem(span, SyntaxProblemKind::Unexpected);
                Expr::Unknown
            }
            _ => return self.nested(|this| this.compound(kind, span), |this| this.expr(Expr::Unknown, span)),
        };
        self.expr(leaf, span)
    }

    fn compound(&mut self, kind: Kind, span: Span) -> ExprId {
        if self.is_broken() {
            return self.expr(Expr::Unknown, span);
        }
        let kind = match kind {
            Kind::ParenthesizedExpression => return self.only_child(span),
            Kind::Type => return self.type_expression(),
            Kind::String => return self.string(span),
            Kind::ConcatenatedString => return self.concatenated_string(span),
            Kind::Attribute => self.attribute(),
            Kind::Subscript => self.subscript(),
            Kind::Slice => self.slice_expression(),
            Kind::Call => self.call(),
            Kind::BinaryOperator => self.binary(),
            Kind::UnaryOperator | Kind::NotOperator => self.unary(kind),
            Kind::BooleanOperator => self.boolean(),
            Kind::ComparisonOperator => self.comparison(),
            Kind::ConditionalExpression => self.conditional(),
            Kind::Lambda => self.lambda(),
            Kind::NamedExpression => self.named(),
            Kind::Await => self.wrap(Expr::Await),
            Kind::Yield => self.yield_expression(),
            Kind::ListSplat | Kind::ListSplatPattern => self.wrap(Expr::Starred),
            Kind::TuplePattern => return self.tuple_target(span),
            Kind::TupleDisplay | Kind::ExpressionList | Kind::PatternList => {
                Expr::Tuple(self.expression_list())
            }
            Kind::ListDisplay | Kind::ListPattern => Expr::List(self.expression_list()),
            Kind::SetDisplay => Expr::Set(self.expression_list()),
            Kind::Dictionary => self.dictionary(),
            Kind::ListComprehension
            | Kind::SetComprehension
            | Kind::DictionaryComprehension
            | Kind::GeneratorExpression => self.comprehension(kind),
            _ => Expr::Unknown,
        };
        self.unstarred(kind, span)
    }

    /// `[*a.b]` is read as `(*a).b`: the star belongs around the whole.
    fn unstarred(&mut self, kind: Expr, span: Span) -> ExprId {
        let (Expr::Attribute { value: head, .. }
        | Expr::Subscript { value: head, .. }
        | Expr::Call { function: head, .. }
        | Expr::Binary { left: head, .. }) = kind
        else {
            return self.expr(kind, span);
        };
        let starred = self.module.exprs[head.index()];
        let Expr::Starred(inner) = starred.kind else { return self.expr(kind, span) };
        if starred.span.start != span.start {
            return self.expr(kind, span);
        }
        self.module.exprs[head.index()].kind = Expr::Unknown;
        let kind = match kind {
            Expr::Attribute { name, .. } => Expr::Attribute { value: inner, name },
            Expr::Subscript { index, .. } => Expr::Subscript { value: inner, index },
            Expr::Call { args, .. } => Expr::Call { function: inner, args },
            Expr::Binary { op, right, .. } => Expr::Binary { left: inner, op, right },
            other => other,
        };
        let whole = self.expr(kind, Span::new(self.span(inner).start, span.end));
        self.expr(Expr::Starred(whole), span)
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

    fn only_child(&mut self, span: Span) -> ExprId {
        match self.expressions().as_slice() {
            &[only] => only,
            _ => self.expr(Expr::Unknown, span),
        }
    }

    fn wrap(&mut self, make: fn(ExprId) -> Expr) -> Expr {
        self.expressions().first().map_or(Expr::Unknown, |&value| make(value))
    }

    fn attribute(&mut self) -> Expr {
        let mut value = None;
        let mut name = None;
        self.children(|this, child| match child.kind {
            Kind::Identifier if value.is_some() => name = Some(this.name(child.span())),
            kind if kind.is_token() => {}
            kind => value = Some(this.expression(kind)),
        });
        match (value, name) {
            (Some(value), Some(name)) => Expr::Attribute { value, name },
            _ => Expr::Unknown,
        }
    }

    fn subscript(&mut self) -> Expr {
        let mut value = None;
        let mut indices = Vec::new();
        let mut comma = None;
        self.children(|this, child| match child.kind {
            Kind::TokenComma => comma = Some(child.span()),
            kind if kind.is_token() => {}
            kind if value.is_none() => value = Some(this.expression(kind)),
            kind => indices.push(this.expression(kind)),
        });
        let Some(value) = value else { return Expr::Unknown };
        let index = self.index_of(&indices, comma);
        Expr::Subscript { value, index }
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

    fn binary(&mut self) -> Expr {
        let mut operands = Vec::new();
        let mut op = None;
        self.children(|this, child| match binary_operator(child.kind) {
            Some(found) => op = Some(found),
            None if child.kind.is_token() => {}
            None => operands.push(this.expression(child.kind)),
        });
        match (operands.as_slice(), op) {
            (&[left, right], Some(op)) => Expr::Binary { left, op, right },
            _ => Expr::Unknown,
        }
    }

    fn unary(&mut self, kind: Kind) -> Expr {
        let mut op = UnaryOp::Not;
        let mut operand = None;
        self.children(|this, child| match child.kind {
            Kind::TokenMinus => op = UnaryOp::USub,
            Kind::TokenPlus => op = UnaryOp::UAdd,
            Kind::TokenTilde => op = UnaryOp::Invert,
            kind if kind.is_token() => {}
            kind => operand = Some(this.expression(kind)),
        });
        debug_assert!(kind != Kind::NotOperator || op == UnaryOp::Not);
        operand.map_or(Expr::Unknown, |operand| Expr::Unary { op, operand })
    }

    /// `a and b and c` is nested to the left in the grammar and one run here, as in Python's own tree.
    fn boolean(&mut self) -> Expr {
        let mut values = Vec::new();
        let mut op = None;
        self.children(|this, child| match child.kind {
            Kind::TokenAnd => op = Some(BoolOp::And),
            Kind::TokenOr => op = Some(BoolOp::Or),
            kind if kind.is_token() => {}
            kind => values.push((kind, this.expression(kind))),
        });
        let (&[(left_kind, left), (_, right)], Some(op)) = (values.as_slice(), op) else { return Expr::Unknown };
        match self.module.exprs[left.index()].kind {
            Expr::Bool { op: inner, values } if inner == op && left_kind == Kind::BooleanOperator => {
                // The inner run was just pushed and is named by nobody else.
                let mut run = self.module.pools.exprs[values.range()].to_vec();
                run.push(right);
                self.module.exprs[left.index()].kind = Expr::Unknown;
                Expr::Bool { op, values: self.list(&run) }
            }
            _ => Expr::Bool { op, values: self.list(&[left, right]) },
        }
    }

    fn comparison(&mut self) -> Expr {
        let mut left = None;
        let mut op = None;
        let mut rest = Vec::new();
        self.children(|this, child| match compare_operator(child.kind) {
            Some(found) => op = Some(found),
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

    fn conditional(&mut self) -> Expr {
        match self.expressions().as_slice() {
            &[body, test, orelse] => Expr::Conditional { test, body, orelse },
            _ => Expr::Unknown,
        }
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

fn binary_operator(kind: Kind) -> Option<BinaryOp> {
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
