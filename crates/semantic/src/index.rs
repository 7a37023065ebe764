//! The index of one file: who contains what, who binds what, who reads what.

use backlint_source::Span;
use backlint_syntax::Module;
use backlint_syntax::ast::{ClassId, ExprId, FunctionId, Stmt, StmtId, Symbol};

use crate::binding::{Binding, NameUse, Scope, ScopeId, ScopeKind};
use crate::comments::{Suppression, SuppressionProblem};
use crate::starts::Starts;

/// How many expressions share an entry of the table of uses: few enough to look at each, many enough to keep it small.
pub(crate) const USE_BLOCK: usize = 16;

/// The block of a compound statement that a statement stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Block {
    /// The only or first block: function, class, loop, `with` and `try` bodies.
    Body,
    /// The block of the `if` or `elif` clause with this number.
    Clause(u32),
    /// The `else` block.
    Else,
    /// The `except` clause with this number.
    Handler(u32),
    /// The `finally` block.
    Finally,
    /// The `case` with this number.
    Case(u32),
}

/// The compound statement around a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The statement.
    pub stmt: StmtId,
    /// Its block.
    pub block: Block,
}

/// The index of one file.
#[derive(Debug, Default)]
pub struct FileIndex {
    pub(crate) scopes: Vec<Scope>,
    /// Sorted by scope, name and place.
    pub(crate) bindings: Vec<Binding>,
    /// Where the bindings of each scope start.
    pub(crate) scope_starts: Starts,
    /// Where the bindings of each name start among those of the module.
    pub(crate) module_starts: Starts,
    /// Sorted by expression.
    pub(crate) uses: Vec<NameUse>,
    /// Where the uses of each block of [`USE_BLOCK`] expressions start.
    pub(crate) use_starts: Starts,
    pub(crate) expr_parent: Vec<Option<ExprId>>,
    pub(crate) expr_stmt: Vec<Option<StmtId>>,
    pub(crate) stmt_parent: Vec<Option<Parent>>,
    pub(crate) stmt_scope: Vec<ScopeId>,
    pub(crate) function_scope: Vec<ScopeId>,
    pub(crate) class_scope: Vec<ScopeId>,
    pub(crate) calls: Vec<ExprId>,
    pub(crate) imports: Vec<Binding>,
    pub(crate) quoted_names: Vec<(Symbol, ScopeId)>,
    pub(crate) exports: Option<Vec<String>>,
    pub(crate) suppressions: Vec<Suppression>,
    pub(crate) suppression_problems: Vec<SuppressionProblem>,
}

impl FileIndex {
    /// Gives back what the lists took beyond their items while they grew: an index lives as long as the run.
    pub(crate) fn shrink(&mut self) {
        self.scopes.shrink_to_fit();
        self.bindings.shrink_to_fit();
        self.uses.shrink_to_fit();
        self.calls.shrink_to_fit();
        self.imports.shrink_to_fit();
    }

    /// The scope.
    pub fn scope(&self, id: ScopeId) -> Scope {
        self.scopes[id.index()]
    }

    /// The scope of a function's body.
    pub fn function_scope(&self, id: FunctionId) -> ScopeId {
        self.function_scope[id.index()]
    }

    /// The scope of a class body.
    pub fn class_scope(&self, id: ClassId) -> ScopeId {
        self.class_scope[id.index()]
    }

    /// All bindings, sorted by scope and name, in source order for each name.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// The bindings of one scope.
    pub fn bindings_in(&self, scope: ScopeId) -> &[Binding] {
        &self.bindings[self.scope_starts.range(scope.index())]
    }

    /// The bindings of one name in one scope, in source order.
    pub fn bindings_of(&self, scope: ScopeId, name: Symbol) -> &[Binding] {
        if scope == ScopeId::MODULE {
            return &self.bindings[self.module_starts.range(name.index())];
        }
        let all = self.bindings_in(scope);
        let start = all.partition_point(|b| b.name < name);
        // Most names are bound once: counting on is faster than another search.
        let count = all[start..].iter().take_while(|b| b.name == name).count();
        &all[start..start + count]
    }

    /// The bindings that `name` means when it is read in `scope`: those of the innermost scope that has any. A class
    /// body is seen from itself and from the type parameters of what it holds, not from the functions in it.
    pub fn lookup(&self, scope: ScopeId, name: Symbol) -> &[Binding] {
        self.visible_from(scope).map(|id| self.bindings_of(id, name)).find(|found| !found.is_empty()).unwrap_or(&[])
    }

