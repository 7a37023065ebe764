//! Statements other than definitions and imports.

use std::ops::ControlFlow;

use backlint_source::Span;
use tree_sitter::Node;

use super::expressions::OpenTuple;
use super::grouping::operator;
use super::kinds::Kind;
use super::patterns::Parts;
use super::{Child, Lowering};
use crate::ast::{BinaryOp, Body, Case, Expr, ExprId, Handler, IfClause, List, Stmt, StmtId, Symbol, WithItem};
use crate::module::SyntaxProblemKind;

impl<'t> Lowering<'t> {
    /// The statement being read.
    pub(super) fn statement(&mut self, kind: Kind) -> StmtId {
        self.nested(|this| this.statement_here(kind), |this| this.stmt(Stmt::Unknown, this.here()))
    }

    fn statement_here(&mut self, kind: Kind) -> StmtId {
        let span = self.here();
        match kind {
            Kind::DecoratedDefinition => return self.decorated(),
            Kind::FunctionDefinition => return self.function(List::empty()),
            Kind::ClassDefinition => return self.class(List::empty()),
            Kind::IfStatement => return self.if_statement(span),
            Kind::ForStatement => return self.for_statement(span),
            Kind::WhileStatement => return self.while_statement(span),
            Kind::TryStatement => return self.try_statement(span),
            Kind::WithStatement => return self.with_statement(span),
            Kind::MatchStatement => return self.match_statement(span),
            _ => {}
        }
        let stmt = if self.is_broken() { Stmt::Unknown } else { self.simple_statement(kind, span) };
        self.stmt(stmt, span)
    }

    fn simple_statement(&mut self, kind: Kind, span: Span) -> Stmt {
        match kind {
            Kind::ExpressionStatement => self.expression_statement(span),
            Kind::ReturnStatement => Stmt::Return(self.only_expression()),
            Kind::DeleteStatement => self.delete_statement(),
            Kind::RaiseStatement => self.raise_statement(),
            Kind::AssertStatement => self.assert_statement(),
            Kind::ImportStatement => self.import_statement(),
            Kind::ImportFromStatement | Kind::FutureImportStatement => self.import_from_statement(kind),
            Kind::GlobalStatement => Stmt::Global(self.names()),
            Kind::NonlocalStatement => Stmt::Nonlocal(self.names()),
            Kind::TypeAliasStatement => self.type_alias(),
            Kind::PassStatement => Stmt::Pass,
            Kind::BreakStatement => Stmt::Break,
            Kind::ContinueStatement => Stmt::Continue,
            Kind::PrintStatement => self.python2(span, "print"),
            Kind::ExecStatement => self.python2(span, "exec"),
            _ => {
                self.problem(span, SyntaxProblemKind::Unexpected);
                Stmt::Unknown
            }
        }
    }

    fn python2(&mut self, span: Span, what: &'static str) -> Stmt {
        self.problem(span, SyntaxProblemKind::Python2(what));
        Stmt::Unknown
    }

    /// All expressions among the children, in order.
    pub(super) fn expressions(&mut self) -> Vec<ExprId> {
        let mut found = Vec::new();
        self.children(|this, child| {
            if !child.kind.is_token() {
                found.push(this.expression(child.kind));
            }
        });
        found
    }

    fn names(&mut self) -> List<Symbol> {
        let mut found = Vec::new();
        self.children(|this, child| {
            if child.kind == Kind::Identifier {
                found.push(this.name(child.span()));
            }
        });
        self.list(&found)
    }

    fn expression_statement(&mut self, span: Span) -> Stmt {
        let mut values = Vec::new();
        let mut has_comma = false;
        let mut assigned = None;
        self.children(|this, child| match child.kind {
            Kind::Assignment => assigned = Some(this.assignment()),
            Kind::AugmentedAssignment => assigned = Some(this.augmented_assignment()),
            Kind::TokenComma => has_comma = true,
            kind if kind.is_token() => {}
            kind => values.push(this.expression(kind)),
        });
        if let Some(stmt) = assigned {
            return stmt;
        }
        match (values.as_slice(), has_comma) {
            (&[value], false) => Stmt::Expr(value),
            (values, _) => {
                let items = self.list(values);
                Stmt::Expr(self.expr(Expr::Tuple(items), span))
            }
        }
    }

