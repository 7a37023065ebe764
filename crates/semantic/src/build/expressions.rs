//! Expressions: who contains whom, which names are read, which scopes they open.

use backlint_syntax::ast::{ArgKind, ComprehensionId, Expr, ExprId, Generator, LambdaId, List, Part, Symbol};

use super::Builder;
use crate::binding::{BindingKind, NameUse, ScopeKind};

impl Builder<'_> {
    pub(super) fn maybe(&mut self, expr: Option<ExprId>) {
        if let Some(expr) = expr {
            self.expr(expr, None);
        }
    }

    /// An annotation: as an expression, and the names in its quoted parts.
    pub(super) fn annotation(&mut self, annotation: ExprId) {
        self.expr(annotation, None);
        self.quoted(annotation);
    }

    fn quoted(&mut self, annotation: ExprId) {
        let module = self.module;
        match module.expr(annotation) {
            Expr::Str(text) => {
                let words = module.text(text).split(|c: char| !(c.is_alphanumeric() || c == '_'));
                let names: Vec<Symbol> = words.filter_map(|word| module.symbol(word)).collect();
                let scope = self.scope;
                self.index.quoted_names.extend(names.into_iter().map(|name| (name, scope)));
            }
            Expr::Subscript { value, index } => {
                self.quoted(value);
                self.quoted(index);
            }
            Expr::Binary { left, right, .. } => {
                self.quoted(left);
                self.quoted(right);
            }
            Expr::Tuple(items) | Expr::List(items) => {
                for &item in module.list(items) {
                    self.quoted(item);
                }
            }
            _ => {}
        }
    }

    pub(super) fn place(&mut self, expr: ExprId, parent: Option<ExprId>) {
        self.index.expr_parent[expr.index()] = parent;
        self.index.expr_stmt[expr.index()] = self.stmt;
    }

    pub(super) fn expr(&mut self, id: ExprId, parent: Option<ExprId>) {
        self.place(id, parent);
        let module = self.module;
        let inside = Some(id);
        match module.expr(id) {
            Expr::Name(name) => self.index.uses.push(NameUse { expr: id, name, scope: self.scope }),
            Expr::FString(parts) | Expr::TString(parts) => self.parts(parts, inside),
            Expr::Attribute { value, .. } | Expr::Await(value) | Expr::YieldFrom(value) | Expr::Starred(value) => {
                self.expr(value, inside);
            }
            Expr::Unary { operand, .. } => self.expr(operand, inside),
            Expr::Subscript { value, index } => {
                self.expr(value, inside);
                self.expr(index, inside);
            }
            Expr::Slice { lower, upper, step } => {
                for bound in [lower, upper, step].into_iter().flatten() {
                    self.expr(bound, inside);
                }
            }
            Expr::Call { function, args } => {
                self.expr(function, inside);
                for arg in module.list(args) {
                    self.expr(arg.value, inside);
                    if matches!(arg.kind, ArgKind::Positional | ArgKind::Keyword(_)) && self.is_cast(function) {
                        self.quoted(arg.value);
                    }
                }
                self.index.calls.push(id);
            }
            Expr::Binary { left, right, .. } => {
                self.expr(left, inside);
                self.expr(right, inside);
            }
            Expr::Bool { values, .. } => self.list(values, inside),
            Expr::Tuple(items) | Expr::List(items) | Expr::Set(items) => self.list(items, inside),
            Expr::Compare { left, rest } => {
                self.expr(left, inside);
                for comparison in module.list(rest) {
                    self.expr(comparison.right, inside);
                }
            }
            Expr::Conditional { test, body, orelse } => {
                for part in [test, body, orelse] {
                    self.expr(part, inside);
                }
            }
            Expr::Lambda(lambda) => self.lambda(lambda, inside),
            Expr::Dict(items) => {
                for item in module.list(items) {
                    if let Some(key) = item.key {
                        self.expr(key, inside);
                    }
                    self.expr(item.value, inside);
                }
            }
            Expr::Comprehension(comprehension) => self.comprehension(comprehension, inside),
            Expr::Yield(value) => {
                if let Some(value) = value {
                    self.expr(value, inside);
                }
            }
            Expr::Named { target, value } => {
                self.expr(value, inside);
                self.named(target, value, inside);
            }
            Expr::True
            | Expr::False
            | Expr::None
            | Expr::Ellipsis
            | Expr::Int(_)
            | Expr::Float(_)
            | Expr::Imaginary(_)
            | Expr::Str(_)
            | Expr::Bytes(_)
            | Expr::Unknown => {}
        }
    }

    /// `cast("Name", …)` and `TypeVar(bound="Name")` take quoted types as arguments.
    fn is_cast(&self, function: ExprId) -> bool {
        let name = match self.module.expr(function) {
            Expr::Name(name) | Expr::Attribute { name, .. } => self.module.text(name),
            _ => return false,
        };
        matches!(name, "cast" | "TypeVar")
    }

    fn list(&mut self, items: List<ExprId>, parent: Option<ExprId>) {
        for &item in self.module.list(items) {
            self.expr(item, parent);
        }
    }

    fn parts(&mut self, parts: List<Part>, parent: Option<ExprId>) {
        for part in self.module.list(parts) {
            if let Part::Value { value, format, .. } = *part {
                self.expr(value, parent);
                if let Some(format) = format {
                    self.expr(format, parent);
                }
            }
        }
    }

    fn lambda(&mut self, id: LambdaId, parent: Option<ExprId>) {
        let module = self.module;
        let lambda = module.lambda(id);
        for param in module.list(lambda.params) {
            if let Some(default) = param.default {
                self.expr(default, parent);
            }
        }
        let before = self.open(ScopeKind::Lambda(id));
        for param in module.list(lambda.params) {
            self.bind(param.name, BindingKind::LambdaParam, param.name_span);
        }
        self.expr(lambda.body, parent);
        self.scope = before;
    }

    fn comprehension(&mut self, id: ComprehensionId, parent: Option<ExprId>) {
        let module = self.module;
        let comprehension = module.comprehension(id);
        let generators: &[Generator] = module.list(comprehension.generators);
        // The first iterable is evaluated outside.
        if let Some(first) = generators.first() {
            self.expr(first.iter, parent);
        }
        let before = self.open(ScopeKind::Comprehension);
        for (number, generator) in generators.iter().enumerate() {
            if number > 0 {
                self.expr(generator.iter, parent);
            }
            self.target(generator.target, parent, BindingKind::Loop { iter: generator.iter });
            self.list(generator.conditions, parent);
        }
        self.expr(comprehension.element, parent);
        if let Some(value) = comprehension.value {
            self.expr(value, parent);
        }
        self.scope = before;
    }

    /// `target := value` binds in the nearest scope that is no comprehension.
    fn named(&mut self, target: ExprId, value: ExprId, parent: Option<ExprId>) {
        self.place(target, parent);
        let Expr::Name(name) = self.module.expr(target) else { return };
        let inner = self.scope;
        while matches!(self.index.scope(self.scope).kind, ScopeKind::Comprehension) {
            let Some(outer) = self.index.scope(self.scope).parent else { break };
            self.scope = outer;
        }
        self.bind(name, BindingKind::Named { value }, self.module.span(target));
        self.scope = inner;
    }
}
