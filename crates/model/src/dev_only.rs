//! Code that only runs in development or tests.

use backlint_semantic::{Block, Call};
use backlint_syntax::ast::{BoolOp, CompareOp, Expr, ExprId, Stmt, StmtId, UnaryOp};

use crate::File;

/// Whether a development or testing condition dominates `expr`.
pub(crate) fn is_dev_only(file: File<'_>, expr: ExprId) -> bool {
    if crate::words::is_dev_name(file.local_path().rsplit('/').next().unwrap_or_default()) {
        return true;
    }
    if in_dev_class(file, expr) || in_conditional_expression(file, expr) {
        return true;
    }
    let Some(stmt) = file.index().stmt_of(expr) else { return false };
    stmt_is_dev_only(file, stmt) || follows_refusal(file, stmt)
}

/// Behind `if environment != "development": raise …` in the same function.
fn follows_refusal(file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    let Some(function) = file.index().function_of_stmt(stmt) else { return false };
    let start = module.stmt_span(stmt).start;
    module.body(function).iter().take_while(|&&before| module.stmt_span(before).end <= start).any(|&before| {
        let Stmt::If { clauses, .. } = module.stmt(before) else { return false };
        module.list(clauses).iter().any(|clause| {
            let leaves = module.list(clause.body).last().is_some_and(|&last| leaves(file, last));
            leaves && meaning(file, clause.test) == Some(false)
        })
    })
}

/// Whether a statement ends the function.
fn leaves(file: File<'_>, stmt: StmtId) -> bool {
    match file.module().stmt(stmt) {
        Stmt::Raise { .. } | Stmt::Return(_) => true,
        Stmt::Expr(value) => Call::of(file.module(), value)
            .and_then(|call| call.name())
            .is_some_and(|name| matches!(name, "exit" | "abort")),
        _ => false,
    }
}

/// Whether a development or testing condition decides if a statement runs.
pub(crate) fn stmt_is_dev_only(file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    file.index().stmt_ancestors(stmt).any(|parent| match (module.stmt(parent.stmt), parent.block) {
        (Stmt::If { clauses, .. }, Block::Clause(number)) => {
            module.list(clauses).get(number as usize).is_some_and(|clause| meaning(file, clause.test) == Some(true))
        }
        (Stmt::If { clauses, .. }, Block::Else) => {
            module.list(clauses).iter().any(|clause| meaning(file, clause.test) == Some(false))
        }
        (Stmt::With { items, .. }, _) => module.list(items).iter().any(|item| is_mock(file, item.context)),
        (Stmt::Function(function), _) => {
            let decorators = module.list(module.function(function).decorators);
            decorators.iter().any(|decorator| is_watched(file, decorator.expr))
        }
        _ => false,
    })
}

/// `with patch("shop.database.create")`: whatever runs in there runs without a part of the program.
fn is_mock(file: File<'_>, context: ExprId) -> bool {
    let path = Call::of(file.module(), context).and_then(|call| file.path_of(call.function));
    path.is_some_and(|path| path.starts_with("unittest.mock.") || path.starts_with("mock."))
}

/// `@run_with_reloader`: the function is started again whenever a source file changes.
fn is_watched(file: File<'_>, decorator: ExprId) -> bool {
    file.path_of(decorator).is_some_and(|path| path.ends_with(".run_with_reloader"))
}

/// A settings class for development or tests: `class DevConfig`, `class TestingSettings`.
fn in_dev_class(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(expr) else { return false };
    file.index().stmt_ancestors(stmt).any(|parent| match module.stmt(parent.stmt) {
        Stmt::Class(class) => crate::words::is_dev_identifier(file.class_name(class)),
        _ => false,
    })
}

/// `literal if debug else …`.
fn in_conditional_expression(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let mut inner = expr;
    for outer in file.index().ancestors(expr) {
        if let Expr::Conditional { test, body, orelse } = module.expr(outer) {
            match meaning(file, test) {
                Some(true) if inner == body => return true,
                Some(false) if inner == orelse => return true,
                _ => {}
            }
        }
        inner = outer;
    }
    false
}

/// `Some(true)` when the condition holds in development only, `Some(false)` when it fails there only.
fn meaning(file: File<'_>, test: ExprId) -> Option<bool> {
    let module = file.module();
    match module.expr(test) {
        Expr::Unary { op: UnaryOp::Not, operand } => meaning(file, operand).map(|m| !m),
        Expr::Bool { op: BoolOp::And, values } => {
            module.list(values).iter().find_map(|&value| meaning(file, value).filter(|&m| m))
        }
        Expr::Bool { op: BoolOp::Or, values } => {
            let all: Option<Vec<bool>> = module.list(values).iter().map(|&value| meaning(file, value)).collect();
            all.filter(|all| all.iter().all(|&m| m)).map(|_| true)
        }
        Expr::Compare { left, rest } => {
            let [only] = module.list(rest) else { return None };
            let is_dev = [left, only.right].iter().find_map(|&side| environment_word(file, side))?;
            match only.op {
                CompareOp::Eq | CompareOp::In | CompareOp::Is => Some(is_dev),
                CompareOp::NotEq | CompareOp::NotIn | CompareOp::IsNot => Some(!is_dev),
                _ => None,
            }
        }
        Expr::Name(_) | Expr::Attribute { .. } | Expr::Subscript { .. } | Expr::Call { .. } => flag(file.text_of(test)),
        _ => None,
    }
}

/// Whether a literal (or all of a list of literals) names a development environment (true) or production (false).
fn environment_word(file: File<'_>, expr: ExprId) -> Option<bool> {
    let module = file.module();
    match module.expr(expr) {
        Expr::Str(text) => {
            let word = module.text(text).to_ascii_lowercase();
            match word.as_str() {
                "dev" | "development" | "local" | "test" | "testing" | "ci" | "debug" => Some(true),
                "prod" | "production" | "live" | "staging" => Some(false),
                _ => None,
            }
        }
        Expr::Tuple(items) | Expr::List(items) | Expr::Set(items) => {
            let words: Option<Vec<bool>> =
                module.list(items).iter().map(|&item| environment_word(file, item)).collect();
            let words = words?;
            let first = *words.first()?;
            words.iter().all(|&word| word == first).then_some(first)
        }
        _ => None,
    }
}

/// The meaning of a flag by its last words: `settings.DEBUG`, `app.config["TESTING"]`, `is_production()`.
fn flag(text: &str) -> Option<bool> {
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let has = |set: &[&str]| words.iter().any(|word| set.contains(word));
    if has(&["production", "prod"]) {
        return Some(false);
    }
    if has(&["debug", "testing", "development", "dev", "local"]) && !has(&["logger", "logging", "log", "session"]) {
        return Some(true);
    }
    None
}
