//! Where queries begin, and which mapped classes they are about.

use backlint_semantic::{Call, descendants};
use backlint_syntax::ast::{Expr, ExprId};

use super::Selection;
use crate::resolve::{ClassRef, Entity};
use crate::{File, Project};

/// The beginning of a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root {
    /// The expression that is the query.
    pub(super) expr: ExprId,
    pub(super) entity: ClassRef,
    pub(super) selects: Selection,
    pub(super) kind: RootKind,
}

/// How a query is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RootKind {
    /// It has to be executed: `select(…)`.
    Statement,
    /// It runs by itself: `session.query(…)`, `Order.query`.
    Query,
    /// It is run on the spot: `session.get(Order, key)`.
    Lookup,
}

/// The beginnings of queries in a file, in source order.
pub(super) fn roots(project: &Project, file: File<'_>) -> Vec<Root> {
    let module = file.module();
    let calls = file.calls_named(&["select", "query", "get", "get_one", "get_or_404"]);
    let mut found: Vec<Root> = calls.filter_map(|call| called(project, file, call)).collect();
    if let Some(query) = module.symbol("query") {
        let attributes = module.expr_ids().filter_map(|expr| match module.expr(expr) {
            Expr::Attribute { value, name } if name == query => Some((expr, value)),
            _ => None,
        });
        // `session.query(…)` is a call; `Order.query` is none.
        let plain = attributes.filter(|&(expr, _)| !is_callee(file, expr));
        found.extend(plain.filter_map(|(expr, value)| {
            let entity = class(project, file, value)?;
            Some(Root { expr, entity, selects: Selection::Objects, kind: RootKind::Query })
        }));
    }
    found.sort_by_key(|root| module.span(root.expr).start);
    found
}

fn is_callee(file: File<'_>, expr: ExprId) -> bool {
    let outer = file.index().parent(expr).and_then(|outer| Call::of(file.module(), outer));
    outer.is_some_and(|call| call.function == expr)
}

fn called(project: &Project, file: File<'_>, call: Call<'_>) -> Option<Root> {
    let kind = match (call.name()?, call.receiver()) {
        ("select", _) => RootKind::Statement,
        ("query", Some(_)) => RootKind::Query,
        ("get" | "get_one" | "get_or_404", Some(_)) if call.args.len() >= 2 => {
            let entity = class(project, file, call.positional(0)?)?;
            let kind = RootKind::Lookup;
            return Some(Root { expr: call.expr, entity, selects: Selection::Objects, kind });
        }
        _ => return None,
    };
    let selected: Vec<Selected> = call.args.iter().map(|arg| selected(project, file, arg.value)).collect();
    let entity = selected.iter().find_map(|part| part.entity).or_else(|| source(project, file, call))?;
    let selects = if selected.iter().any(|part| part.selects == Selection::Objects && part.entity.is_some()) {
        Selection::Objects
    } else if selected.iter().any(|part| part.selects == Selection::Aggregates) {
        Selection::Aggregates
    } else {
        Selection::Columns
    };
    Some(Root { expr: call.expr, entity, selects, kind })
}

/// One argument of `select` or `query`.
struct Selected {
    entity: Option<ClassRef>,
    selects: Selection,
}

fn selected(project: &Project, file: File<'_>, expr: ExprId) -> Selected {
    if let Some(entity) = class(project, file, expr) {
        return Selected { entity: Some(entity), selects: Selection::Objects };
    }
    let selects = if is_aggregate(file, expr) { Selection::Aggregates } else { Selection::Columns };
    Selected { entity: column_owner(project, file, expr), selects }
}

fn is_aggregate(file: File<'_>, expr: ExprId) -> bool {
    const NAMES: &[&str] = &["avg", "count", "exists", "max", "min", "sum"];
    let module = file.module();
    descendants(module, expr)
        .into_iter()
        .filter_map(|inner| Call::of(module, inner))
        .any(|call| call.name().is_some_and(|name| NAMES.contains(&name)))
}

/// The class of the first column in an expression: `Order.id`, `func.count(Order.id)`.
fn column_owner(project: &Project, file: File<'_>, expr: ExprId) -> Option<ClassRef> {
    let module = file.module();
    descendants(module, expr).into_iter().find_map(|inner| match module.expr(inner) {
        Expr::Attribute { value, .. } => class(project, file, value),
        _ => None,
    })
}

/// `select(func.count()).select_from(Order)`: the class that a later step names.
fn source(project: &Project, file: File<'_>, call: Call<'_>) -> Option<ClassRef> {
    let module = file.module();
    let mut current = call.expr;
    loop {
        let attribute = file.index().parent(current)?;
        let Expr::Attribute { value, .. } = module.expr(attribute) else { return None };
        if value != current {
            return None;
        }
        let outer = Call::of(module, file.index().parent(attribute)?)?;
        if outer.function != attribute {
            return None;
        }
        if matches!(outer.name(), Some("select_from" | "join_from")) {
            return class(project, file, outer.positional(0)?);
        }
        current = outer.expr;
    }
}

/// The mapped class that an expression names.
pub(super) fn class(project: &Project, file: File<'_>, expr: ExprId) -> Option<ClassRef> {
    // Resolving is dear; classes have capitals.
    let last = match file.module().expr(expr) {
        Expr::Name(name) | Expr::Attribute { name, .. } => file.module().text(name),
        _ => return None,
    };
    if !last.starts_with(|c: char| c.is_uppercase() || c == '_') && last != "cls" {
        return None;
    }
    match project.resolve(file.id(), expr) {
        Entity::Class(class) => project.model(class).map(|model| model.class),
        _ => None,
    }
}
