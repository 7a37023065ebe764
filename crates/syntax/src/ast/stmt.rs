//! Statements and definitions.

use backlint_source::Span;

use super::{Arg, BinaryOp, ClassId, ExprId, FunctionId, List, PatternId, StmtId, Symbol};

/// The statements of a block.
pub type Body = List<StmtId>;

/// A statement and its place. Decorators are not part of a definition's place.
#[derive(Clone, Copy, Debug)]
pub struct StmtNode {
    /// What it is.
    pub kind: Stmt,
    /// Where it stands.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Copy, Debug)]
pub enum Stmt {
    /// `def` or `async def`.
    Function(FunctionId),
    /// `class`.
    Class(ClassId),
    /// `return`.
    Return(Option<ExprId>),
    /// `del a, b`.
    Delete(List<ExprId>),
    /// `a = b = value`.
    Assign {
        /// Targets from left to right.
        targets: List<ExprId>,
        /// The value.
        value: ExprId,
    },
    /// `target += value`.
    AugAssign {
        /// The target.
        target: ExprId,
        /// The operator.
        op: BinaryOp,
        /// The value.
        value: ExprId,
    },
    /// `target: annotation = value`.
    AnnAssign {
        /// The target.
        target: ExprId,
        /// The annotation.
        annotation: ExprId,
        /// The value, if any.
        value: Option<ExprId>,
    },
    /// `type Name[T] = value`.
    TypeAlias {
        /// The name.
        name: ExprId,
        /// Type parameters.
        params: List<TypeParam>,
        /// The value.
        value: ExprId,
    },
    /// `for target in iter`.
    For {
        /// The loop target.
        target: ExprId,
        /// What is iterated.
        iter: ExprId,
        /// The body.
        body: Body,
        /// The `else` block.
        orelse: Body,
        /// `async for`.
        is_async: bool,
    },
    /// `while test`.
    While {
        /// The condition.
        test: ExprId,
        /// The body.
        body: Body,
        /// The `else` block.
        orelse: Body,
    },
    /// `if … elif … else`: one clause per condition.
    If {
        /// The clauses, at least one.
        clauses: List<IfClause>,
        /// The `else` block.
        orelse: Body,
    },
    /// `with a as b, c`.
    With {
        /// The context managers.
        items: List<WithItem>,
        /// The body.
        body: Body,
        /// `async with`.
        is_async: bool,
    },
    /// `match subject`.
    Match {
        /// The subject.
        subject: ExprId,
        /// The cases.
        cases: List<Case>,
    },
    /// `raise exception from cause`.
    Raise {
        /// The exception; none re-raises.
        exception: Option<ExprId>,
        /// The cause.
        cause: Option<ExprId>,
    },
    /// `try`.
    Try {
        /// The guarded block.
        body: Body,
        /// The `except` clauses.
        handlers: List<Handler>,
        /// The `else` block.
        orelse: Body,
        /// The `finally` block.
        finally: Body,
    },
    /// `assert test, message`.
    Assert {
        /// The condition.
        test: ExprId,
        /// The message.
        message: Option<ExprId>,
    },
    /// `import a.b as c`.
    Import(List<Alias>),
    /// `from ..module import a as b`.
    ImportFrom {
        /// The module without leading dots; none for `from . import x`.
        module: Option<Symbol>,
        /// Number of leading dots.
        level: u32,
        /// The names; a single `*` for a star import.
        names: List<Alias>,
    },
    /// `global a, b`.
    Global(List<Symbol>),
    /// `nonlocal a, b`.
    Nonlocal(List<Symbol>),
    /// An expression.
    Expr(ExprId),
    /// `pass`.
    Pass,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// Something the parser could not read, or nested too deeply to follow.
    Unknown,
}

/// `@expression`.
#[derive(Clone, Copy, Debug)]
pub struct Decorator {
    /// The expression behind the `@`.
    pub expr: ExprId,
    /// From the `@` to the end of the expression.
    pub span: Span,
}

/// A function definition.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its name.
    pub name: Symbol,
    /// Where the name stands.
    pub name_span: Span,
    /// Decorators from top to bottom.
    pub decorators: List<Decorator>,
    /// Type parameters.
    pub type_params: List<TypeParam>,
    /// Parameters in source order.
    pub params: List<Param>,
    /// The return annotation.
    pub returns: Option<ExprId>,
    /// `async def`.
    pub is_async: bool,
    /// The statement that defines it.
    pub stmt: StmtId,
    /// From `def` or `async` to the colon before the body.
    pub header: Span,
    pub(crate) body: Body,
}