    /// `a = b = value` is nested to the right in the grammar and flat here.
    fn assignment(&mut self) -> Stmt {
        let mut targets = Vec::new();
        let mut annotation = None;
        let mut value = None;
        let whole = self.at;
        let mut rest = Some(whole);
        while let Some(node) = rest.take() {
            self.at = node;
            let mut is_right = false;
            self.nodes(|this, node| {
                match Kind::of(node) {
                    Kind::Comment => this.comment(node),
                    Kind::LineContinuation => {}
                    Kind::TokenEqual => is_right = true,
                    Kind::Type => annotation = Some(this.type_expression()),
                    Kind::Assignment => rest = Some(node),
                    kind if kind.is_token() => {}
                    kind if is_right => value = Some(this.expression(kind)),
                    kind => targets.push(this.expression(kind)),
                }
                ControlFlow::Continue(())
            });
        }
        self.at = whole;
        match (annotation, value, targets.as_slice()) {
            (Some(annotation), value, &[target]) => Stmt::AnnAssign { target, annotation, value },
            (None, Some(value), targets) if !targets.is_empty() => Stmt::Assign { targets: self.list(targets), value },
            _ => Stmt::Unknown,
        }
    }

    fn augmented_assignment(&mut self) -> Stmt {
        let mut operands = Vec::new();
        let mut op = None;
        self.children(|this, child| match augmented_operator(child.kind) {
            Some(found) => op = Some(found),
            None if child.kind.is_token() => {}
            None => operands.push(this.expression(child.kind)),
        });
        match (operands.as_slice(), op) {
            (&[target, value], Some(op)) => Stmt::AugAssign { target, op, value },
            _ => Stmt::Unknown,
        }
    }

    /// `del a, b` deletes two things; `del (a, b)` a tuple of them.
    fn delete_statement(&mut self) -> Stmt {
        let mut targets = Vec::new();
        self.children(|this, child| match child.kind {
            Kind::ExpressionList => targets.extend(this.expressions()),
            kind if kind.is_token() => {}
            kind => targets.push(this.expression(kind)),
        });
        Stmt::Delete(self.list(&targets))
    }

    fn raise_statement(&mut self) -> Stmt {
        let mut exception = None;
        let mut cause = None;
        let mut is_cause = false;
        self.children(|this, child| match child.kind {
            Kind::TokenFrom => is_cause = true,
            kind if kind.is_token() => {}
            kind if is_cause => cause = Some(this.expression(kind)),
            kind => exception = Some(this.expression(kind)),
        });
        Stmt::Raise { exception, cause }
    }

    fn assert_statement(&mut self) -> Stmt {
        let operands = self.expressions();
        match operands.as_slice() {
            &[test] => Stmt::Assert { test, message: None },
            &[test, message, ..] => Stmt::Assert { test, message: Some(message) },
            [] => Stmt::Unknown,
        }
    }

    /// The body of a clause: a block without statements is an error that the grammar lets pass.
    pub(super) fn suite(&mut self) -> Body {
        let body = self.block();
        if body.is_empty() {
            let span = self.here();
            self.problem(span, SyntaxProblemKind::Missing("indented block".into()));
        }
        body
    }

    fn if_statement(&mut self, span: Span) -> StmtId {
        let mut clauses = Vec::new();
        let mut orelse = Body::empty();
        let mut test = None;
        self.children(|this, child| match child.kind {
            Kind::Block => {
                let body = this.suite();
                if let Some(test) = test {
                    let clause = Span::new(span.start, this.here().end);
                    clauses.push(IfClause { test, body, span: this.trimmed(clause, &[body]) });
                }
            }
            Kind::ElifClause => clauses.extend(this.elif_clause(child)),
            Kind::ElseClause => orelse = this.clause_body(),
            kind if kind.is_token() => {}
            kind => test = Some(this.expression(kind)),
        });
        let last = clauses.last().map_or(Body::empty(), |clause| clause.body);
        let span = self.trimmed(span, &[last, orelse]);
        let clauses = self.list(&clauses);
        let kind = if clauses.is_empty() { Stmt::Unknown } else { Stmt::If { clauses, orelse } };
        self.stmt(kind, span)
    }

    fn elif_clause(&mut self, clause: Child<'t>) -> Option<IfClause> {
        let mut test = None;
        let mut body = Body::empty();
        self.children(|this, child| match child.kind {
            Kind::Block => body = this.suite(),
            kind if kind.is_token() => {}
            kind => test = Some(this.expression(kind)),
        });
        test.map(|test| IfClause { test, body, span: self.trimmed(clause.span(), &[body]) })
    }

