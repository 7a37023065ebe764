//! Annotations: the grammar has its own nodes for them, Python sees ordinary expressions.

use backlint_source::Span;

use super::Lowering;
use super::expressions::{OpenTuple, binary_operator};
use super::grouping::operator;
use super::kinds::Kind;
use crate::ast::{BinaryOp, Expr, ExprId};

impl Lowering<'_> {
    /// The expression inside the `type` node being read.
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

    pub(super) fn type_part(&mut self, kind: Kind) -> ExprId {
        match kind {
            Kind::Type => self.type_expression(),
            Kind::GenericType => self.generic_type(),
            Kind::MemberType => self.member_type(),
            Kind::ConstrainedType => self.slice_of_types(),
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
            Kind::TypeParameter => index = this.type_index(),
            _ => {}
        });
        match (value, index) {
            (Some(value), Some(index)) => self.expr(Expr::Subscript { value, index }, span),
            _ => self.expr(Expr::Unknown, span),
        }
    }

    /// What stands between the brackets of a generic type.
    fn type_index(&mut self) -> Option<ExprId> {
        let mut items = OpenTuple::default();
        self.children(|this, child| match child.kind {
            Kind::Type => items.item(this.type_expression(), child.span()),
            Kind::TokenComma => items.comma(child.span()),
            _ => {}
        });
        self.index(items)
    }

    /// `a | b | c` is read as `a | (b | c)` when `a` is a generic type; Python groups from the left.
    pub(super) fn union_type(&mut self, span: Span) -> ExprId {
        let mut members = Vec::new();
        self.union_members(&mut members);
        let mut members = members.into_iter();
        let Some((mut union, mut place)) = members.next() else { return self.expr(Expr::Unknown, span) };
        place.start = span.start;
        for (member, at) in members {
            place = place.cover(at);
            union = self.expr(Expr::Binary { left: union, op: BinaryOp::BitOr, right: member }, place);
        }
        union
    }

    /// The members of the union being read, each with its place.
    fn union_members(&mut self, members: &mut Vec<(ExprId, Span)>) {
        self.children(|this, child| match child.kind {
            // A wrapper around the kinds below.
            Kind::Type => this.union_members(members),
            Kind::UnionType => this.nested(|this| this.union_members(members), |_| ()),
            Kind::BinaryOperator if operator(this.at, binary_operator) == Some(BinaryOp::BitOr) => {
                this.nested(|this| this.union_members(members), |_| ());
            }
            kind if kind.is_token() => {}
            kind => members.push((this.type_part(kind), child.span())),
        });
    }

    /// `a[b:c]` in an annotation is read as the bound of a type parameter.
    fn slice_of_types(&mut self) -> ExprId {
        let span = self.here();
        let mut bounds = Vec::new();
        self.bounds(&mut bounds);
        let kind = match *bounds.as_slice() {
            [lower, upper] => Expr::Slice { lower: Some(lower), upper: Some(upper), step: None },
            [lower, upper, step] => Expr::Slice { lower: Some(lower), upper: Some(upper), step: Some(step) },
            _ => Expr::Unknown,
        };
        self.expr(kind, span)
    }

    /// `a:b:c` is nested to the right.
    fn bounds(&mut self, bounds: &mut Vec<ExprId>) {
        self.children(|this, child| match child.kind {
            Kind::Type => this.bounds(bounds),
            Kind::ConstrainedType => this.nested(|this| this.bounds(bounds), |_| ()),
            kind if kind.is_token() => {}
            kind => bounds.push(this.type_part(kind)),
        });
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
}
