//! The typed tree: plain data in arenas, reached through [`Module`](crate::Module).
//!
//! Nodes name their children by 32-bit ids and by [`List`]s into shared pools, so a module is a
//! handful of vectors that can be scanned without walking.

mod expr;
mod ids;
mod pattern;
mod stmt;

pub use expr::{
    Arg, ArgKind, BinaryOp, BoolOp, CompareOp, Comparison, Comprehension, ComprehensionKind, Conversion, DictItem,
    Expr, ExprNode, Generator, Part, UnaryOp,
};
pub use ids::{ClassId, ComprehensionId, ExprId, FunctionId, LambdaId, List, PatternId, StmtId, Symbol};
pub use pattern::{KeyPattern, NamedPattern, Pattern, PatternNode};
pub use stmt::{
    Alias, Body, Case, Class, Decorator, Function, Handler, IfClause, Lambda, Param, ParamKind, Stmt, StmtNode,
    TypeParam, TypeParamKind, WithItem,
};
