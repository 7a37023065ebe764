//! Rows that are made because a look-up found none, where no constraint refuses the second.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::Findings;
use backlint_model::{ClassRef, Comparator, Model, Project, TypeFamily};
use backlint_semantic::{Call, own_statements};
use backlint_syntax::ast::{ArgKind, CompareOp, Expr, ExprId, Stmt, UnaryOp};

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
        let keys = keys(project, lookup, model);
        if keys.is_empty() || unique.covers(model, &keys) || !is_asked_for(lookup) {
            continue;
        }
        let Some(insert) = insert(project, lookup, model, &keys) else { continue };
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

/// The columns that a look-up compares, if it compares nothing else; flags only say which kind of row it is.
fn keys<'p>(project: &'p Project, lookup: &Lookup<'p>, model: &Model) -> Vec<&'p str> {
    let mut found = Vec::new();
    for criterion in project.criteria(lookup.query) {
        let column = model.columns().find(|(attribute, _)| attribute.name == criterion.attribute);
        let is_own = criterion.class.is_none_or(|class| class == lookup.query.entity);
        let (Some((_, column)), Comparator::Equal, true) = (column, criterion.comparator, is_own) else {
            return Vec::new();
        };
        if column.family != TypeFamily::Boolean {
            found.push(criterion.attribute);
        }
    }
    found
}

/// Whether the function asks whether there was a row.
fn is_asked_for(lookup: &Lookup<'_>) -> bool {
    let module = lookup.file.module();
    let is_row = |expr: ExprId| module.expr(expr) == Expr::Name(lookup.row);
    own_statements(module, module.body(lookup.function.id)).into_iter().any(|stmt| {
        let Stmt::If { clauses, .. } = module.stmt(stmt) else { return false };
        module.list(clauses).first().is_some_and(|clause| match module.expr(clause.test) {
            Expr::Name(name) => name == lookup.row,
            Expr::Unary { op: UnaryOp::Not, operand } => is_row(operand),
            Expr::Compare { left, rest } => {
                let is_none = matches!(module.list(rest), [only]
                    if matches!(only.op, CompareOp::Is | CompareOp::IsNot | CompareOp::Eq) && module.expr(only.right) == Expr::None);
                is_none && is_row(left)
            }
            _ => false,
        })
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
