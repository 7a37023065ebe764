//! A call with its parts at hand.

use backlint_source::Span;
use backlint_syntax::Module;
use backlint_syntax::ast::{Arg, ArgKind, Expr, ExprId, Symbol};

/// A call expression.
#[derive(Clone, Copy, Debug)]
pub struct Call<'m> {
    module: &'m Module,
    /// The call itself.
    pub expr: ExprId,
    /// The callee.
    pub function: ExprId,
    /// Its arguments in source order.
    pub args: &'m [Arg],
}

impl<'m> Call<'m> {
    /// The call that `expr` is, if it is one.
    pub fn of(module: &'m Module, expr: ExprId) -> Option<Self> {
        let Expr::Call { function, args } = module.expr(expr) else { return None };
        Some(Self { module, expr, function, args: module.list(args) })
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.module.span(self.expr)
    }

    /// The last segment of the callee: `b` of `a.b(…)` and of `b(…)`.
    pub fn name(&self) -> Option<&'m str> {
        self.name_symbol().map(|name| self.module.text(name))
    }

    /// The symbol of [`name`](Self::name): comparing it reads no text.
    pub fn name_symbol(&self) -> Option<Symbol> {
        match self.module.expr(self.function) {
            Expr::Name(name) | Expr::Attribute { name, .. } => Some(name),
            _ => None,
        }
    }

    /// What stands before the last dot of the callee.
    pub fn receiver(&self) -> Option<ExprId> {
        match self.module.expr(self.function) {
            Expr::Attribute { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The argument passed by this keyword.
    pub fn keyword(&self, name: &str) -> Option<&'m Arg> {
        self.args.iter().find(|arg| matches!(arg.kind, ArgKind::Keyword(k) if self.module.text(k) == name))
    }

    /// The positional argument at `place`, unless a `*args` before it makes places unknown.
    pub fn positional(&self, place: usize) -> Option<ExprId> {
        let mut seen = 0;
        for arg in self.args {
            match arg.kind {
                ArgKind::Star => return None,
                ArgKind::Positional if seen == place => return Some(arg.value),
                ArgKind::Positional => seen += 1,
                ArgKind::Keyword(_) | ArgKind::DoubleStar => {}
            }
        }
        None
    }

    /// The argument passed by keyword or at this place.
    pub fn argument(&self, name: &str, place: usize) -> Option<ExprId> {
        self.keyword(name).map(|arg| arg.value).or_else(|| self.positional(place))
    }

    /// Whether `*args` or `**kwargs` may pass more than is seen.
    pub fn has_unpacking(&self) -> bool {
        self.args.iter().any(|arg| matches!(arg.kind, ArgKind::Star | ArgKind::DoubleStar))
    }
}