    /// The block of an `else` or `finally` clause.
    fn clause_body(&mut self) -> Body {
        let mut body = Body::empty();
        self.children(|this, child| {
            if child.kind == Kind::Block {
                body = this.suite();
            }
        });
        body
    }

    fn for_statement(&mut self, span: Span) -> StmtId {
        let (mut target, mut iter) = (None, None);
        let (mut body, mut orelse) = (Body::empty(), Body::empty());
        let (mut is_async, mut is_iter) = (false, false);
        self.children(|this, child| match child.kind {
            Kind::TokenAsync => is_async = true,
            Kind::TokenIn => is_iter = true,
            Kind::Block => body = this.suite(),
            Kind::ElseClause => orelse = this.clause_body(),
            kind if kind.is_token() => {}
            kind if is_iter => iter = Some(this.expression(kind)),
            kind => target = Some(this.expression(kind)),
        });
        let kind = match (target, iter) {
            (Some(target), Some(iter)) => Stmt::For { target, iter, body, orelse, is_async },
            _ => Stmt::Unknown,
        };
        let span = self.trimmed(span, &[body, orelse]);
        self.stmt(kind, span)
    }

    fn while_statement(&mut self, span: Span) -> StmtId {
        let mut test = None;
        let (mut body, mut orelse) = (Body::empty(), Body::empty());
        self.children(|this, child| match child.kind {
            Kind::Block => body = this.suite(),
            Kind::ElseClause => orelse = this.clause_body(),
            kind if kind.is_token() => {}
            kind => test = Some(this.expression(kind)),
        });
        let kind = test.map_or(Stmt::Unknown, |test| Stmt::While { test, body, orelse });
        let span = self.trimmed(span, &[body, orelse]);
        self.stmt(kind, span)
    }

    fn try_statement(&mut self, span: Span) -> StmtId {
        let (mut body, mut orelse, mut finally) = (Body::empty(), Body::empty(), Body::empty());
        let mut handlers = Vec::new();
        self.children(|this, child| match child.kind {
            Kind::Block => body = this.suite(),
            Kind::ExceptClause => handlers.push(this.except_clause(child)),
            Kind::ElseClause => orelse = this.clause_body(),
            Kind::FinallyClause => finally = this.clause_body(),
            _ => {}
        });
        if handlers.is_empty() && (finally.is_empty() || !orelse.is_empty()) {
            self.problem(Span::empty(span.end), SyntaxProblemKind::Missing("except".into()));
        }
        let last = handlers.last().map_or(Body::empty(), |handler| handler.body);
        let span = self.trimmed(span, &[body, last, orelse, finally]);
        let handlers = self.list(&handlers);
        self.stmt(Stmt::Try { body, handlers, orelse, finally }, span)
    }

    fn except_clause(&mut self, clause: Child<'t>) -> Handler {
        let mut kinds = OpenTuple::default();
        let (mut name, mut body) = (None, Body::empty());
        let mut is_star = false;
        let mut header = clause.span();
        self.children(|this, child| match child.kind {
            Kind::TokenStar => is_star = true,
            Kind::TokenComma => kinds.comma(child.span()),
            Kind::TokenColon => header.end = child.span().end,
            Kind::Block => body = this.suite(),
            kind if kind.is_token() => {}
            kind => {
                let (found, target) = this.with_target(kind);
                kinds.item(found, child.span());
                name = target.and_then(|target| this.name_of(target));
            }
        });
        let kind = self.open_tuple(&kinds);
        Handler { kind, name, body, is_star, span: self.trimmed(clause.span(), &[body]), header }
    }

    fn name_of(&self, expr: ExprId) -> Option<Symbol> {
        match self.module.exprs[expr.index()].kind {
            Expr::Name(name) => Some(name),
            _ => None,
        }
    }

    fn with_statement(&mut self, span: Span) -> StmtId {
        let mut items = Vec::new();
        let mut body = Body::empty();
        let mut is_async = false;
        self.children(|this, child| match child.kind {
            Kind::TokenAsync => is_async = true,
            Kind::WithClause => this.with_clause(&mut items),
            Kind::Block => body = this.suite(),
            _ => {}
        });
        let items = self.list(&items);
        let span = self.trimmed(span, &[body]);
        self.stmt(Stmt::With { items, body, is_async }, span)
    }

    fn with_clause(&mut self, items: &mut Vec<WithItem>) {
        if self.starts_with_star(self.at) {
            items.extend(self.starred_context());
            return;
        }
        self.children(|this, child| {
            if child.kind == Kind::WithItem {
                this.with_item(items);
            }
        });
    }

