//! Patterns of `match` statements.

use backlint_source::Span;

use super::Lowering;
use super::kinds::Kind;
use crate::ast::{
    BinaryOp, Expr, ExprId, KeyPattern, List, NamedPattern, Pattern, PatternId, PatternNode, Symbol, UnaryOp,
};

/// The patterns below one node.
#[derive(Default)]
pub(super) struct Parts {
    ids: Vec<PatternId>,
    /// From the first of them to the last, commas included.
    span: Option<Span>,
    has_comma: bool,
    /// The sign of the number that follows.
    minus: Option<Span>,
}

impl Parts {
    fn grow(&mut self, span: Span) {
        self.span = Some(self.span.map_or(span, |before| before.cover(span)));
    }
}

impl Lowering<'_> {
    /// The pattern being read.
    fn pattern(&mut self, kind: Kind) -> PatternId {
        self.nested(|this| this.pattern_here(kind), |this| this.push_pattern(Pattern::Unknown, this.here()))
    }

    /// Adds the pattern being read to `parts`; a minus sign negates the number behind it.
    pub(super) fn pattern_part(&mut self, kind: Kind, parts: &mut Parts) {
        let span = self.here();
        match kind {
            Kind::TokenMinus => {
                parts.minus = Some(span);
                parts.grow(span);
            }
            Kind::TokenComma => {
                parts.has_comma = true;
                parts.grow(span);
            }
            kind if kind.is_token() && kind != Kind::TokenUnderscore => {}
            kind => {
                let found = match parts.minus.take() {
                    Some(minus) => self.negative_number(minus, kind),
                    None => self.pattern(kind),
                };
                parts.ids.push(found);
                parts.grow(span);
            }
        }
    }

    /// `case a, b:` is a sequence without brackets.
    pub(super) fn open_sequence(&mut self, parts: &Parts) -> Option<PatternId> {
        match (parts.ids.as_slice(), parts.span) {
            (&[only], _) if !parts.has_comma => Some(only),
            (&[], _) | (_, None) => None,
            (items, Some(span)) => {
                let items = self.list(items);
                Some(self.push_pattern(Pattern::Sequence(items), span))
            }
        }
    }

    fn pattern_here(&mut self, kind: Kind) -> PatternId {
        let span = self.here();
        if self.is_broken() {
            return self.push_pattern(Pattern::Unknown, span);
        }
        let pattern = match kind {
            Kind::CasePattern => return self.group(span),
            Kind::TuplePattern => return self.tuple_pattern(span),
            Kind::AsPattern => self.as_capture(),
            Kind::UnionPattern => Pattern::Or(self.part_list()),
            Kind::ListPattern => Pattern::Sequence(self.part_list()),
            Kind::DictPattern => self.mapping_pattern(),
            Kind::ClassPattern => self.class_pattern(),
            Kind::SplatPattern => Pattern::Star(self.capture_name()),
            Kind::DottedName => self.name_pattern(span),
            Kind::TokenUnderscore => Pattern::As { pattern: None, name: None },
            _ => Pattern::Value(self.value(kind)),
        };
        self.push_pattern(pattern, span)
    }

    fn push_pattern(&mut self, kind: Pattern, span: Span) -> PatternId {
        self.module.patterns.push(PatternNode { kind, span });
        PatternId::new(self.module.patterns.len() - 1)
    }

    fn parts(&mut self) -> Parts {
        let mut parts = Parts::default();
        self.children(|this, child| this.pattern_part(child.kind, &mut parts));
        parts
    }

    fn part_list(&mut self) -> List<PatternId> {
        let parts = self.parts();
        self.list(&parts.ids)
    }

    /// The wrapper around each pattern of a case.
    fn group(&mut self, span: Span) -> PatternId {
        let first = self.parts().ids.first().copied();
        first.unwrap_or_else(|| self.push_pattern(Pattern::Unknown, span))
    }

    /// `(a, b)` is a sequence, `(a)` only a group.
    fn tuple_pattern(&mut self, span: Span) -> PatternId {
        let parts = self.parts();
        if let (&[only], false) = (parts.ids.as_slice(), parts.has_comma) {
            return only;
        }
        let items = self.list(&parts.ids);
        self.push_pattern(Pattern::Sequence(items), span)
    }

    fn as_capture(&mut self) -> Pattern {
        let mut parts = Parts::default();
        let mut name = None;
        self.children(|this, child| match child.kind {
            Kind::Identifier => name = Some(this.name(child.span())),
            kind => this.pattern_part(kind, &mut parts),
        });
        Pattern::As { pattern: parts.ids.first().copied(), name }
    }

    fn mapping_pattern(&mut self) -> Pattern {
        let mut items = Vec::new();
        let mut rest = None;
        let mut key = None;
        let mut minus = None;
        let mut is_value = false;
        self.children(|this, child| match child.kind {
            Kind::TokenMinus if !is_value => minus = Some(child.span()),
            Kind::TokenColon => is_value = true,
            Kind::TokenComma => is_value = false,
            Kind::SplatPattern => rest = this.capture_name(),
            kind if kind.is_token() => {}
            kind if is_value => {
                let pattern = this.pattern(kind);
                items.extend(key.take().map(|key| KeyPattern { key, pattern }));
            }
            kind => {
                let number = this.value(kind);
                key = Some(this.signed(minus.take(), number));
            }
        });
        Pattern::Mapping { items: self.list(&items), rest }
    }

    fn class_pattern(&mut self) -> Pattern {
        let mut class = None;
        let mut positional = Vec::new();
        let mut keywords = Vec::new();
        self.children(|this, child| match child.kind {
            Kind::DottedName if class.is_none() => class = Some(this.dotted_value()),
            Kind::CasePattern => match this.keyword() {
                Some(keyword) => keywords.push(keyword),
                None => positional.push(this.pattern(Kind::CasePattern)),
            },
            _ => {}
        });
        let positional = self.list(&positional);
        let keywords = self.list(&keywords);
        class.map_or(Pattern::Unknown, |class| Pattern::Class { class, positional, keywords })
    }

    /// `name=pattern` inside the case pattern being read; the grammar reads `name=pattern as x` as a capture
    /// around the keyword.
    fn keyword(&mut self) -> Option<NamedPattern> {
        let first = self.at.child(0)?;
        let is_keyword = match Kind::of(first) {
            Kind::KeywordPattern => true,
            Kind::AsPattern => Kind::of(first.child(0)?.child(0)?) == Kind::KeywordPattern,
            _ => false,
        };
        if !is_keyword {
            return None;
        }
        let mut name = None;
        let mut parts = Parts::default();
        let mut capture = None;
        self.children(|this, child| match child.kind {
            Kind::AsPattern => this.children(|this, child| match child.kind {
                Kind::CasePattern => this.children(|this, _| name = this.keyword_parts(&mut parts)),
                Kind::Identifier => capture = Some((this.name(child.span()), child.span())),
                _ => {}
            }),
            _ => name = this.keyword_parts(&mut parts),
        });
        let mut pattern = *parts.ids.first()?;
        if let Some((name, at)) = capture {
            let span = parts.span?.cover(at);
            pattern = self.push_pattern(Pattern::As { pattern: Some(pattern), name: Some(name) }, span);
        }
        Some(NamedPattern { name: name?, pattern })
    }

    fn keyword_parts(&mut self, parts: &mut Parts) -> Option<Symbol> {
        let mut name = None;
        self.children(|this, child| match child.kind {
            Kind::Identifier if name.is_none() => name = Some(this.name(child.span())),
            kind => this.pattern_part(kind, parts),
        });
        name
    }

    fn capture_name(&mut self) -> Option<Symbol> {
        let mut name = None;
        self.children(|this, child| {
            if child.kind == Kind::Identifier && this.slice(child.span()) != "_" {
                name = Some(this.name(child.span()));
            }
        });
        name
    }

    /// A bare name captures, a dotted one is a value.
    fn name_pattern(&mut self, span: Span) -> Pattern {
        let text = self.slice(span);
        if text.contains('.') {
            return Pattern::Value(self.dotted_value());
        }
        let name = (text != "_").then(|| self.name(span));
        Pattern::As { pattern: None, name }
    }

    /// A literal, number or dotted name being read.
    fn value(&mut self, kind: Kind) -> ExprId {
        match kind {
            Kind::DottedName => self.dotted_value(),
            Kind::ComplexPattern => self.complex(),
            _ => self.expression(kind),
        }
    }

    fn dotted_value(&mut self) -> ExprId {
        let whole = self.here();
        let mut value: Option<ExprId> = None;
        self.children(|this, child| {
            if child.kind != Kind::Identifier {
                return;
            }
            let name = this.name(child.span());
            let (kind, span) = match value {
                None => (Expr::Name(name), child.span()),
                Some(value) => (Expr::Attribute { value, name }, Span::new(whole.start, child.span().end)),
            };
            value = Some(this.expr(kind, span));
        });
        value.unwrap_or_else(|| self.expr(Expr::Unknown, whole))
    }

    /// `1 + 2j` or `-1 - 2j` being read.
    fn complex(&mut self) -> ExprId {
        let span = self.here();
        let mut left: Option<ExprId> = None;
        let mut minus: Option<Span> = None;
        let mut op = BinaryOp::Add;
        let mut result = None;
        self.children(|this, child| match child.kind {
            Kind::TokenMinus if left.is_none() => minus = Some(child.span()),
            Kind::TokenMinus => op = BinaryOp::Sub,
            kind if kind.is_token() => {}
            kind => {
                let number = this.expression(kind);
                match left {
                    None => left = Some(this.signed(minus, number)),
                    Some(left) => result = Some(this.expr(Expr::Binary { left, op, right: number }, span)),
                }
            }
        });
        result.unwrap_or_else(|| self.expr(Expr::Unknown, span))
    }

    fn negative_number(&mut self, minus: Span, kind: Kind) -> PatternId {
        let number = self.expression(kind);
        let value = self.signed(Some(minus), number);
        self.push_pattern(Pattern::Value(value), self.module.exprs[value.index()].span)
    }

    fn signed(&mut self, minus: Option<Span>, operand: ExprId) -> ExprId {
        let Some(minus) = minus else { return operand };
        let span = minus.cover(self.module.exprs[operand.index()].span);
        self.expr(Expr::Unary { op: UnaryOp::USub, operand }, span)
    }
}
