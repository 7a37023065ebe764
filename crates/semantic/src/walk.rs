//! Walks over parts of a module without crossing into nested definitions.

use backlint_syntax::Module;
use backlint_syntax::ast::{Body, Expr, ExprId, Part, Pattern, PatternId, Stmt, StmtId};

/// The statements of `body` and of the blocks in it, in source order, not going into nested functions or classes
/// (whose own statement is included).
pub fn own_statements(module: &Module, body: &[StmtId]) -> Vec<StmtId> {
    let mut found = Vec::new();
    let mut stack: Vec<StmtId> = body.iter().rev().copied().collect();
    while let Some(stmt) = stack.pop() {
        found.push(stmt);
        let mut blocks = Vec::new();
        blocks_of(module, stmt, &mut |block| blocks.push(block));
        for block in blocks.into_iter().rev() {
            stack.extend(module.list(block).iter().rev());
        }
    }
    found
}

/// The blocks of a compound statement other than a definition, in source order.
fn blocks_of(module: &Module, stmt: StmtId, each: &mut dyn FnMut(Body)) {
    match module.stmt(stmt) {
        Stmt::For { body, orelse, .. } | Stmt::While { body, orelse, .. } => {
            each(body);
            each(orelse);
        }
        Stmt::If { clauses, orelse } => {
            module.list(clauses).iter().for_each(|clause| each(clause.body));
            each(orelse);
        }
        Stmt::With { body, .. } => each(body),
        Stmt::Match { cases, .. } => module.list(cases).iter().for_each(|case| each(case.body)),
        Stmt::Try { body, handlers, orelse, finally } => {
            each(body);
            module.list(handlers).iter().for_each(|handler| each(handler.body));
            each(orelse);
            each(finally);
        }
        _ => {}
    }
}

/// The expressions that stand directly in a statement, in source order; blocks are not entered, decorators, defaults
/// and bases of a definition are included.
pub fn expressions_of(module: &Module, stmt: StmtId) -> Vec<ExprId> {
    let mut found = Vec::new();
    match module.stmt(stmt) {
        Stmt::Function(id) => {
            let function = module.function(id);
            found.extend(module.list(function.decorators).iter().map(|d| d.expr));
            for param in module.list(function.params) {
                found.extend(param.annotation);
                found.extend(param.default);
            }
            found.extend(function.returns);
        }
        Stmt::Class(id) => {
            let class = module.class(id);
            found.extend(module.list(class.decorators).iter().map(|d| d.expr));
            found.extend(module.list(class.bases).iter().map(|b| b.value));
        }
        Stmt::Return(value) => found.extend(value),
        Stmt::Delete(targets) => found.extend(module.list(targets)),
        Stmt::Assign { targets, value } => {
            found.extend(module.list(targets));
            found.push(value);
        }
        Stmt::AugAssign { target, value, .. } => found.extend([target, value]),
        Stmt::AnnAssign { target, annotation, value } => {
            found.extend([target, annotation]);
            found.extend(value);
        }
        Stmt::TypeAlias { name, value, .. } => found.extend([name, value]),
        Stmt::For { target, iter, .. } => found.extend([target, iter]),
        Stmt::While { test, .. } => found.push(test),
        Stmt::If { clauses, .. } => found.extend(module.list(clauses).iter().map(|clause| clause.test)),
        Stmt::With { items, .. } => {
            for item in module.list(items) {
                found.push(item.context);
                found.extend(item.target);
            }
        }
        Stmt::Match { subject, cases } => {
            found.push(subject);
            for case in module.list(cases) {
                pattern_expressions(module, case.pattern, &mut found);
                found.extend(case.guard);
            }
        }
        Stmt::Raise { exception, cause } => {
            found.extend(exception);
            found.extend(cause);
        }
        Stmt::Try { handlers, .. } => found.extend(module.list(handlers).iter().filter_map(|handler| handler.kind)),
        Stmt::Assert { test, message } => {
            found.push(test);
            found.extend(message);
        }
        Stmt::Expr(value) => found.push(value),
        Stmt::Import(_)
        | Stmt::ImportFrom { .. }
        | Stmt::Global(_)
        | Stmt::Nonlocal(_)
        | Stmt::Pass
        | Stmt::Break
        | Stmt::Continue
        | Stmt::Unknown => {}
    }
    found
}

