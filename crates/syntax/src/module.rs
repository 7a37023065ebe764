//! One file as a typed tree: the arenas and how to reach into them.

use backlint_source::Span;

use crate::ast::{
    Alias, Arg, Body, Case, Class, ClassId, Comparison, Comprehension, ComprehensionId, Decorator, DictItem, Expr,
    ExprId, ExprNode, Function, FunctionId, Generator, Handler, IfClause, KeyPattern, Lambda, LambdaId, List,
    NamedPattern, Param, Part, Pattern, PatternId, PatternNode, Stmt, StmtId, StmtNode, Symbol, TypeParam, WithItem,
};
use crate::text::Texts;

/// A comment, from its `#` to the end of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where it stands.
    pub span: Span,
    /// Whether nothing but white space stands before it on its line.
    pub is_own_line: bool,
}

/// A place that could not be turned into the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxProblem {
    /// Where.
    pub span: Span,
    /// What is wrong.
    pub kind: SyntaxProblemKind,
}

/// Why a place could not be turned into the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxProblemKind {
    /// Not Python that the parser knows.
    Unexpected,
    /// Something must follow here and does not.
    Missing(Box<str>),
    /// A statement of Python 2.
    Python2(&'static str),
    /// Nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    TooDeep,
    /// The file took more steps than its parse budget; nothing behind this place was read.
    OverBudget,
}

impl SyntaxProblemKind {
    /// What is wrong, in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Unexpected => "this is not valid Python".to_owned(),
            Self::Missing(what) => format!("`{what}` is missing here"),
            Self::Python2(what) => format!("`{what}` as a statement is Python 2"),
            Self::TooDeep => format!("nested more than {} levels deep; the inner part was not read", crate::MAX_DEPTH),
            Self::OverBudget => "parsing took too many steps for a file of this size; the file was not read".to_owned(),
        }
    }
}

/// How many problems of one file are kept; the first ones, as the rest follows from them more often than not.
pub(crate) const MAX_PROBLEMS: usize = 100;

/// One file as a typed tree.
#[derive(Debug, Default)]
pub struct Module {
    pub(crate) exprs: Vec<ExprNode>,
    pub(crate) stmts: Vec<StmtNode>,
    pub(crate) patterns: Vec<PatternNode>,
    pub(crate) functions: Vec<Function>,
    pub(crate) classes: Vec<Class>,
    pub(crate) lambdas: Vec<Lambda>,
    pub(crate) comprehensions: Vec<Comprehension>,
    pub(crate) pools: Pools,
    pub(crate) texts: Texts,
    pub(crate) body: Body,
    pub(crate) comments: Vec<Comment>,
    pub(crate) problems: Vec<SyntaxProblem>,
}

/// Something that is kept in a pool and named by [`List`]s.
pub trait Pooled: Copy {
    /// All of its kind in `module`.
    fn pool(module: &Module) -> &[Self];
}

/// The writing side of [`Pooled`].
pub(crate) trait Pool: Sized {
    fn pool_mut(pools: &mut Pools) -> &mut Vec<Self>;
}

macro_rules! pools {
    ($($field:ident: $type:ty,)+) => {
        /// Elements of lists, by type.
        #[derive(Debug, Default)]
        pub(crate) struct Pools {
            $(pub(crate) $field: Vec<$type>,)+
        }

        impl Pools {
            fn finish(&mut self) -> Self {
                Self { $($field: taken(&mut self.$field),)+ }
            }

            fn memory(&self) -> usize {
                0 $(+ held(&self.$field))+
            }
        }

        $(
            impl Pooled for $type {
                fn pool(module: &Module) -> &[Self] {
                    &module.pools.$field
                }
            }

            impl Pool for $type {
                fn pool_mut(pools: &mut Pools) -> &mut Vec<Self> {
                    &mut pools.$field
                }
            }
        )+
    };
}

pools! {
    exprs: ExprId,
    stmts: StmtId,
    patterns: PatternId,
    symbols: Symbol,
    args: Arg,
    dict_items: DictItem,
    comparisons: Comparison,
    parts: Part,
    generators: Generator,
    decorators: Decorator,
    params: Param,
    type_params: TypeParam,
    if_clauses: IfClause,
    with_items: WithItem,
    handlers: Handler,
    cases: Case,
    aliases: Alias,
    key_patterns: KeyPattern,
    named_patterns: NamedPattern,
}

/// Bytes that a vector holds.
fn held<T>(items: &Vec<T>) -> usize {
    items.capacity() * size_of::<T>()
}

impl Module {
    /// What the expression is.
    pub fn expr(&self, id: ExprId) -> Expr {
        self.exprs[id.index()].kind
    }

    /// Where the expression stands.
    pub fn span(&self, id: ExprId) -> Span {
        self.exprs[id.index()].span
    }

    /// What the statement is.
    pub fn stmt(&self, id: StmtId) -> Stmt {
        self.stmts[id.index()].kind
    }

