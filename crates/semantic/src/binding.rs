//! Scopes and what names are bound to in them.

use backlint_source::Span;
use backlint_syntax::ast::{ClassId, ExprId, FunctionId, LambdaId, StmtId, Symbol};

/// A scope of one file; the module's own is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub(crate) u32);

impl ScopeId {
    /// The scope of the module.
    pub const MODULE: Self = Self(0);

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What opened a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The file.
    Module,
    /// A function body.
    Function(FunctionId),
    /// A class body.
    Class(ClassId),
    /// A lambda.
    Lambda(LambdaId),
    /// A comprehension or generator expression.
    Comprehension,
    /// The type parameters of a generic definition (PEP 695).
    TypeParams,
}

/// A scope and the one around it.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// What opened it.
    pub kind: ScopeKind,
    /// The scope around it.
    pub parent: Option<ScopeId>,
}

/// An imported name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Import {
    /// Module part of `from module import name`, or the dotted name of `import a.b`.
    pub module: Option<Symbol>,
    /// Leading dots.
    pub level: u32,
    /// Imported name of a `from` import; `*` for a star import.
    pub name: Option<Symbol>,
    /// Whether the bound name stands for the whole dotted module (`import a.b as c`) rather than for its first
    /// segment (`import a.b`).
    pub is_aliased: bool,
}

/// How a name gets its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// An import.
    Import(Import),
    /// A function definition.
    Function(FunctionId),
    /// A class definition.
    Class(ClassId),
    /// A parameter; the number is its place.
    Param(FunctionId, u32),
    /// A parameter of a lambda.
    LambdaParam,
    /// `name = value` or `name: annotation = value`.
    Assign {
        /// The value; none for a bare annotation.
        value: Option<ExprId>,
        /// The annotation.
        annotation: Option<ExprId>,
    },
    /// Part of a target that is unpacked from a value.
    Unpack {
        /// The value that is unpacked.
        value: ExprId,
    },
    /// `name += value`.
    Augmented,
    /// Target of a loop or comprehension.
    Loop {
        /// What is iterated.
        iter: ExprId,
    },
    /// `with context as name`.
    With {
        /// The context manager.
        context: ExprId,
    },
    /// `except kind as name`.
    Except {
        /// The exception type.
        kind: Option<ExprId>,
    },
    /// `name := value`.
    Named {
        /// The value.
        value: ExprId,
    },
    /// Captured by a pattern.
    Capture,
    /// A type parameter.
    TypeParam,
    /// `type Name = …`.
    TypeAlias {
        /// The value.
        value: ExprId,
    },
    /// `del name`.
    Deleted,
}

/// One place that binds a name in a scope.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// The scope that gets the name (`global` and `nonlocal` obeyed).
    pub scope: ScopeId,
    /// The name.
    pub name: Symbol,
    /// How.
    pub kind: BindingKind,
    /// Where the name stands.
    pub span: Span,
    /// The statement it is part of; none for parameters.
    pub stmt: Option<StmtId>,
}

/// A name that is read.
#[derive(Clone, Copy, Debug)]
pub struct NameUse {
    /// The name expression.
    pub expr: ExprId,
    /// The name.
    pub name: Symbol,
    /// The scope in which it is looked up.
    pub scope: ScopeId,
}
