//! Builds the index in one walk over the statements and expressions of a module.

mod expressions;

use backlint_source::Span;
use backlint_syntax::Module;
use backlint_syntax::ast::{
    Alias, Body, Class, Expr, ExprId, Function, List, Param, Pattern, PatternId, Stmt, StmtId, Symbol, TypeParam,
};
use rustc_hash::FxHashMap;

use crate::binding::{Binding, BindingKind, Import, Scope, ScopeId, ScopeKind};
use crate::comments;
use crate::constant::fold;
use crate::index::{Block, FileIndex, Parent, USE_BLOCK};
use crate::starts::Starts;

/// Indexes a module. `text` is its source, for the comments.
pub fn index(text: &str, module: &Module) -> FileIndex {
    let mut builder = Builder {
        module,
        index: FileIndex {
            scopes: vec![Scope { kind: ScopeKind::Module, parent: None }],
            expr_parent: vec![None; module.expr_ids().len()],
            expr_stmt: vec![None; module.expr_ids().len()],
            stmt_parent: vec![None; module.stmt_ids().len()],
            stmt_scope: vec![ScopeId::MODULE; module.stmt_ids().len()],
            function_scope: vec![ScopeId::MODULE; module.function_ids().len()],
            class_scope: vec![ScopeId::MODULE; module.class_ids().len()],
            ..FileIndex::default()
        },
        scope: ScopeId::MODULE,
        stmt: None,
        declared: FxHashMap::default(),
    };
    builder.block(module.top_level(), None);
    let mut index = builder.index;
    index.bindings.sort_by_key(|b| (b.scope, b.name, b.span.start));
    index.scope_starts = Starts::of(index.bindings.iter().map(|b| b.scope.index()));
    let of_module = &index.bindings[index.scope_starts.range(ScopeId::MODULE.index())];
    index.module_starts = Starts::of(of_module.iter().map(|b| b.name.index()));
    index.imports.sort_by_key(|b| b.span.start);
    index.uses.sort_by_key(|name| name.expr);
    index.use_starts = Starts::of(index.uses.iter().map(|name| name.expr.index() / USE_BLOCK));
    index.exports = exports(module, &index);
    comments::collect(text, module, &mut index);
    index.shrink();
    index
}

/// The strings of `__all__`, when it is one literal list or tuple.
fn exports(module: &Module, index: &FileIndex) -> Option<Vec<String>> {
    let name = module.symbol("__all__")?;
    let bindings = index.bindings_of(ScopeId::MODULE, name);
    let mut names = Vec::new();
    for binding in bindings {
        let BindingKind::Assign { value: Some(value), .. } = binding.kind else { continue };
        names.extend(fold(module, index, value).strings()?);
    }
    (!bindings.is_empty()).then_some(names)
}

struct Builder<'m> {
    module: &'m Module,
    index: FileIndex,
    scope: ScopeId,
    stmt: Option<StmtId>,
    /// The scope that owns a name which another scope declares `global` or `nonlocal`.
    declared: FxHashMap<(ScopeId, Symbol), ScopeId>,
}