    /// Where the statement stands; decorators are not part of it.
    pub fn stmt_span(&self, id: StmtId) -> Span {
        self.stmts[id.index()].span
    }

    /// What the pattern is.
    pub fn pattern(&self, id: PatternId) -> Pattern {
        self.patterns[id.index()].kind
    }

    /// Where the pattern stands.
    pub fn pattern_span(&self, id: PatternId) -> Span {
        self.patterns[id.index()].span
    }

    /// The function definition.
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.index()]
    }

    /// The class definition.
    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.index()]
    }

    /// The lambda.
    pub fn lambda(&self, id: LambdaId) -> &Lambda {
        &self.lambdas[id.index()]
    }

    /// The comprehension.
    pub fn comprehension(&self, id: ComprehensionId) -> &Comprehension {
        &self.comprehensions[id.index()]
    }

    /// The elements of a list.
    pub fn list<T: Pooled>(&self, list: List<T>) -> &[T] {
        &T::pool(self)[list.range()]
    }

    /// The characters of a name or string.
    pub fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol)
    }

    /// The symbol that stands for `name` wherever it occurs as a name in this file.
    pub fn symbol(&self, name: &str) -> Option<Symbol> {
        self.texts.find(name)
    }

    /// The statements of the file.
    pub fn top_level(&self) -> &[StmtId] {
        self.list(self.body)
    }

    /// The statements of a function.
    pub fn body(&self, function: FunctionId) -> &[StmtId] {
        self.list(self.function(function).body)
    }

    /// All expressions; children come before their parents.
    pub fn expr_ids(&self) -> impl DoubleEndedIterator<Item = ExprId> + ExactSizeIterator + use<> {
        (0..self.exprs.len()).map(ExprId::new)
    }

    /// All statements.
    pub fn stmt_ids(&self) -> impl DoubleEndedIterator<Item = StmtId> + ExactSizeIterator + use<> {
        (0..self.stmts.len()).map(StmtId::new)
    }

    /// All functions, methods and nested functions included, in the order in which their bodies end.
    pub fn function_ids(&self) -> impl DoubleEndedIterator<Item = FunctionId> + ExactSizeIterator + use<> {
        (0..self.functions.len()).map(FunctionId::new)
    }

    /// All classes, in the order in which their bodies end.
    pub fn class_ids(&self) -> impl DoubleEndedIterator<Item = ClassId> + ExactSizeIterator + use<> {
        (0..self.classes.len()).map(ClassId::new)
    }

    /// Comments in source order.
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// What could not be read, in source order; no more than the first hundred places.
    pub fn problems(&self) -> &[SyntaxProblem] {
        &self.problems
    }

    /// Whether something inside `span` could not be read, so that its absence proves nothing.
    pub fn is_broken_in(&self, span: Span) -> bool {
        self.problems.iter().any(|problem| span.start <= problem.span.start && problem.span.start <= span.end)
    }

    /// The string of a docstring statement at the head of `body`.
    pub fn docstring(&self, body: &[StmtId]) -> Option<&str> {
        let Stmt::Expr(value) = self.stmt(*body.first()?) else { return None };
        let Expr::Str(text) = self.expr(value) else { return None };
        Some(self.text(text))
    }

    /// Bytes held by the tree, for benchmarks.
    pub fn memory(&self) -> usize {
        held(&self.exprs)
            + held(&self.stmts)
            + held(&self.patterns)
            + held(&self.functions)
            + held(&self.classes)
            + held(&self.lambdas)
            + held(&self.comprehensions)
            + held(&self.comments)
            + held(&self.problems)
            + self.pools.memory()
            + self.texts.memory()
    }

    /// Keeps a problem unless there are too many of them already.
    pub(crate) fn add_problem(&mut self, problem: SyntaxProblem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// The finished module: what was gathered here, in vectors no larger than it takes. Their space stays here for
    /// the next file, so that nothing has to grow again.
    pub(crate) fn finish(&mut self) -> Self {
        self.problems.sort_by_key(|problem| problem.span);
        Self {
            exprs: taken(&mut self.exprs),
            stmts: taken(&mut self.stmts),
            patterns: taken(&mut self.patterns),
            functions: taken(&mut self.functions),
            classes: taken(&mut self.classes),
            lambdas: taken(&mut self.lambdas),
            comprehensions: taken(&mut self.comprehensions),
            pools: self.pools.finish(),
            texts: self.texts.finish(),
            body: std::mem::take(&mut self.body),
            comments: taken(&mut self.comments),
            problems: taken(&mut self.problems),
        }
    }
}

/// What `items` holds, in a vector of that size; the space of `items` stays.
pub(crate) fn taken<T>(items: &mut Vec<T>) -> Vec<T> {
    let mut exact = Vec::with_capacity(items.len());
    exact.append(items);
    exact
}
