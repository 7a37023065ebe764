//! Calls and their arguments.

use backlint_source::Span;

use super::Lowering;
use super::expressions::OpenTuple;
use super::kinds::Kind;
use crate::ast::{Arg, ArgKind, Expr, ExprId, List};

impl Lowering<'_> {
    pub(super) fn call(&mut self) -> Expr {
        let mut function = None;
        let mut args = List::empty();
        let mut index = None;
        self.children(|this, child| match child.kind {
            Kind::ArgumentList if this.is_bracket(child.span()) => index = this.bracketed(),
            Kind::ArgumentList if function.is_some() => args = this.arguments(),
            Kind::GeneratorExpression if function.is_some() => {
                let value = this.expression(child.kind);
                args = this.list(&[Arg { kind: ArgKind::Positional, value, span: child.span() }]);
            }
            kind if kind.is_token() => {}
            kind => function = Some(this.expression(kind)),
        });
        match (function, index) {
            (Some(value), Some(index)) => Expr::Subscript { value, index },
            (Some(function), None) => Expr::Call { function, args },
            (None, _) => Expr::Unknown,
        }
    }

    /// Whether the argument list at `span` was made of an index, see [`Repair`](super::Repair).
    fn is_bracket(&self, span: Span) -> bool {
        self.text.as_bytes().get(span.start as usize) == Some(&b'[')
    }

    fn bracketed(&mut self) -> Option<ExprId> {
        let mut items = OpenTuple::default();
        self.children(|this, child| match child.kind {
            Kind::TokenComma => items.comma(child.span()),
            kind if kind.is_token() => {}
            kind => items.item(this.expression(kind), child.span()),
        });
        self.index(items)
    }

    /// The argument list being read.
    pub(super) fn arguments(&mut self) -> List<Arg> {
        let mut args = Vec::new();
        self.children(|this, child| match child.kind {
            Kind::KeywordArgument => args.extend(this.keyword_argument(child.span())),
            Kind::DictionarySplat => {
                let value = this.only_child(child.span());
                args.push(Arg { kind: ArgKind::DoubleStar, value, span: child.span() });
            }
            kind if kind.is_token() => {}
            kind => {
                let value = this.expression(kind);
                args.push(this.positional(value, child.span()));
            }
        });
        self.list(&args)
    }

    /// `value` or, if that is `*value`, what stands behind the star.
    fn positional(&mut self, value: ExprId, span: Span) -> Arg {
        let last = self.module.exprs.len() - 1;
        match self.module.exprs[last].kind {
            Expr::Starred(inner) if value.index() == last => {
                self.module.exprs.pop();
                Arg { kind: ArgKind::Star, value: inner, span }
            }
            _ => Arg { kind: ArgKind::Positional, value, span },
        }
    }

    fn keyword_argument(&mut self, span: Span) -> Option<Arg> {
        let mut name = None;
        let mut value = None;
        self.children(|this, child| match child.kind {
            Kind::Identifier if name.is_none() => name = Some(this.name(child.span())),
            kind if kind.is_token() => {}
            kind => value = Some(this.expression(kind)),
        });
        Some(Arg { kind: ArgKind::Keyword(name?), value: value?, span })
    }
}