fn pattern_expressions(module: &Module, pattern: PatternId, found: &mut Vec<ExprId>) {
    let mut stack = vec![pattern];
    while let Some(pattern) = stack.pop() {
        match module.pattern(pattern) {
            Pattern::Value(value) => found.push(value),
            Pattern::Sequence(items) | Pattern::Or(items) => stack.extend(module.list(items)),
            Pattern::Mapping { items, .. } => {
                for item in module.list(items) {
                    found.push(item.key);
                    stack.push(item.pattern);
                }
            }
            Pattern::Class { class, positional, keywords } => {
                found.push(class);
                stack.extend(module.list(positional));
                stack.extend(module.list(keywords).iter().map(|keyword| keyword.pattern));
            }
            Pattern::As { pattern, .. } => stack.extend(pattern),
            Pattern::Star(_) | Pattern::Unknown => {}
        }
    }
}

/// `expr` and everything inside it, parents before children, in source order of siblings; lambdas and comprehensions
/// are entered.
pub fn descendants(module: &Module, expr: ExprId) -> Vec<ExprId> {
    let mut found = Vec::new();
    let mut stack = vec![expr];
    while let Some(expr) = stack.pop() {
        found.push(expr);
        let at = stack.len();
        children(module, expr, &mut stack);
        stack[at..].reverse();
    }
    found
}

/// Appends the direct children of `expr` in source order.
fn children(module: &Module, expr: ExprId, out: &mut Vec<ExprId>) {
    match module.expr(expr) {
        Expr::FString(parts) | Expr::TString(parts) => {
            for part in module.list(parts) {
                if let Part::Value { value, format, .. } = *part {
                    out.push(value);
                    out.extend(format);
                }
            }
        }
        Expr::Attribute { value, .. } | Expr::Await(value) | Expr::YieldFrom(value) | Expr::Starred(value) => {
            out.push(value);
        }
        Expr::Unary { operand, .. } => out.push(operand),
        Expr::Subscript { value, index } => out.extend([value, index]),
        Expr::Slice { lower, upper, step } => out.extend([lower, upper, step].into_iter().flatten()),
        Expr::Call { function, args } => {
            out.push(function);
            out.extend(module.list(args).iter().map(|arg| arg.value));
        }
        Expr::Binary { left, right, .. } => out.extend([left, right]),
        Expr::Bool { values, .. } => out.extend(module.list(values)),
        Expr::Compare { left, rest } => {
            out.push(left);
            out.extend(module.list(rest).iter().map(|comparison| comparison.right));
        }
        Expr::Conditional { test, body, orelse } => out.extend([body, test, orelse]),
        Expr::Lambda(id) => {
            let lambda = module.lambda(id);
            out.extend(module.list(lambda.params).iter().filter_map(|param| param.default));
            out.push(lambda.body);
        }
        Expr::Tuple(items) | Expr::List(items) | Expr::Set(items) => out.extend(module.list(items)),
        Expr::Dict(items) => {
            for item in module.list(items) {
                out.extend(item.key);
                out.push(item.value);
            }
        }
        Expr::Comprehension(id) => {
            let comprehension = module.comprehension(id);
            out.push(comprehension.element);
            out.extend(comprehension.value);
            for generator in module.list(comprehension.generators) {
                out.extend([generator.target, generator.iter]);
                out.extend(module.list(generator.conditions));
            }
        }
        Expr::Yield(value) => out.extend(value),
        Expr::Named { target, value } => out.extend([target, value]),
        Expr::Name(_)
        | Expr::True
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
