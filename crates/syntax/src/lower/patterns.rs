//! Patterns of `match` statements.

use backlint_source::Span;

use super::kinds::Kind;
use super::Lowering;
use crate::ast::{BinaryOp, Expr, ExprId, KeyPattern, NamedPattern, Pattern, PatternId, PatternNode, Symbol, UnaryOp};

/// The pieces of a keyword pattern.
#[derive(Default)]
struct KeywordParts {
    name: Option<Symbol>,
    patterns: Vec<PatternId>,
    capture: Option<(Symbol, Span)>,
}

impl Lowering<'_> {
    fn push_pattern(&mut self, kind: Pattern, span: Span) -> PatternId {
        self.module.patterns.push(PatternNode { kind, span });
        PatternId::new(self.module.patterns.len() - 1)
    }

    /// The pattern under the cursor.
    pub(super) fn pattern(&mut self, kind: Kind) -> PatternId {
        self.nested(|this| this.pattern_here(kind), |this| this.push_pattern(Pattern::Unknown, this.here()))
    }

    /// `case a, b:` is a sequence without brackets.
    pub(super) fn open_sequence(&mut self, patterns: &[PatternId], last_comma: Option<Span>) -> Option<PatternId> {
        match (patterns, last_comma) {
            (&[only], None) => Some(only),
            (&[first, ..], _) => {
                let last = patterns.last().copied().unwrap_or(first);
                let end = last_comma.unwrap_or(self.pattern_span(last));
                let span = self.pattern_span(first).cover(self.pattern_span(last)).cover(end);
                let list = self.list(patterns);
                Some(self.push_pattern(Pattern::Sequence(list), span))
            }
            ([], _) => None,
        }
    }

    fn pattern_span(&self, id: PatternId) -> Span {
        self.module.patterns[id.index()].span
    }

    fn pattern_here(&mut self, kind: Kind) -> PatternId {
        let span = self.here();
        match kind {
            Kind::CasePattern => self.case_pattern(span),
            Kind::AsPattern => self.as_capture(span),
            Kind::UnionPattern => self.union_pattern(span),
            Kind::ListPattern => self.sequence_pattern(span),
            Kind::TuplePattern => self.tuple_pattern(span),
            Kind::DictPattern => self.mapping_pattern(span),
            Kind::ClassPattern => self.class_pattern(span),
            Kind::SplatPattern => {
                let name = self.capture_name();
                self.push_pattern(Pattern::Star(name), span)
            }
            Kind::DottedName => self.name_pattern(span),
            Kind::ComplexPattern => {
                let value = self.complex(span);
                self.push_pattern(Pattern::Value(value), span)
            }
            Kind::TokenUnderscore => self.push_pattern(Pattern::As { pattern: None, name: None }, span),
            _ => {
                let value = self.expression(kind);
                self.push_pattern(Pattern::Value(value), span)
            }
        }
    }

    /// The wrapper around each pattern of a case: one pattern, a negative number or `_`.
    fn case_pattern(&mut self, span: Span) -> PatternId {
        let mut parts = Vec::new();
        self.children(|this, child| this.pattern_part(child.kind, &mut parts));
        parts.into_iter().next().unwrap_or_else(|| self.push_pattern(Pattern::As { pattern: None, name: None }, span))
    }

    /// Adds the pattern under the cursor to `parts`; a minus sign negates the number behind it.
    fn pattern_part(&mut self, kind: Kind, parts: &mut Vec<PatternId>) {
        match kind {
            Kind::TokenMinus => {
                let start = self.here();
                let marker = self.push_pattern(Pattern::Unknown, start);
                parts.push(marker);
            }
            kind if kind.is_token() && kind != Kind::TokenUnderscore => {}
            kind => {
                let found = self.pattern(kind);
                match parts.last().copied().filter(|&last| self.is_minus(last)) {
                    Some(minus) => {
                        parts.pop();
                        parts.push(self.negated(minus, found));
                    }
                    None => parts.push(found),
                }
            }
        }
    }

    fn is_minus(&self, id: PatternId) -> bool {
        let node = self.module.patterns[id.index()];
        matches!(node.kind, Pattern::Unknown) && self.slice(node.span) == "-"
    }

    fn negated(&mut self, minus: PatternId, number: PatternId) -> PatternId {
        let span = self.pattern_span(minus).cover(self.pattern_span(number));
        let Pattern::Value(operand) = self.module.patterns[number.index()].kind else { return number };
        let value = self.expr(Expr::Unary { op: UnaryOp::USub, operand }, span);
        self.push_pattern(Pattern::Value(value), span)
    }

    fn as_capture(&mut self, span: Span) -> PatternId {
        let mut parts = Vec::new();
        let mut name = None;
        self.children(|this, child| match child.kind {
            Kind::Identifier => name = Some(this.name(child.span())),
            kind => this.pattern_part(kind, &mut parts),
        });
        self.push_pattern(Pattern::As { pattern: parts.first().copied(), name }, span)
    }

    fn parts(&mut self) -> Vec<PatternId> {
        let mut parts = Vec::new();
        self.children(|this, child| this.pattern_part(child.kind, &mut parts));
        parts
    }

    fn union_pattern(&mut self, span: Span) -> PatternId {
        let parts = self.parts();
        let list = self.list(&parts);
        self.push_pattern(Pattern::Or(list), span)
    }

    fn sequence_pattern(&mut self, span: Span) -> PatternId {
        let parts = self.parts();
        let list = self.list(&parts);
        self.push_pattern(Pattern::Sequence(list), span)
    }

    /// `(a, b)` is a sequence, `(a)` only a group.
    fn tuple_pattern(&mut self, span: Span) -> PatternId {
        let mut parts = Vec::new();
        let mut has_comma = false;
        self.children(|this, child| {
            has_comma |= child.kind == Kind::TokenComma;
            this.pattern_part(child.kind, &mut parts);
        });
        if let (&[only], false) = (parts.as_slice(), has_comma) {
            return only;
        }
        let list = self.list(&parts);
        self.push_pattern(Pattern::Sequence(list), span)
    }

    fn mapping_pattern(&mut self, span: Span) -> PatternId {
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
                let number = this.key(kind);
                key = Some(this.signed(minus.take(), number));
            }
        });
        let items = self.list(&items);
        self.push_pattern(Pattern::Mapping { items, rest }, span)
    }

    fn key(&mut self, kind: Kind) -> ExprId {
        if kind == Kind::DottedName { self.dotted_value() } else { self.expression(kind) }
    }

    fn class_pattern(&mut self, span: Span) -> PatternId {
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
        let kind = class.map_or(Pattern::Unknown, |class| Pattern::Class { class, positional, keywords });
        self.push_pattern(kind, span)
    }

    /// `name=pattern` inside the case pattern under the cursor; the grammar reads `name=pattern as x` as a capture
    /// around the keyword.
    fn keyword(&mut self) -> Option<NamedPattern> {
        let first = self.cursor.node().child(0)?;
        let (is_captured, keyword) = match Kind::of(first) {
            Kind::KeywordPattern => (false, first),
            Kind::AsPattern => (true, first.child(0)?.child(0)?),
            _ => return None,
        };
        if Kind::of(keyword) != Kind::KeywordPattern {
            return None;
        }
        let mut found = KeywordParts::default();
        self.children(|this, child| match child.kind {
            Kind::KeywordPattern => this.keyword_parts(&mut found),
            Kind::AsPattern => this.children(|this, child| match child.kind {
                Kind::CasePattern => this.children(|this, child| {
                    if child.kind == Kind::KeywordPattern {
                        this.keyword_parts(&mut found);
                    }
                }),
                Kind::Identifier => found.capture = Some((this.name(child.span()), child.span())),
                _ => {}
            }),
            _ => {}
        });
        let inner = *found.patterns.first()?;
        let pattern = match found.capture.filter(|_| is_captured) {
            Some((name, span)) => {
                let span = self.pattern_span(inner).cover(span);
                self.push_pattern(Pattern::As { pattern: Some(inner), name: Some(name) }, span)
            }
            None => inner,
        };
        Some(NamedPattern { name: found.name?, pattern })
    }

    fn keyword_parts(&mut self, found: &mut KeywordParts) {
        self.children(|this, child| match child.kind {
            Kind::Identifier if found.name.is_none() => found.name = Some(this.name(child.span())),
            kind => this.pattern_part(kind, &mut found.patterns),
        });
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
    fn name_pattern(&mut self, span: Span) -> PatternId {
        let text = self.slice(span);
        if text.contains('.') {
            let value = self.dotted_value();
            return self.push_pattern(Pattern::Value(value), span);
        }
        let name = (text != "_").then(|| self.name(span));
        self.push_pattern(Pattern::As { pattern: None, name }, span)
    }

    /// The dotted name under the cursor as an expression.
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

    /// `1 + 2j` or `-1 - 2j` under the cursor.
    fn complex(&mut self, span: Span) -> ExprId {
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

    fn signed(&mut self, minus: Option<Span>, operand: ExprId) -> ExprId {
        let Some(minus) = minus else { return operand };
        let span = minus.cover(self.span(operand));
        self.expr(Expr::Unary { op: UnaryOp::USub, operand }, span)
    }
}