    fn with_item(&mut self, items: &mut Vec<WithItem>) {
        self.children(|this, child| match child.kind {
            // `with (a as b):`
            Kind::ParenthesizedExpression if operator(this.at, as_pattern).is_some() => this.with_item(items),
            // `with (a,):` has one context manager, though the grammar reads a tuple.
            Kind::TupleDisplay if items.is_empty() && this.is_whole_clause(child) => this.with_item(items),
            kind if kind.is_token() => {}
            kind => {
                let (context, target) = this.with_target(kind);
                items.push(WithItem { context, target });
            }
        });
    }

    /// Whether the tuple is all that stands between `with` and the colon, and nothing that only a tuple can be.
    fn is_whole_clause(&self, tuple: Child<'t>) -> bool {
        let behind = self.text[tuple.span().end as usize..].trim_ascii_start();
        behind.starts_with(':') && tuple.node.child_count() > 2 && !self.starts_with_star(tuple.node)
    }

    /// Whether one of the children of `node` starts with a star.
    fn starts_with_star(&self, node: Node<'t>) -> bool {
        let bytes = self.text.as_bytes();
        (0..node.child_count()).filter_map(|at| node.child(at)).any(|item| bytes.get(item.start_byte()) == Some(&b'*'))
    }

    /// `with (a, *b):` can only be a tuple.
    fn starred_context(&mut self) -> Option<WithItem> {
        let span = self.here();
        let mut tuple = OpenTuple::default();
        self.children(|this, child| {
            if child.kind == Kind::WithItem {
                tuple.item(this.only_child(child.span()), span);
            }
        });
        tuple.comma(span);
        self.open_tuple(&tuple).map(|context| WithItem { context, target: None })
    }

    fn match_statement(&mut self, span: Span) -> StmtId {
        let mut subjects = OpenTuple::default();
        let mut cases = Vec::new();
        self.children(|this, child| match child.kind {
            Kind::Block => this.children(|this, child| {
                if child.kind == Kind::CaseClause {
                    cases.extend(this.case_clause());
                }
            }),
            Kind::TokenComma => subjects.comma(child.span()),
            kind if kind.is_token() => {}
            kind => subjects.item(this.expression(kind), child.span()),
        });
        let Some(subject) = self.open_tuple(&subjects) else { return self.stmt(Stmt::Unknown, span) };
        let last = cases.last().map_or(Body::empty(), |case: &Case| case.body);
        let span = self.trimmed(span, &[last]);
        if cases.is_empty() {
            self.problem(Span::empty(span.end), SyntaxProblemKind::Missing("case".into()));
        }
        let cases = self.list(&cases);
        self.stmt(Stmt::Match { subject, cases }, span)
    }

    fn case_clause(&mut self) -> Option<Case> {
        let mut parts = Parts::default();
        let mut guard = None;
        let mut body = Body::empty();
        self.children(|this, child| match child.kind {
            Kind::IfClause => guard = this.only_expression(),
            Kind::Block => body = this.suite(),
            kind => this.pattern_part(kind, &mut parts),
        });
        let pattern = self.open_sequence(&parts)?;
        Some(Case { pattern, guard, body })
    }
}

fn as_pattern(kind: Kind) -> Option<Kind> {
    (kind == Kind::AsPattern).then_some(kind)
}

fn augmented_operator(kind: Kind) -> Option<BinaryOp> {
    Some(match kind {
        Kind::TokenAddAssign => BinaryOp::Add,
        Kind::TokenSubAssign => BinaryOp::Sub,
        Kind::TokenMultAssign => BinaryOp::Mult,
        Kind::TokenDivAssign => BinaryOp::Div,
        Kind::TokenMatMultAssign => BinaryOp::MatMult,
        Kind::TokenFloorDivAssign => BinaryOp::FloorDiv,
        Kind::TokenModAssign => BinaryOp::Mod,
        Kind::TokenPowAssign => BinaryOp::Pow,
        Kind::TokenShiftRightAssign => BinaryOp::RShift,
        Kind::TokenShiftLeftAssign => BinaryOp::LShift,
        Kind::TokenAndAssign => BinaryOp::BitAnd,
        Kind::TokenXorAssign => BinaryOp::BitXor,
        Kind::TokenOrAssign => BinaryOp::BitOr,
        _ => return None,
    })
}