/// A class definition.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    /// Its name.
    pub name: Symbol,
    /// Where the name stands.
    pub name_span: Span,
    /// Decorators from top to bottom.
    pub decorators: List<Decorator>,
    /// Type parameters.
    pub type_params: List<TypeParam>,
    /// Bases and class keywords.
    pub bases: List<Arg>,
    /// The statement that defines it.
    pub stmt: StmtId,
    /// From `class` to the colon before the body.
    pub header: Span,
    /// Its statements.
    pub body: Body,
}

/// A lambda.
#[derive(Clone, Copy, Debug)]
pub struct Lambda {
    /// Parameters in source order.
    pub params: List<Param>,
    /// The value.
    pub body: ExprId,
}

/// How a parameter takes arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// Before `/`.
    PositionalOnly,
    /// Ordinary.
    Positional,
    /// `*args`.
    VarArgs,
    /// Behind `*`.
    KeywordOnly,
    /// `**kwargs`.
    VarKeywords,
}

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name.
    pub name: Symbol,
    /// Where the name stands.
    pub name_span: Span,
    /// How it takes arguments.
    pub kind: ParamKind,
    /// The annotation.
    pub annotation: Option<ExprId>,
    /// The default.
    pub default: Option<ExprId>,
}

/// What a type parameter stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeParamKind {
    /// `T`.
    TypeVar,
    /// `*Ts`.
    TypeVarTuple,
    /// `**P`.
    ParamSpec,
}

/// A type parameter (PEP 695, PEP 696).
#[derive(Clone, Copy, Debug)]
pub struct TypeParam {
    /// Its name.
    pub name: Symbol,
    /// What it stands for.
    pub kind: TypeParamKind,
    /// The bound.
    pub bound: Option<ExprId>,
    /// The default.
    pub default: Option<ExprId>,
    /// Where it stands.
    pub span: Span,
}

/// A condition of an `if` statement and its block.
#[derive(Clone, Copy, Debug)]
pub struct IfClause {
    /// The condition.
    pub test: ExprId,
    /// The block.
    pub body: Body,
    /// From `if` or `elif` to the end of the block.
    pub span: Span,
}

/// A context manager of a `with` statement.
#[derive(Clone, Copy, Debug)]
pub struct WithItem {
    /// The context manager.
    pub context: ExprId,
    /// Behind `as`.
    pub target: Option<ExprId>,
}

/// An `except` clause.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// The exception type; none for a bare `except`. Several without parentheses (PEP 758) are a tuple.
    pub kind: Option<ExprId>,
    /// Behind `as`.
    pub name: Option<Symbol>,
    /// The block.
    pub body: Body,
    /// `except*`.
    pub is_star: bool,
    /// The whole clause.
    pub span: Span,
    /// From `except` to the colon.
    pub header: Span,
}

/// A `case` clause.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The pattern.
    pub pattern: PatternId,
    /// The condition behind `if`.
    pub guard: Option<ExprId>,
    /// The block.
    pub body: Body,
}

/// An imported name.
#[derive(Clone, Copy, Debug)]
pub struct Alias {
    /// The name, dotted for `import a.b`, `*` for a star import.
    pub name: Symbol,
    /// Behind `as`.
    pub asname: Option<Symbol>,
    /// Where it stands.
    pub span: Span,
}
