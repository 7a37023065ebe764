//! Expressions.

use backlint_source::Span;

use super::{ComprehensionId, ExprId, LambdaId, List, Symbol};

/// An expression and its place. Parentheses are not part of the place, those of tuples and generators are.
#[derive(Clone, Copy, Debug)]
pub struct ExprNode {
    /// What it is.
    pub kind: Expr,
    /// Where it stands.
    pub span: Span,
}

/// An expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expr {
    /// A name.
    Name(Symbol),
    /// `True`.
    True,
    /// `False`.
    False,
    /// `None`.
    None,
    /// `...`.
    Ellipsis,
    /// An integer, as written.
    Int(Symbol),
    /// A float, as written.
    Float(Symbol),
    /// An imaginary number, as written.
    Imaginary(Symbol),
    /// A string without interpolation, escapes decoded and adjacent literals joined.
    Str(Symbol),
    /// Bytes, escapes decoded; each byte is the character of the same number.
    Bytes(Symbol),
    /// An f-string (or a concatenation that holds one).
    FString(List<Part>),
    /// A template string (PEP 750).
    TString(List<Part>),
    /// `value.name`.
    Attribute {
        /// The object.
        value: ExprId,
        /// The attribute.
        name: Symbol,
    },
    /// `value[index]`; several indices are a tuple.
    Subscript {
        /// The container.
        value: ExprId,
        /// The index.
        index: ExprId,
    },
    /// `lower:upper:step` inside a subscript.
    Slice {
        /// Before the first colon.
        lower: Option<ExprId>,
        /// Behind it.
        upper: Option<ExprId>,
        /// Behind the second one.
        step: Option<ExprId>,
    },
    /// `function(arguments)`.
    Call {
        /// The callee.
        function: ExprId,
        /// Its arguments in source order.
        args: List<Arg>,
    },
    /// `left op right`.
    Binary {
        /// Left operand.
        left: ExprId,
        /// Operator.
        op: BinaryOp,
        /// Right operand.
        right: ExprId,
    },
    /// `op operand`.
    Unary {
        /// Operator.
        op: UnaryOp,
        /// Operand.
        operand: ExprId,
    },
    /// `a and b and c`: operands of one unparenthesised run.
    Bool {
        /// Operator.
        op: BoolOp,
        /// At least two operands.
        values: List<ExprId>,
    },
    /// `left < a <= b`.
    Compare {
        /// Leftmost operand.
        left: ExprId,
        /// Operators and their right operands.
        rest: List<Comparison>,
    },
    /// `body if test else orelse`.
    Conditional {
        /// The condition.
        test: ExprId,
        /// Value if true.
        body: ExprId,
        /// Value if false.
        orelse: ExprId,
    },
    /// `lambda …: …`.
    Lambda(LambdaId),
    /// A tuple.
    Tuple(List<ExprId>),
    /// A list display.
    List(List<ExprId>),
    /// A set display.
    Set(List<ExprId>),
    /// A dict display.
    Dict(List<DictItem>),
    /// A list, set or dict comprehension or a generator expression.
    Comprehension(ComprehensionId),
    /// `await value`.
    Await(ExprId),
    /// `yield` or `yield value`.
    Yield(Option<ExprId>),
    /// `yield from value`.
    YieldFrom(ExprId),
    /// `*value`.
    Starred(ExprId),
    /// `target := value`.
    Named {
        /// A name.
        target: ExprId,
        /// Its new value.
        value: ExprId,
    },
    /// Something the parser could not read, or nested too deeply to follow.
    Unknown,
}

/// How an argument is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgKind {
    /// `f(value)`.
    Positional,
    /// `f(name=value)`.
    Keyword(Symbol),
    /// `f(*value)`.
    Star,
    /// `f(**value)`.
    DoubleStar,
}

/// An argument of a call or a base of a class.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// How it is passed.
    pub kind: ArgKind,
    /// What is passed.
    pub value: ExprId,
    /// The whole argument, keyword included.
    pub span: Span,
}

/// One entry of a dict display.
#[derive(Clone, Copy, Debug)]
pub struct DictItem {
    /// The key; none for `**value`.
    pub key: Option<ExprId>,
    /// The value.
    pub value: ExprId,
}

/// An operator of a comparison and what stands right of it.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// The operator.
    pub op: CompareOp,
    /// The operand right of it.
    pub right: ExprId,
}

/// A piece of an f-string.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// Literal text, escapes decoded.
    Text(Symbol),
    /// An interpolated expression.
    Value {
        /// The expression.
        value: ExprId,
        /// `!r`, `!s` or `!a`.
        conversion: Conversion,
        /// The format specification, an f-string itself.
        format: Option<ExprId>,
    },
}

/// The conversion of an interpolation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// None given.
    None,
    /// `!s`.
    Str,
    /// `!r`, also implied by `=`.
    Repr,
    /// `!a`.
    Ascii,
}

/// What a comprehension builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComprehensionKind {
    /// `[…]`.
    List,
    /// `{…}`.
    Set,
    /// `{k: v …}`.
    Dict,
    /// `(…)`.
    Generator,
}

/// A comprehension or generator expression.
#[derive(Clone, Copy, Debug)]
pub struct Comprehension {
    /// What it builds.
    pub kind: ComprehensionKind,
    /// The element, or the key of a dict comprehension.
    pub element: ExprId,
    /// The value of a dict comprehension.
    pub value: Option<ExprId>,
    /// Its `for` clauses.
    pub generators: List<Generator>,
}

/// One `for … in … if …` of a comprehension.
#[derive(Clone, Copy, Debug)]
pub struct Generator {
    /// The loop target.
    pub target: ExprId,
    /// What is iterated.
    pub iter: ExprId,
    /// The conditions.
    pub conditions: List<ExprId>,
    /// `async for`.
    pub is_async: bool,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Python's own")]
pub enum BinaryOp {
    Add,
    Sub,
    Mult,
    MatMult,
    Div,
    Mod,
    Pow,
    LShift,
    RShift,
    BitOr,
    BitXor,
    BitAnd,
    FloorDiv,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Python's own")]
pub enum UnaryOp {
    Invert,
    Not,
    UAdd,
    USub,
}

/// Boolean operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Python's own")]
pub enum BoolOp {
    And,
    Or,
}

/// Comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Python's own")]
pub enum CompareOp {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}