impl Builder<'_> {
    fn block(&mut self, stmts: &[StmtId], parent: Option<Parent>) {
        // Declarations hold for the whole body, so they are read before anything is bound.
        for &stmt in stmts {
            self.declare(stmt);
        }
        for &stmt in stmts {
            self.index.stmt_parent[stmt.index()] = parent;
            self.index.stmt_scope[stmt.index()] = self.scope;
            self.statement(stmt);
        }
    }

    fn body(&mut self, body: Body, stmt: StmtId, block: Block) {
        let module = self.module;
        self.block(module.list(body), Some(Parent { stmt, block }));
    }

    fn declare(&mut self, stmt: StmtId) {
        let (names, owner) = match self.module.stmt(stmt) {
            Stmt::Global(names) => (names, Some(ScopeId::MODULE)),
            Stmt::Nonlocal(names) => (names, None),
            _ => return,
        };
        for &name in self.module.list(names) {
            let owner = owner.or_else(|| self.nonlocal_owner(name)).unwrap_or(self.scope);
            self.declared.insert((self.scope, name), owner);
        }
    }

    /// The nearest function around the current one; whether it binds the name is not known yet, and does not matter
    /// for well-formed code with one level of nesting.
    fn nonlocal_owner(&self, name: Symbol) -> Option<ScopeId> {
        let mut current = self.index.scope(self.scope).parent;
        let mut nearest = None;
        while let Some(id) = current {
            let at = self.index.scope(id);
            if matches!(at.kind, ScopeKind::Function(_)) {
                if self.index.bindings.iter().any(|b| b.scope == id && b.name == name) {
                    return Some(id);
                }
                nearest = nearest.or(Some(id));
            }
            current = at.parent;
        }
        nearest
    }

    fn open(&mut self, kind: ScopeKind) -> ScopeId {
        let before = self.scope;
        self.index.scopes.push(Scope { kind, parent: Some(before) });
        self.scope = ScopeId(u32::try_from(self.index.scopes.len() - 1).unwrap_or(u32::MAX));
        before
    }

    fn bind(&mut self, name: Symbol, kind: BindingKind, span: Span) {
        let scope = self.declared.get(&(self.scope, name)).copied().unwrap_or(self.scope);
        let binding = Binding { scope, name, kind, span, stmt: self.stmt };
        if matches!(kind, BindingKind::Import(_)) {
            self.index.imports.push(binding);
        }
        self.index.bindings.push(binding);
    }

    fn statement(&mut self, id: StmtId) {
        let outer = self.stmt.replace(id);
        self.statement_here(id);
        self.stmt = outer;
    }

    fn statement_here(&mut self, id: StmtId) {
        let module = self.module;
        match module.stmt(id) {
            Stmt::Function(function) => self.function(id, function),
            Stmt::Class(class) => self.class(id, class),
            Stmt::Return(value) => self.maybe(value),
            Stmt::Delete(targets) => self.delete(targets),
            Stmt::Assign { targets, value } => {
                self.expr(value, None);
                for &target in module.list(targets) {
                    self.target(target, None, BindingKind::Assign { value: Some(value), annotation: None });
                }
            }
            Stmt::AugAssign { target, value, .. } => {
                self.expr(value, None);
                self.augmented(target);
            }
            Stmt::AnnAssign { target, annotation, value } => {
                self.annotation(annotation);
                self.maybe(value);
                self.target(target, None, BindingKind::Assign { value, annotation: Some(annotation) });
            }
            Stmt::TypeAlias { name, params, value } => self.type_alias(name, params, value),
            Stmt::For { target, iter, body, orelse, .. } => {
                self.expr(iter, None);
                self.target(target, None, BindingKind::Loop { iter });
                self.body(body, id, Block::Body);
                self.body(orelse, id, Block::Else);
            }
            Stmt::While { test, body, orelse } => {
                self.expr(test, None);
                self.body(body, id, Block::Body);
                self.body(orelse, id, Block::Else);
            }
            Stmt::If { clauses, orelse } => {
                for (number, clause) in (0..).zip(module.list(clauses)) {
                    self.expr(clause.test, None);
                    self.body(clause.body, id, Block::Clause(number));
                }
                self.body(orelse, id, Block::Else);
            }
            Stmt::With { items, body, .. } => {
                for item in module.list(items) {
                    self.expr(item.context, None);
                    if let Some(target) = item.target {
                        self.target(target, None, BindingKind::With { context: item.context });
                    }
                }
                self.body(body, id, Block::Body);
            }
            Stmt::Match { subject, cases } => {
                self.expr(subject, None);
                for (number, case) in (0..).zip(module.list(cases)) {
                    self.pattern(case.pattern);
                    self.maybe(case.guard);
                    self.body(case.body, id, Block::Case(number));
                }
            }
            Stmt::Raise { exception, cause } => {
                self.maybe(exception);
                self.maybe(cause);
            }
            Stmt::Try { body, handlers, orelse, finally } => {
                self.body(body, id, Block::Body);
                for (number, handler) in (0..).zip(module.list(handlers)) {
                    self.maybe(handler.kind);
                    if let Some(name) = handler.name {
                        self.bind(name, BindingKind::Except { kind: handler.kind }, handler.header);
                    }
                    self.body(handler.body, id, Block::Handler(number));
                }
                self.body(orelse, id, Block::Else);
                self.body(finally, id, Block::Finally);
            }
            Stmt::Assert { test, message } => {
                self.expr(test, None);
                self.maybe(message);
            }
            Stmt::Import(names) => self.import(names),
            Stmt::ImportFrom { module: from, level, names } => self.import_from(from, level, names),
            Stmt::Expr(value) => self.expr(value, None),
            Stmt::Global(_) | Stmt::Nonlocal(_) | Stmt::Pass | Stmt::Break | Stmt::Continue | Stmt::Unknown => {}
        }
    }

    fn import(&mut self, names: List<Alias>) {
        for alias in self.module.list(names) {
            let dotted = self.module.text(alias.name);
            let first = dotted.split('.').next().unwrap_or(dotted);
            // `import a.b` binds `a`; the segment is a name of the file only if something uses it.
            let Some(bound) = alias.asname.or_else(|| self.module.symbol(first)) else { continue };
            let is_aliased = alias.asname.is_some();
            let import = Import { module: Some(alias.name), level: 0, name: None, is_aliased };
            self.bind(bound, BindingKind::Import(import), alias.span);
        }
    }

    fn import_from(&mut self, from: Option<Symbol>, level: u32, names: List<Alias>) {
        for alias in self.module.list(names) {
            let bound = alias.asname.unwrap_or(alias.name);
            let import = Import { module: from, level, name: Some(alias.name), is_aliased: alias.asname.is_some() };
            self.bind(bound, BindingKind::Import(import), alias.span);
        }
    }

    fn function(&mut self, stmt: StmtId, id: backlint_syntax::ast::FunctionId) {
        let module = self.module;
        let function: &Function = module.function(id);
        for decorator in module.list(function.decorators) {
            self.expr(decorator.expr, None);
        }
        for param in module.list(function.params) {
            self.maybe(param.default);
        }
        self.bind(function.name, BindingKind::Function(id), function.name_span);
        let outside = self.type_params(function.type_params);
        self.param_annotations(module.list(function.params));
        if let Some(returns) = function.returns {
            self.annotation(returns);
        }
        let before = self.open(ScopeKind::Function(id));
        self.index.function_scope[id.index()] = self.scope;
        for (place, param) in (0..).zip(module.list(function.params)) {
            self.bind(param.name, BindingKind::Param(id, place), param.name_span);
        }
        self.block(module.body(id), Some(Parent { stmt, block: Block::Body }));
        self.scope = before;
        self.scope = outside;
    }

    fn param_annotations(&mut self, params: &[Param]) {
        for annotation in params.iter().filter_map(|param| param.annotation) {
            self.annotation(annotation);
        }
    }

    /// Opens a scope for type parameters if there are any; returns the scope to go back to.
    fn type_params(&mut self, params: List<TypeParam>) -> ScopeId {
        let before = self.scope;
        if params.is_empty() {
            return before;
        }
        self.open(ScopeKind::TypeParams);
        for param in self.module.list(params) {
            self.bind(param.name, BindingKind::TypeParam, param.span);
            for part in param.bound.into_iter().chain(param.default) {
                self.annotation(part);
            }
        }
        before
    }

    fn class(&mut self, stmt: StmtId, id: backlint_syntax::ast::ClassId) {
        let module = self.module;
        let class: &Class = module.class(id);
        for decorator in module.list(class.decorators) {
            self.expr(decorator.expr, None);
        }
        self.bind(class.name, BindingKind::Class(id), class.name_span);
        let outside = self.type_params(class.type_params);
        for base in module.list(class.bases) {
            self.expr(base.value, None);
        }
        let before = self.open(ScopeKind::Class(id));
        self.index.class_scope[id.index()] = self.scope;
        self.block(module.list(class.body), Some(Parent { stmt, block: Block::Body }));
        self.scope = before;
        self.scope = outside;
    }

    fn type_alias(&mut self, name: ExprId, params: List<TypeParam>, value: ExprId) {
        self.place(name, None);
        if let Expr::Name(symbol) = self.module.expr(name) {
            self.bind(symbol, BindingKind::TypeAlias { value }, self.module.span(name));
        }
        let before = self.type_params(params);
        self.annotation(value);
        self.scope = before;
    }

    fn delete(&mut self, targets: List<ExprId>) {
        for &target in self.module.list(targets) {
            match self.module.expr(target) {
                // Deleting needs the name, so it counts as a use too.
                Expr::Name(name) => {
                    self.expr(target, None);
                    self.bind(name, BindingKind::Deleted, self.module.span(target));
                }
                _ => self.expr(target, None),
            }
        }
    }

    fn augmented(&mut self, target: ExprId) {
        self.expr(target, None);
        if let Expr::Name(name) = self.module.expr(target) {
            self.bind(name, BindingKind::Augmented, self.module.span(target));
        }
    }

    /// A target: names are bound, everything else is read.
    fn target(&mut self, target: ExprId, parent: Option<ExprId>, kind: BindingKind) {
        let module = self.module;
        match module.expr(target) {
            Expr::Name(name) => {
                self.place(target, parent);
                self.bind(name, kind, module.span(target));
            }
            Expr::Tuple(items) | Expr::List(items) => {
                self.place(target, parent);
                let kind = unpacked(kind);
                for &item in module.list(items) {
                    self.target(item, Some(target), kind);
                }
            }
            Expr::Starred(inner) => {
                self.place(target, parent);
                self.target(inner, Some(target), unpacked(kind));
            }
            _ => self.expr(target, parent),
        }
    }

    fn pattern(&mut self, id: PatternId) {
        let module = self.module;
        let span = module.pattern_span(id);
        match module.pattern(id) {
            Pattern::Value(value) => self.expr(value, None),
            Pattern::Sequence(items) | Pattern::Or(items) => {
                for &item in module.list(items) {
                    self.pattern(item);
                }
            }
            Pattern::Mapping { items, rest } => {
                for item in module.list(items) {
                    self.expr(item.key, None);
                    self.pattern(item.pattern);
                }
                self.capture(rest, span);
            }
            Pattern::Class { class, positional, keywords } => {
                self.expr(class, None);
                for &item in module.list(positional) {
                    self.pattern(item);
                }
                for keyword in module.list(keywords) {
                    self.pattern(keyword.pattern);
                }
            }
            Pattern::Star(name) => self.capture(name, span),
            Pattern::As { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.pattern(pattern);
                }
                self.capture(name, span);
            }
            Pattern::Unknown => {}
        }
    }

    fn capture(&mut self, name: Option<Symbol>, span: Span) {
        if let Some(name) = name {
            self.bind(name, BindingKind::Capture, span);
        }
    }
}

fn unpacked(kind: BindingKind) -> BindingKind {
    match kind {
        BindingKind::Assign { value: Some(value), .. } => BindingKind::Unpack { value },
        other => other,
    }
}
