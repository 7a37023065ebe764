//! What has to hold for code to run, as far as names and imports depend on it.

use backlint_model::File;
use backlint_semantic::{Block, Call, own_statements};
use backlint_source::Span;
use backlint_syntax::ast::{Expr, ExprId, Handler, Stmt, StmtId};

use crate::expressions::tests_around;

/// Whether only type checkers read the statement: it stands below `if TYPE_CHECKING`.
pub(super) fn is_for_types(file: File<'_>, stmt: StmtId) -> bool {
    tests_around(file, stmt).any(|test| is_type_checking(file, test))
}

fn is_type_checking(file: File<'_>, test: ExprId) -> bool {
    match file.module().expr(test) {
        Expr::Name(name) | Expr::Attribute { name, .. } => {
            matches!(file.module().text(name), "TYPE_CHECKING" | "MYPY")
        }
        Expr::False => true,
        Expr::Int(number) => file.module().text(number) == "0",
        _ => false,
    }
}

/// Whether the statement finds out whether an import works: `try: import x except ImportError: …`,
/// `with suppress(ImportError): import x`.
pub(super) fn is_import_probe(file: File<'_>, stmt: StmtId) -> bool {
    /// A longer block has a broad clause for other reasons.
    const FEW: usize = 3;
    is_attempt(file, stmt, &["ImportError", "ModuleNotFoundError"], FEW)
}

/// Whether an error of one of these kinds is expected where the statement stands. A broad clause expects it if its
/// block has at most `few` statements.
pub(super) fn is_attempt(file: File<'_>, stmt: StmtId, errors: &[&str], few: usize) -> bool {
    let module = file.module();
    file.index().stmt_ancestors(stmt).any(|parent| match (module.stmt(parent.stmt), parent.block) {
        (Stmt::Try { body, handlers, .. }, Block::Body) => {
            let is_short = body.len() <= few;
            module.list(handlers).iter().any(|handler| match handler.kind {
                Some(kind) => catches(file, kind, errors) || is_short && catches(file, kind, BROAD),
                None => is_short,
            })
        }
        // What stands in the other branches is there for the same attempt.
        (Stmt::Try { handlers, .. }, _) => {
            module.list(handlers).iter().any(|handler| handler.kind.is_some_and(|kind| catches(file, kind, errors)))
        }
        (Stmt::With { items, .. }, _) => module.list(items).iter().any(|item| {
            Call::of(module, item.context).is_some_and(|call| matches!(call.name(), Some("suppress" | "raises")))
        }),
        _ => false,
    })
}

const BROAD: &[&str] = &["BaseException", "Exception", "OSError"];

fn catches(file: File<'_>, kind: ExprId, errors: &[&str]) -> bool {
    let module = file.module();
    match module.expr(kind) {
        Expr::Name(name) | Expr::Attribute { name, .. } => errors.contains(&module.text(name)),
        Expr::Tuple(items) => module.list(items).iter().any(|&item| catches(file, item, errors)),
        _ => false,
    }
}

/// The clause of the same function that hides every error of a statement: it is broad and does not raise.
pub(super) fn hiding_clause(file: File<'_>, stmt: StmtId) -> Option<Span> {
    let module = file.module();
    let scope = file.index().stmt_scope(stmt);
    let around = file.index().stmt_ancestors(stmt).take_while(|parent| file.index().stmt_scope(parent.stmt) == scope);
    around.filter(|parent| parent.block == Block::Body).find_map(|parent| {
        let Stmt::Try { handlers, .. } = module.stmt(parent.stmt) else { return None };
        let is_broad = |h: &&Handler| h.kind.is_none_or(|kind| catches(file, kind, &["BaseException", "Exception"]));
        let broad = module.list(handlers).iter().find(is_broad)?;
        let statements = own_statements(module, module.list(broad.body));
        let raises = statements.into_iter().any(|stmt| matches!(module.stmt(stmt), Stmt::Raise { .. }));
        (!raises).then_some(broad.header)
    })
}

/// Whether a statement stands behind a `return`, `raise`, `break` or `continue` of its own block or of one around it.
pub(super) fn is_unreachable(file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    let index = file.index();
    let Some(function) = index.function_of_stmt(stmt) else { return false };
    let leaving: Vec<StmtId> = own_statements(module, module.body(function))
        .into_iter()
        .filter(|&stmt| {
            matches!(module.stmt(stmt), Stmt::Return(_) | Stmt::Raise { .. } | Stmt::Break | Stmt::Continue)
        })
        .collect();
    let around = index.stmt_ancestors(stmt).map(|parent| parent.stmt);
    std::iter::once(stmt).chain(around).any(|inner| {
        let start = module.stmt_span(inner).start;
        let parent = index.stmt_parent(inner);
        leaving.iter().any(|&left| index.stmt_parent(left) == parent && module.stmt_span(left).start < start)
    })
}

/// Whether a condition around the expression asks for the version of Python, or for the name itself as a string.
pub(super) fn is_asked_for(file: File<'_>, expr: ExprId, name: &str) -> bool {
    let asks = |test: ExprId| {
        let text = file.text_of(test);
        VERSION_WORDS.iter().any(|word| text.contains(word))
            || text.contains(&format!("\"{name}\""))
            || text.contains(&format!("'{name}'"))
    };
    let module = file.module();
    let in_expression = file.index().ancestors(expr).any(|outer| match module.expr(outer) {
        Expr::Conditional { test, .. } => asks(test),
        Expr::Bool { .. } => asks(outer),
        _ => false,
    });
    let Some(stmt) = file.index().stmt_of(expr).filter(|_| !in_expression) else { return in_expression };
    file.index().stmt_ancestors(stmt).any(|parent| match module.stmt(parent.stmt) {
        Stmt::If { clauses, .. } => module.list(clauses).iter().any(|clause| asks(clause.test)),
        _ => false,
    })
}

const VERSION_WORDS: &[&str] =
    &["version_info", "hexversion", "python_version", "PY2", "PY3", "IS_PY", "is_py", "platform", "os.name"];

/// Whether a comment on the line of `span` tells other linters to pass over it with this code.
pub(super) fn is_waved_through(file: File<'_>, span: Span, code: &str) -> bool {
    let source = file.source();
    let line = source.slice(source.lines().line_span(source.text(), source.line(span.start)));
    let Some((_, codes)) = line.split_once('#').and_then(|(_, comment)| comment.split_once("noqa")) else {
        return false;
    };
    !codes.trim_start().starts_with(':') || codes.contains(code)
}
