//! Numbers, strings and their pieces.

use backlint_source::Span;
use tree_sitter::Node;

use super::kinds::Kind;
use super::{Lowering, Repair, offset};
use crate::ast::{Conversion, Expr, ExprId, Part};
use crate::escape::{Literal, StringPrefix};
use crate::module::SyntaxProblemKind;

/// The pieces of one string or of adjacent ones.
#[derive(Default)]
struct Pieces {
    parts: Vec<Part>,
    text: String,
    is_interpolated: bool,
    is_template: bool,
    is_bytes: bool,
}

impl Lowering<'_> {
    pub(super) fn number(&mut self, kind: Kind, span: Span) -> Expr {
        let text = self.slice(span);
        let symbol = self.module.texts.intern(text);
        if is_python2_number(kind, text) {
            self.problem(span, SyntaxProblemKind::Unexpected);
        }
        let is_hex = text.starts_with("0x") || text.starts_with("0X");
        if text.ends_with(['j', 'J']) {
            Expr::Imaginary(symbol)
        } else if kind == Kind::Float && !is_hex {
            Expr::Float(symbol)
        } else {
            Expr::Int(symbol)
        }
    }

    /// A single string literal. One without interpolation needs no look at its children.
    pub(super) fn string(&mut self, span: Span) -> ExprId {
        let mut pieces = Pieces::default();
        self.add_string(span, &mut pieces);
        self.finish_string(pieces, span)
    }

    pub(super) fn concatenated_string(&mut self, span: Span) -> ExprId {
        let mut pieces = Pieces::default();
        self.children(|this, child| {
            if child.kind == Kind::String {
                this.add_string(child.span(), &mut pieces);
            }
        });
        self.finish_string(pieces, span)
    }

    fn finish_string(&mut self, mut pieces: Pieces, span: Span) -> ExprId {
        if !pieces.is_interpolated {
            let symbol = self.module.texts.push(&pieces.text);
            return self.expr(if pieces.is_bytes { Expr::Bytes(symbol) } else { Expr::Str(symbol) }, span);
        }
        self.flush_text(&mut pieces);
        let parts = self.list(&pieces.parts);
        self.expr(if pieces.is_template { Expr::TString(parts) } else { Expr::FString(parts) }, span)
    }

    fn flush_text(&mut self, pieces: &mut Pieces) {
        if !pieces.text.is_empty() {
            let symbol = self.module.texts.push(&pieces.text);
            pieces.parts.push(Part::Text(symbol));
            pieces.text.clear();
        }
    }

    fn add_string(&mut self, span: Span, pieces: &mut Pieces) {
        let literal = Literal::of(self.slice(span));
        let prefix = literal.prefix;
        if literal.is_backquoted {
            self.problem(span, SyntaxProblemKind::Unexpected);
        }
        pieces.is_bytes |= prefix.is_bytes;
        if !prefix.is_interpolated() {
            prefix.decode(literal.content, self.has_carriage_returns, &mut pieces.text);
            return;
        }
        pieces.is_interpolated = true;
        pieces.is_template |= prefix.is_template;
        let content_end = span.end - offset(literal.quote_width);
        self.children(|this, child| match child.kind {
            Kind::StringContent => this.add_content(child.span(), prefix, pieces),
            // In a raw string an escaped quote behind an interpolation is read as part of the closing quotes.
            Kind::StringEnd => this.add_content(Span::new(child.span().start, content_end), prefix, pieces),
            Kind::Interpolation => this.interpolation(prefix, pieces),
            _ => {}
        });
    }

    /// Literal text of an f-string, where `{{` and `}}` stand for one brace.
    fn add_content(&mut self, span: Span, prefix: StringPrefix, pieces: &mut Pieces) {
        let content = self.slice(span);
        if content.contains(['{', '}']) {
            prefix.decode_braces(content, self.has_carriage_returns, &mut pieces.text);
        } else {
            prefix.decode(content, self.has_carriage_returns, &mut pieces.text);
        }
    }

    /// `{value=!r:format}` being read, in a string with the given prefix.
    fn interpolation(&mut self, prefix: StringPrefix, pieces: &mut Pieces) {
        let whole = self.here();
        let mut value = None;
        let mut conversion = Conversion::None;
        let mut format = None;
        let mut shown_up_to = None;
        self.children(|this, child| match child.kind {
            Kind::TypeConversion => conversion = conversion_of(this.slice(child.span())),
            Kind::FormatSpecifier => format = Some(this.format_specifier(child.span(), prefix)),
            Kind::TokenEqual => shown_up_to = Some(child.span().end),
            kind if kind.is_token() => {}
            kind => {
                this.repair_format(child.node);
                value = Some(this.expression(kind));
            }
        });
        // `{value=}` shows its own source text and the value's repr.
        if let Some(end) = shown_up_to {
            let blanks = self.text[end as usize..].bytes().take_while(u8::is_ascii_whitespace).count();
            let shown = self.slice(Span::new(whole.start + 1, end + offset(blanks)));
            StringPrefix::RAW.decode(shown, self.has_carriage_returns, &mut pieces.text);
            if conversion == Conversion::None && format.is_none() {
                conversion = Conversion::Repr;
            }
        }
        self.flush_text(pieces);
        let value = value.unwrap_or_else(|| self.expr(Expr::Unknown, whole));
        pieces.parts.push(Part::Value { value, conversion, format });
    }

    /// `{value:=10}` has the format `=10`, but the grammar reads `:=`; a format that starts with another letter it knows.
    fn repair_format(&mut self, value: Node<'_>) {
        let mut node = value;
        while matches!(
            Kind::of(node),
            Kind::BooleanOperator
                | Kind::ConditionalExpression
                | Kind::ExpressionList
                | Kind::Lambda
                | Kind::NotOperator
        ) {
            let Some(last) = node.child_count().checked_sub(1).and_then(|last| node.child(last)) else { return };
            node = last;
        }
        if Kind::of(node) == Kind::NamedExpression
            && let Some(operator) = node.child(1)
        {
            self.repairs.push(Repair { at: operator.start_byte() + 1, byte: b'~' });
        }
    }

    /// The `:…` of an interpolation being read, as an f-string of its own.
    fn format_specifier(&mut self, span: Span, prefix: StringPrefix) -> ExprId {
        self.nested(|this| this.format_parts(span, prefix), |this| this.expr(Expr::Unknown, span))
    }

    fn format_parts(&mut self, span: Span, prefix: StringPrefix) -> ExprId {
        let mut pieces = Pieces { is_interpolated: true, ..Pieces::default() };
        let mut done = span.start + 1;
        self.children(|this, child| {
            if child.kind == Kind::FormatExpression {
                this.add_content(Span::new(done, child.span().start), prefix, &mut pieces);
                done = child.span().end;
                this.interpolation(prefix, &mut pieces);
            }
        });
        self.add_content(Span::new(done, span.end), prefix, &mut pieces);
        self.finish_string(pieces, span)
    }
}

/// `0777` and `10L`, which the grammar still reads.
fn is_python2_number(kind: Kind, text: &str) -> bool {
    let digits = text.trim_end_matches(['j', 'J']);
    let is_octal = kind == Kind::Integer
        && digits.len() == text.len()
        && text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
        && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    is_octal || text.ends_with(['l', 'L'])
}

fn conversion_of(text: &str) -> Conversion {
    match text {
        "!s" => Conversion::Str,
        "!r" => Conversion::Repr,
        "!a" => Conversion::Ascii,
        _ => Conversion::None,
    }
}
