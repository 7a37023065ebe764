//! Patterns of `match` statements.

use backlint_source::Span;

use super::{ExprId, List, PatternId, Symbol};

/// A pattern and its place.
#[derive(Clone, Copy, Debug)]
pub struct PatternNode {
    /// What it is.
    pub kind: Pattern,
    /// Where it stands.
    pub span: Span,
}

/// A pattern.
#[derive(Clone, Copy, Debug)]
pub enum Pattern {
    /// A literal or dotted name compared with `==`, or a singleton compared with `is`.
    Value(ExprId),
    /// `[a, b]` or `(a, b)` or `a, b`.
    Sequence(List<PatternId>),
    /// `{key: pattern, **rest}`.
    Mapping {
        /// Keys and their patterns.
        items: List<KeyPattern>,
        /// Behind `**`.
        rest: Option<Symbol>,
    },
    /// `Class(a, b, key=c)`.
    Class {
        /// The class.
        class: ExprId,
        /// Positional patterns.
        positional: List<PatternId>,
        /// Keyword patterns.
        keywords: List<NamedPattern>,
    },
    /// `*name`; none for `*_`.
    Star(Option<Symbol>),
    /// `pattern as name`, a bare capture without pattern, or `_` without both.
    As {
        /// The pattern.
        pattern: Option<PatternId>,
        /// The captured name.
        name: Option<Symbol>,
    },
    /// `a | b`.
    Or(List<PatternId>),
    /// Something the parser could not read, or nested too deeply to follow.
    Unknown,
}

/// A key of a mapping pattern.
#[derive(Clone, Copy, Debug)]
pub struct KeyPattern {
    /// The key.
    pub key: ExprId,
    /// What its value must match.
    pub pattern: PatternId,
}

/// A keyword of a class pattern.
#[derive(Clone, Copy, Debug)]
pub struct NamedPattern {
    /// The attribute.
    pub name: Symbol,
    /// What it must match.
    pub pattern: PatternId,
}
