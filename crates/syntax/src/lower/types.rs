//! Annotations: the grammar has its own nodes for them, Python sees ordinary expressions.

use backlint_source::Span;

use super::Lowering;
use super::kinds::Kind;
use crate::ast::{BinaryOp, Expr, ExprId};

impl Lowering<'_> {
    /// The expression inside the `type` node under the cursor.
    pub(super) fn type_expression(&mut self) -> ExprId {
        let span = self.here();
        self.nested(
            |this| {
                let mut found = None;
                this.children(|this, child| {
                    if found.is_none() && !child.kind.is_token() {
                        found = Some(this.type_part(child.kind));
                    }
                });
                found.unwrap_or_else(|| this.expr(Expr::Unknown, span))
            },
            |this| this.expr(Expr::Unknown, span),
        )
    }

    fn type_part(&mut self, kind: Kind) -> ExprId {
        match kind {
            Kind::Type => self.type_expression(),
            Kind::GenericType => self.generic_type(),
            Kind::UnionType => self.union_type(),
            Kind::MemberType => self.member_type(),
            Kind::SplatType => self.splat_type(),
            Kind::ConstrainedType => {
                let span = self.here();
                self.expr(Expr::Unknown, span)
            }
            _ => self.expression(kind),
        }
    }

    fn generic_type(&mut self) -> ExprId {
        let span = self.here();
        let mut value = None;
        let mut index = None;
        self.children(|this, child| match child.kind {
            Kind::Identifier => {
                let name = this.name(child.span());
                value = Some(this.expr(Expr::Name(name), child.span()));
            }
            Kind::TypeParameter => index = Some(this.type_index()),
            _ => {}
        });
        match (value, index) {
            (Some(value), Some(index)) => self.expr(Expr::Subscript { value, index }, span),
            _ => self.expr(Expr::Unknown, span),
        }
    }

    /// What stands between the brackets of a generic type.
    fn type_index(&mut self) -> ExprId {
        let mut items = Vec::new();
        let mut comma = None;
        self.children(|this, child| match child.kind {
            Kind::Type => items.push(this.type_expression()),
            Kind::TokenComma => comma = Some(child.span()),
            _ => {}
        });
        self.index_of(&items, comma)
    }

    /// One index, or the tuple of several; a trailing comma makes a tuple of one.
    pub(super) fn index_of(&mut self, items: &[ExprId], last_comma: Option<Span>) -> ExprId {
        match (items, last_comma) {
            // `x[*a]` is a tuple of one.
            (&[only], None) if !matches!(self.module.exprs[only.index()].kind, Expr::Starred(_)) => only,
            (&[first, ..], _) => {
                let last = items.last().map_or(self.span(first), |&last| self.span(last));
                let end = last_comma.map_or(last.end, |comma| comma.end.max(last.end));
                let span = Span::new(self.span(first).start, end);
                let list = self.list(items);
                self.expr(Expr::Tuple(list), span)
            }
            ([], _) => {
                let span = self.here();
                self.expr(Expr::Unknown, span)
            }
        }
    }

    fn union_type(&mut self) -> ExprId {
        let span = self.here();
        let mut sides = Vec::new();
        self.children(|this, child| {
            if child.kind == Kind::Type {
                sides.push(this.type_expression());
            }
        });
        match sides.as_slice() {
            &[left, right] => self.union(left, right),
            _ => self.expr(Expr::Unknown, span),
        }
    }

    /// `a | b | c` is read as `a | (b | c)` when `a` is a generic type; Python groups from the left.
    fn union(&mut self, left: ExprId, right: ExprId) -> ExprId {
        let span = self.span(left).cover(self.span(right));
        let between = Span::new(self.span(left).end, self.span(right).start);
        let is_grouped = self.slice(between).contains('(');
        match self.module.exprs[right.index()].kind {
            Expr::Binary { left: middle, op: BinaryOp::BitOr, right: last } if !is_grouped => {
                let left = self.union(left, middle);
                self.module.exprs[right.index()].kind = Expr::Unknown;
                self.expr(Expr::Binary { left, op: BinaryOp::BitOr, right: last }, span)
            }
            _ => self.expr(Expr::Binary { left, op: BinaryOp::BitOr, right }, span),
        }
    }

    fn member_type(&mut self) -> ExprId {
        let span = self.here();
        let mut value = None;
        let mut name = None;
        self.children(|this, child| match child.kind {
            Kind::Type => value = Some(this.type_expression()),
            Kind::Identifier => name = Some(this.name(child.span())),
            _ => {}
        });
        match (value, name) {
            (Some(value), Some(name)) => self.expr(Expr::Attribute { value, name }, span),
            _ => self.expr(Expr::Unknown, span),
        }
    }

    fn splat_type(&mut self) -> ExprId {
        let span = self.here();
        let mut value = None;
        self.children(|this, child| {
            if child.kind == Kind::Identifier {
                let name = this.name(child.span());
                value = Some(this.expr(Expr::Name(name), child.span()));
            }
        });
        let kind = value.map_or(Expr::Unknown, Expr::Starred);
        self.expr(kind, span)
    }
}
