//! Rows of a page that are left out in Python.

use backlint_model::{EndKind, File, Query, StepKind};
use backlint_semantic::{Call, descendants, own_statements};
use backlint_syntax::ast::{Body, Expr, ExprId, FunctionId, Stmt, Symbol};

/// Words in the names of parameters that say which page is wanted, and not which rows.
const PAGE_WORDS: &[&str] = &["cursor", "limit", "offset", "page", "per_page", "session", "size", "skip"];

/// A condition that leaves rows out.
pub(super) struct Dropped<'p> {
    pub(super) test: ExprId,
    /// The parameter that decides.
    pub(super) parameter: &'p str,
}

/// The first condition on a parameter that leaves rows of the page out.
pub(super) fn first<'p>(file: File<'p>, function: FunctionId, query: &Query) -> Option<Dropped<'p>> {
    let module = file.module();
    let cut = query.steps_of(StepKind::Limit).map(|step| module.span(step.call).end).min()?;
    let pages = query.ends_of(EndKind::All).filter(|end| module.span(end.value).end >= cut);
    let rows: Vec<Symbol> = pages.filter_map(|end| bound_to(file, end.value)).collect();
    let mut tests = loop_tests(file, function, &rows);
    tests.extend(comprehension_tests(file, function, &rows));
    tests.into_iter().find_map(|test| Some(Dropped { test, parameter: deciding_parameter(file, function, test)? }))
}

/// The name that a value is assigned to.
pub(super) fn bound_to(file: File<'_>, value: ExprId) -> Option<Symbol> {
    let module = file.module();
    let Stmt::Assign { targets, .. } = module.stmt(file.index().stmt_of(value)?) else { return None };
    match module.expr(*module.list(targets).first()?) {
        Expr::Name(name) => Some(name),
        _ => None,
    }
}

fn is_over(file: File<'_>, iter: ExprId, rows: &[Symbol]) -> bool {
    let module = file.module();
    match module.expr(iter) {
        Expr::Name(name) => rows.contains(&name),
        Expr::Call { .. } => {
            let inner = Call::of(module, iter).filter(|call| call.name() == Some("enumerate"));
            inner.and_then(|call| call.positional(0)).is_some_and(|inner| is_over(file, inner, rows))
        }
        _ => false,
    }
}

/// `if …: continue`, and `if …: items.append(…)` without another branch.
fn loop_tests(file: File<'_>, function: FunctionId, rows: &[Symbol]) -> Vec<ExprId> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in own_statements(module, module.body(function)) {
        let Stmt::For { iter, body, .. } = module.stmt(stmt) else { continue };
        if !is_over(file, iter, rows) {
            continue;
        }
        for inner in own_statements(module, module.list(body)) {
            let Stmt::If { clauses, orelse } = module.stmt(inner) else { continue };
            let clauses = module.list(clauses).iter();
            let dropping = clauses
                .filter(|clause| ends_turn(file, clause.body) || orelse.is_empty() && only_appends(file, clause.body));
            found.extend(dropping.map(|clause| clause.test));
        }
    }
    found
}

fn ends_turn(file: File<'_>, body: Body) -> bool {
    let module = file.module();
    module.list(body).last().is_some_and(|&stmt| matches!(module.stmt(stmt), Stmt::Continue))
}

fn only_appends(file: File<'_>, body: Body) -> bool {
    let module = file.module();
    let &[only] = module.list(body) else { return false };
    let Stmt::Expr(value) = module.stmt(only) else { return false };
    Call::of(module, value).is_some_and(|call| call.name() == Some("append"))
}

/// `[row for row in rows if …]`.
fn comprehension_tests(file: File<'_>, function: FunctionId, rows: &[Symbol]) -> Vec<ExprId> {
    let module = file.module();
    let mut found = Vec::new();
    for expr in crate::parameters::body_expressions(file, function) {
        let Expr::Comprehension(id) = module.expr(expr) else { continue };
        for generator in module.list(module.comprehension(id).generators) {
            if is_over(file, generator.iter, rows) {
                found.extend(module.list(generator.conditions));
            }
        }
    }
    found
}

/// The parameter of the function that a condition mentions, if it is one that chooses rows.
fn deciding_parameter(file: File<'_>, function: FunctionId, test: ExprId) -> Option<&str> {
    let module = file.module();
    let params = module.list(file.function(function).params);
    let mentioned = descendants(module, test);
    params.iter().find_map(|param| {
        let name = module.text(param.name);
        let chooses_page = PAGE_WORDS.iter().any(|word| name.contains(word)) || is_caller(name);
        let is_mentioned = mentioned.iter().any(|&expr| module.expr(expr) == Expr::Name(param.name));
        (is_mentioned && !chooses_page).then_some(name)
    })
}

/// What a caller may see is no filter that the caller asked for.
fn is_caller(name: &str) -> bool {
    matches!(name, "self" | "cls" | "db" | "request") || name.contains("user") || name.contains("principal")
}
