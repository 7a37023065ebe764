//! Clauses that catch every error.

use backlint_model::{File, FunctionRef};
use backlint_semantic::{Block, Call, descendants, expressions_of, own_statements};
use backlint_source::Span;
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Handler, Stmt, StmtId, Symbol};

use super::bare_except::ends_in_raise;

/// An `except Exception` with the block it guards, or `with suppress(Exception)`.
#[derive(Clone, Copy)]
pub(crate) struct Clause<'p> {
    pub(crate) file: File<'p>,
    /// The `try` or `with`.
    pub(crate) stmt: StmtId,
    /// Where it is reported.
    pub(crate) at: Span,
    /// The whole clause, comments included.
    pub(crate) span: Span,
    /// What errors come from.
    pub(crate) guarded: &'p [StmtId],
    /// What happens then.
    pub(crate) handling: &'p [StmtId],
    /// What the error is called.
    pub(crate) name: Option<Symbol>,
}

/// The broad clauses of a file, in source order. Those that name no type are a matter of their own, unless they end in
/// another error: what the interrupts become then is said by that.
pub(crate) fn broad_clauses(file: File<'_>) -> Vec<Clause<'_>> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in module.stmt_ids() {
        match module.stmt(stmt) {
            Stmt::Try { body, handlers, .. } => {
                found.extend(module.list(handlers).iter().filter(|handler| catches_all(file, handler)).map(
                    |handler| Clause {
                        file,
                        stmt,
                        at: handler.header,
                        span: handler.span,
                        guarded: module.list(body),
                        handling: module.list(handler.body),
                        name: handler.name,
                    },
                ));
            }
            Stmt::With { items, body, .. } => {
                let suppressing = module.list(items).iter().find(|item| suppresses_all(file, item.context));
                found.extend(suppressing.map(|item| Clause {
                    file,
                    stmt,
                    at: module.span(item.context),
                    span: module.stmt_span(stmt),
                    guarded: module.list(body),
                    handling: &[],
                    name: None,
                }));
            }
            _ => {}
        }
    }
    found.retain(|clause| !module.is_broken_in(module.stmt_span(clause.stmt)));
    found.sort_by_key(|clause| clause.at);
    found
}

fn catches_all(file: File<'_>, handler: &Handler) -> bool {
    handler.kind.map_or_else(|| ends_in_raise(file.module(), handler.body), |kind| is_broad(file, kind))
}

fn is_broad(file: File<'_>, kind: ExprId) -> bool {
    let module = file.module();
    match module.expr(kind) {
        Expr::Name(_) | Expr::Attribute { .. } => {
            let path = file.path_of(kind);
            matches!(
                path.as_deref(),
                Some("Exception" | "BaseException" | "builtins.Exception" | "builtins.BaseException")
            )
        }
        Expr::Tuple(items) => module.list(items).iter().any(|&item| is_broad(file, item)),
        _ => false,
    }
}

fn suppresses_all(file: File<'_>, context: ExprId) -> bool {
    let Some(call) = Call::of(file.module(), context) else { return false };
    call.name() == Some("suppress") && call.args.iter().any(|arg| is_broad(file, arg.value))
}

impl<'p> Clause<'p> {
    /// The statements that handle the error, nested ones included, those of nested functions not.
    pub(crate) fn handling_statements(&self) -> Vec<StmtId> {
        own_statements(self.file.module(), self.handling)
    }

    /// The calls in the handling.
    pub(crate) fn handling_calls(&self) -> Vec<Call<'p>> {
        calls_in(self.file, self.handling)
    }

    /// The calls in the guarded block.
    pub(crate) fn guarded_calls(&self) -> Vec<Call<'p>> {
        calls_in(self.file, self.guarded)
    }

    /// The function around it.
    pub(crate) fn function(&self) -> Option<FunctionId> {
        self.file.index().function_of_stmt(self.stmt)
    }

    /// The function around it, for questions to the project.
    pub(crate) fn function_ref(&self) -> Option<FunctionRef> {
        self.function().map(|id| FunctionRef { file: self.file.id(), id })
    }

    /// What a reader calls the place.
    pub(crate) fn context(&self) -> String {
        self.function().map_or_else(|| "<module>".to_owned(), |function| self.file.qualified_name(function))
    }

    /// Whether it stands in another handler or in a `finally`: the error that matters is already under way.
    pub(crate) fn is_after_error(&self) -> bool {
        self.file
            .index()
            .stmt_ancestors(self.stmt)
            .any(|parent| matches!(parent.block, Block::Handler(_) | Block::Finally))
    }

    /// The loop around it in the same function, if any.
    pub(crate) fn enclosing_loop(&self) -> Option<StmtId> {
        let module = self.file.module();
        let index = self.file.index();
        let around = index.stmt_ancestors(self.stmt).map(|parent| parent.stmt);
        around
            .take_while(|&stmt| !matches!(module.stmt(stmt), Stmt::Function(_) | Stmt::Class(_)))
            .find(|&stmt| matches!(module.stmt(stmt), Stmt::For { .. } | Stmt::While { .. }))
    }
}

/// All expressions in a block, those of nested functions left out.
pub(crate) fn expressions_in(file: File<'_>, block: &[StmtId]) -> Vec<ExprId> {
    let module = file.module();
    let statements = own_statements(module, block);
    statements
        .into_iter()
        .filter(|&stmt| !matches!(module.stmt(stmt), Stmt::Function(_) | Stmt::Class(_)))
        .flat_map(|stmt| expressions_of(module, stmt))
        .flat_map(|expr| descendants(module, expr))
        .collect()
}

pub(crate) fn calls_in<'p>(file: File<'p>, block: &[StmtId]) -> Vec<Call<'p>> {
    let module = file.module();
    expressions_in(file, block).into_iter().filter_map(|expr| Call::of(module, expr)).collect()
}

/// The statement that follows another one in the same block.
pub(crate) fn next_statement(clause: &Clause<'_>, stmt: StmtId) -> Option<StmtId> {
    let index = clause.file.index();
    let module = clause.file.module();
    let end = module.stmt_span(stmt).end;
    let parent = index.stmt_parent(stmt);
    let siblings = module
        .stmt_ids()
        .filter(|&other| index.stmt_parent(other) == parent && index.stmt_scope(other) == index.stmt_scope(stmt));
    siblings.filter(|&other| module.stmt_span(other).start >= end).min_by_key(|&other| module.stmt_span(other).start)
}