    /// The scopes in which a name that is read in `scope` is looked up, innermost first.
    pub fn visible_from(&self, scope: ScopeId) -> impl Iterator<Item = ScopeId> + '_ {
        let mut sees_class = true;
        let outwards = std::iter::successors(Some(scope), |&id| self.scope(id).parent);
        outwards.filter(move |&id| {
            let kind = self.scope(id).kind;
            let is_visible = sees_class || !matches!(kind, ScopeKind::Class(_));
            sees_class &= matches!(kind, ScopeKind::TypeParams);
            is_visible
        })
    }

    /// The scope in which the name expression is looked up, comprehensions and lambdas included.
    pub fn scope_of_name(&self, name: ExprId) -> ScopeId {
        let near = &self.uses[self.use_starts.range(name.index() / USE_BLOCK)];
        near.iter().find(|u| u.expr == name).map_or_else(|| self.scope_of(name), |u| u.scope)
    }

    /// All names that are read, by expression.
    pub fn uses(&self) -> &[NameUse] {
        &self.uses
    }

    /// Names inside quoted annotations, with the scope of the annotation.
    pub fn quoted_names(&self) -> &[(Symbol, ScopeId)] {
        &self.quoted_names
    }

    /// The names in `__all__`, if the module has one that could be read.
    pub fn exports(&self) -> Option<&[String]> {
        self.exports.as_deref()
    }

    /// All calls, in source order of their ends.
    pub fn calls(&self) -> &[ExprId] {
        &self.calls
    }

    /// All imported names, in source order.
    pub fn imports(&self) -> &[Binding] {
        &self.imports
    }

    /// The expression that directly holds `expr`.
    pub fn parent(&self, expr: ExprId) -> Option<ExprId> {
        self.expr_parent[expr.index()]
    }

    /// The expressions around `expr`, innermost first.
    pub fn ancestors(&self, expr: ExprId) -> impl Iterator<Item = ExprId> + '_ {
        std::iter::successors(self.parent(expr), |&e| self.parent(e))
    }

    /// The statement that holds `expr`.
    pub fn stmt_of(&self, expr: ExprId) -> Option<StmtId> {
        self.expr_stmt[expr.index()]
    }

    /// The compound statement directly around `stmt`.
    pub fn stmt_parent(&self, stmt: StmtId) -> Option<Parent> {
        self.stmt_parent[stmt.index()]
    }

    /// The compound statements around `stmt`, innermost first, out to the module.
    pub fn stmt_ancestors(&self, stmt: StmtId) -> impl Iterator<Item = Parent> + '_ {
        std::iter::successors(self.stmt_parent(stmt), |parent| self.stmt_parent(parent.stmt))
    }

    /// The scope in which `stmt` runs.
    pub fn stmt_scope(&self, stmt: StmtId) -> ScopeId {
        self.stmt_scope[stmt.index()]
    }

    /// The scope in which `expr` is evaluated, comprehensions and lambdas around it aside.
    pub fn scope_of(&self, expr: ExprId) -> ScopeId {
        self.stmt_of(expr).map_or(ScopeId::MODULE, |stmt| self.stmt_scope(stmt))
    }

    /// The innermost function whose body runs `stmt`.
    pub fn function_of_stmt(&self, stmt: StmtId) -> Option<FunctionId> {
        self.function_of_scope(self.stmt_scope(stmt))
    }

    /// The innermost function whose body evaluates `expr`.
    pub fn function_of(&self, expr: ExprId) -> Option<FunctionId> {
        self.function_of_scope(self.scope_of(expr))
    }

    /// The innermost function of a scope.
    pub fn function_of_scope(&self, scope: ScopeId) -> Option<FunctionId> {
        let mut current = Some(scope);
        while let Some(id) = current {
            let at = self.scope(id);
            if let ScopeKind::Function(function) = at.kind {
                return Some(function);
            }
            current = at.parent;
        }
        None
    }

    /// The class whose body directly holds the function.
    pub fn class_of(&self, module: &Module, function: FunctionId) -> Option<ClassId> {
        match self.scope(self.stmt_scope(module.function(function).stmt)).kind {
            ScopeKind::Class(class) => Some(class),
            _ => None,
        }
    }

    /// The function whose body directly or indirectly holds the function.
    pub fn outer_function(&self, module: &Module, function: FunctionId) -> Option<FunctionId> {
        self.function_of_stmt(module.function(function).stmt)
    }

    /// Suppression comments, in source order.
    pub fn suppressions(&self) -> &[Suppression] {
        &self.suppressions
    }

    /// Comments that look like suppressions and are none.
    pub fn suppression_problems(&self) -> &[SuppressionProblem] {
        &self.suppression_problems
    }

    /// The span a suppression on a definition covers: the statement and its decorators.
    pub fn definition_span(&self, module: &Module, stmt: StmtId) -> Span {
        let span = module.stmt_span(stmt);
        let decorators = match module.stmt(stmt) {
            Stmt::Function(id) => module.function(id).decorators,
            Stmt::Class(id) => module.class(id).decorators,
            _ => return span,
        };
        module.list(decorators).first().map_or(span, |first| first.span.cover(span))
    }
}
