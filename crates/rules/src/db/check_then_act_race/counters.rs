//! Numbers that are read, compared and then changed, while another request does the same.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::Findings;
use backlint_model::{ClassRef, File, Model, Project, Query, StepKind, TypeFamily};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{BinaryOp, CompareOp, Expr, ExprId, Stmt, StmtId, Symbol};

use super::{Lookup, heuristic};

pub(super) fn check(project: &Project, lookups: &[Lookup<'_>], findings: &mut Findings) {
    if lookups.is_empty() {
        return;
    }
    let locks = locks(project);
    let mut seen = BTreeSet::new();
    for lookup in lookups {
        let Some(model) = project.model(lookup.query.entity).filter(|model| !has_version(project, model)) else {
            continue;
        };
        let Some((changed, column)) = changed(lookup, model) else { continue };
        if !is_compared(lookup, column, changed) || !seen.insert((lookup.function, column)) {
            continue;
        }
        report(lookup, model, column, changed, locks.get(&model.class).copied(), findings);
    }
}

/// Where rows of a class are locked before they are changed, the first place of each.
fn locks(project: &Project) -> BTreeMap<ClassRef, Location> {
    let mut found = BTreeMap::new();
    for query in project.queries() {
        if let Some(at) = lock(project, query) {
            found.entry(query.entity).or_insert(at);
        }
    }
    found
}

fn lock(project: &Project, query: &Query) -> Option<Location> {
    let file = project.file(query.at.file)?;
    let mut steps = query.steps_of(StepKind::Other);
    let step = steps
        .find(|step| Call::of(file.module(), step.call).is_some_and(|call| call.name() == Some("with_for_update")))?;
    Some(file.at(file.first_line(file.at_expr(step.call).span)))
}

/// Whether the mapper counts the versions of rows, so that the second change fails.
fn has_version(project: &Project, model: &Model) -> bool {
    project
        .class_attribute(model.class, "__mapper_args__")
        .is_some_and(|at| project.file(at.file).is_some_and(|file| file.text_of(at.expr).contains("version_id")))
}

/// The first change of a number of the row by what it was: `row.stock -= n`, `row.stock = row.stock - n`.
fn changed<'p>(lookup: &Lookup<'p>, model: &Model) -> Option<(StmtId, &'p str)> {
    let module = lookup.file.module();
    let stmts = own_statements(module, module.body(lookup.function.id)).into_iter();
    stmts.filter(|&stmt| module.stmt_span(stmt).start > lookup.end).find_map(|stmt| {
        let name = match module.stmt(stmt) {
            Stmt::AugAssign { target, op: BinaryOp::Add | BinaryOp::Sub, .. } => attribute(lookup, target)?,
            Stmt::Assign { targets, value } => {
                let &[target] = module.list(targets) else { return None };
                let name = attribute(lookup, target)?;
                let Expr::Binary { left, op: BinaryOp::Add | BinaryOp::Sub, .. } = module.expr(value) else {
                    return None;
                };
                (attribute(lookup, left) == Some(name)).then_some(name)?
            }
            _ => return None,
        };
        let text = module.text(name);
        let is_number = model.columns().any(|(attribute, column)| {
            attribute.name == text && matches!(column.family, TypeFamily::Integer | TypeFamily::Number)
        });
        is_number.then_some((stmt, text))
    })
}

/// The attribute of the row that an expression is.
fn attribute(lookup: &Lookup<'_>, expr: ExprId) -> Option<Symbol> {
    let module = lookup.file.module();
    match module.expr(expr) {
        Expr::Attribute { value, name } if module.expr(value) == Expr::Name(lookup.row) => Some(name),
        _ => None,
    }
}

/// Whether the function compares the number before it changes it.
fn is_compared(lookup: &Lookup<'_>, column: &str, changed: StmtId) -> bool {
    let module = lookup.file.module();
    let start = module.stmt_span(changed).start;
    let stmts = own_statements(module, module.body(lookup.function.id)).into_iter();
    let before = stmts.filter(|&stmt| module.stmt_span(stmt).start < start);
    let parts = before.flat_map(|stmt| expressions_of(module, stmt)).flat_map(|expr| descendants(module, expr));
    parts.into_iter().any(|part| {
        let Expr::Compare { left, rest } = module.expr(part) else { return false };
        let [only] = module.list(rest) else { return false };
        let is_order = matches!(only.op, CompareOp::Lt | CompareOp::LtE | CompareOp::Gt | CompareOp::GtE);
        is_order && [left, only.right].into_iter().any(|side| mentions(lookup, side, column))
    })
}

fn mentions(lookup: &Lookup<'_>, expr: ExprId, column: &str) -> bool {
    let module = lookup.file.module();
    descendants(module, expr)
        .into_iter()
        .any(|part| attribute(lookup, part).is_some_and(|name| module.text(name) == column))
}

fn report(
    lookup: &Lookup<'_>,
    model: &Model,
    column: &str,
    changed: StmtId,
    lock: Option<Location>,
    findings: &mut Findings,
) {
    let file: File<'_> = lookup.file;
    let label = format!("{}.{column}", model.name);
    let message = format!(
        "Two requests at once can both pass the test of `{label}` and both change it by what it was before: lock the row \
         (`with_for_update()`), or let one UPDATE test and change it.",
    );
    let place = file.at(file.first_line(module_span(file, changed)));
    let anchor = format!("{label} in {}", file.qualified_name(lookup.function.id));
    let finding =
        findings.report(place, anchor, message).also(file.at_expr(lookup.query.at.expr), "read here without a lock");
    match lock {
        Some(lock) => {
            finding.also(lock, "the row is locked here");
        }
        None => heuristic(finding),
    }
}

fn module_span(file: File<'_>, stmt: StmtId) -> backlint_source::Span {
    file.module().stmt_span(stmt)
}
