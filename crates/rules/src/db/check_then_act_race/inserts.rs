//! Rows that are made because a look-up found none, where no constraint refuses the second.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::Findings;
use backlint_model::{ClassRef, Comparator, Model, Project, StepKind, TypeFamily};
use backlint_semantic::{Block, Call, own_statements};
use backlint_syntax::ast::{ArgKind, CompareOp, Expr, ExprId, Stmt, StmtId, UnaryOp};

use super::{Lookup, heuristic};
use crate::db::indexes::{declared_unique, migrated_unique};
use crate::db::models::constructed;

pub(super) fn check(project: &Project, lookups: &[Lookup<'_>], findings: &mut Findings) {
    if lookups.is_empty() {
        return;
    }
    let unique = Unique::of(project);
    let mut seen = BTreeSet::new();
    for lookup in lookups {
        let Some(model) = project.model(lookup.query.entity) else { continue };
        let compared = compared(project, lookup, model);
        // Flags say which kind of row it is.
        let is_flag = |name: &&str| model.columns().any(|(a, c)| a.name == **name && c.family == TypeFamily::Boolean);
        let keys: Vec<&str> = compared.iter().copied().filter(|name| !is_flag(name)).collect();
        // The latest of several rows is no test of whether there is one.
        if keys.is_empty() || unique.covers(model, &compared) || lookup.query.has(StepKind::Order) {
            continue;
        }
        let Some(insert) = insert(project, lookup, model, &keys) else { continue };
        if !runs_without_row(lookup, insert) {
            continue;
        }
        if seen.insert((lookup.function, insert.expr)) {
            report(lookup, model, &keys, insert, findings);
        }
    }
}

/// The sets of columns of which no two rows have the same values.
struct Unique {
    declared: BTreeMap<ClassRef, Vec<Vec<String>>>,
    migrated: BTreeMap<String, Vec<Vec<String>>>,
}

impl Unique {
    fn of(project: &Project) -> Self {
        let mut found = Self { declared: BTreeMap::new(), migrated: migrated_unique(project) };
        for (class, columns) in project.app_files().flat_map(|file| declared_unique(project, file)) {
            found.declared.entry(class).or_default().push(columns);
        }
        found
    }

    /// Whether a constraint, or a part of it, refuses a second row with the same keys.
    fn covers(&self, model: &Model, keys: &[&str]) -> bool {
        let is_key = |name: &String| name.is_empty() || keys.contains(&name.as_str());
        let by_column = model.columns().any(|(attribute, column)| {
            (column.is_unique || column.is_primary_key || !column.is_certain) && keys.contains(&attribute.name.as_str())
        });
        let declared = self.declared.get(&model.class).into_iter().flatten();
        let migrated = model.table.as_ref().and_then(|table| self.migrated.get(table)).into_iter().flatten();
        by_column || declared.chain(migrated).any(|columns| columns.iter().all(is_key))
    }
}

/// The columns that a look-up compares, if it compares nothing else.
fn compared<'p>(project: &'p Project, lookup: &Lookup<'p>, model: &Model) -> Vec<&'p str> {
    let criteria = project.criteria(lookup.query);
    let is_plain = criteria.iter().all(|criterion| {
        let is_own = criterion.class.is_none_or(|class| class == lookup.query.entity);
        let is_column = model.columns().any(|(attribute, _)| attribute.name == criterion.attribute);
        is_own && is_column && criterion.comparator == Comparator::Equal
    });
    if is_plain { criteria.into_iter().map(|criterion| criterion.attribute).collect() } else { Vec::new() }
}

/// Whether a call only runs because there was no row: below the test, or behind one that leaves with the row.
fn runs_without_row(lookup: &Lookup<'_>, insert: Call<'_>) -> bool {
    let (module, index) = (lookup.file.module(), lookup.file.index());
    let Some(own) = index.stmt_of(insert.expr) else { return false };
    let mut around = index.stmt_ancestors(own);
    let is_below = around.any(|parent| match tested(lookup, parent.stmt) {
        Some(Found::Absent) => parent.block == Block::Clause(0),
        Some(Found::Present) => parent.block == Block::Else,
        None => false,
    });
    is_below
        || own_statements(module, module.body(lookup.function.id)).into_iter().any(|stmt| {
            let is_before = module.stmt_span(stmt).end <= insert.span().start;
            is_before && tested(lookup, stmt) == Some(Found::Present) && leaves(lookup, stmt)
        })
}

/// What a test of a row asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Present,
    Absent,
}

/// What the first clause of an `if` asks of the row.
fn tested(lookup: &Lookup<'_>, stmt: StmtId) -> Option<Found> {
    let module = lookup.file.module();
    let is_row = |expr: ExprId| module.expr(expr) == Expr::Name(lookup.row);
    let Stmt::If { clauses, .. } = module.stmt(stmt) else { return None };
    let test = module.list(clauses).first()?.test;
    match module.expr(test) {
        Expr::Name(name) => (name == lookup.row).then_some(Found::Present),
        Expr::Unary { op: UnaryOp::Not, operand } => is_row(operand).then_some(Found::Absent),
        Expr::Compare { left, rest } => {
            let [only] = module.list(rest) else { return None };
            let is_none = is_row(left) && module.expr(only.right) == Expr::None;
            match only.op {
                CompareOp::Is | CompareOp::Eq => is_none.then_some(Found::Absent),
                CompareOp::IsNot | CompareOp::NotEq => is_none.then_some(Found::Present),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether the first clause of an `if` ends by leaving the function or the turn.
fn leaves(lookup: &Lookup<'_>, stmt: StmtId) -> bool {
    let module = lookup.file.module();
    let Stmt::If { clauses, .. } = module.stmt(stmt) else { return false };
    let last = module.list(clauses).first().and_then(|clause| module.list(clause.body).last().copied());
    last.is_some_and(|last| match module.stmt(last) {
        Stmt::Return(_) | Stmt::Continue => true,
        _ => lookup.file.always_raises(last),
    })
}

/// The call behind the look-up that makes a row with the same keys.
fn insert<'p>(project: &Project, lookup: &Lookup<'p>, model: &Model, keys: &[&str]) -> Option<Call<'p>> {
    let module = lookup.file.module();
    project.calls_in(lookup.function).into_iter().find_map(|call| {
        let call = Call::of(module, call.expr)?;
        let is_same = call.span().start > lookup.end
            && constructed(project, lookup.file, call).is_some_and(|made| made.class == model.class);
        let names: Vec<&str> = call
            .args
            .iter()
            .filter_map(|arg| match arg.kind {
                ArgKind::Keyword(name) => Some(module.text(name)),
                _ => None,
            })
            .collect();
        (is_same && (call.has_unpacking() || keys.iter().all(|key| names.contains(key)))).then_some(call)
    })
}

fn report(lookup: &Lookup<'_>, model: &Model, keys: &[&str], insert: Call<'_>, findings: &mut Findings) {
    let file = lookup.file;
    let name = &model.name;
    let columns = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and ");
    let message = format!(
        "Two requests at once both find no `{name}` with this {columns} and both make one: no unique constraint refuses the \
         second.",
    );
    let place = file.at(file.first_line(file.at_expr(insert.expr).span));
    let anchor = format!("{name} in {}", file.qualified_name(lookup.function.id));
    heuristic(findings.report(place, anchor, message).also(file.at_expr(lookup.query.at.expr), "looked up here"));
}
