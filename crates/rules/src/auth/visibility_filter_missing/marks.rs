//! Whether a function looks at a mark of visibility, rather than showing it along with the row.

use backlint_model::{Entity, File, FunctionRef, Model, Project};
use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt};

use crate::parameters::body_expressions;

/// Calls that choose which columns are loaded.
const LOADS: &[&str] = &["add_columns", "load_only", "query", "select", "with_entities"];

/// Whether a function filters on the mark of a class, tests it, or hands it on by name.
pub(super) fn tests(project: &Project, function: FunctionRef, model: &Model, mark: &str) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    body_expressions(file, function.id).into_iter().any(|expr| is_test(project, file, expr, model, mark))
}

fn is_test(project: &Project, file: File<'_>, expr: ExprId, model: &Model, mark: &str) -> bool {
    let module = file.module();
    match module.expr(expr) {
        Expr::Attribute { value, name } if module.text(name) == mark => {
            let owner = owner(project, file, value);
            owner.is_none_or(|owner| owner.class == model.class) && !is_shown(file, expr)
        }
        Expr::Name(name) if module.text(name) == mark => !is_shown(file, expr),
        Expr::Str(text) if module.text(text) == mark => !is_key_of_display(file, expr),
        Expr::Call { .. } => {
            let Some(call) = Call::of(module, expr) else { return false };
            if call.keyword(mark).is_none() {
                return asks_row(project, file, call, model, mark);
            }
            let queried = call.receiver().and_then(|receiver| project.queried_model(file.id(), receiver));
            queried.is_none_or(|queried| queried.class == model.class) && !makes_object(call)
        }
        _ => false,
    }
}

/// `post.is_readable()`, with a method of the class that looks at the mark.
fn asks_row(project: &Project, file: File<'_>, call: Call<'_>, model: &Model, mark: &str) -> bool {
    let Some((receiver, name)) = call.receiver().zip(call.name()) else { return false };
    let Some(method) = project.method(model.class, name) else { return false };
    let is_row = project.row_model(file.id(), receiver).is_none_or(|row| row.class == model.class);
    let Some(of_class) = project.file(method.file).filter(|_| is_row) else { return false };
    body_expressions(of_class, method.id).into_iter().any(|expr| {
        matches!(of_class.module().expr(expr), Expr::Attribute { name, .. } if of_class.module().text(name) == mark)
            && !is_shown(of_class, expr)
    })
}

/// The mapped class that an expression is, or is an object of.
fn owner<'p>(project: &'p Project, file: File<'_>, expr: ExprId) -> Option<&'p Model> {
    project.row_model(file.id(), expr).or_else(|| match project.resolve(file.id(), expr) {
        Entity::Class(class) => project.model(class),
        _ => None,
    })
}

/// Whether a mark is written into an answer or loaded with the row, or is what gets a value.
fn is_shown(file: File<'_>, expr: ExprId) -> bool {
    let (module, index) = (file.module(), file.index());
    let Some(outer) = index.parent(expr) else {
        let stmt = index.stmt_of(expr).map(|stmt| module.stmt(stmt));
        return matches!(stmt, Some(Stmt::Assign { targets, .. }) if module.list(targets).contains(&expr));
    };
    match module.expr(outer) {
        Expr::Dict(_) => true,
        Expr::Call { .. } => Call::of(module, outer).is_some_and(|call| {
            let is_named = call.args.iter().any(|arg| arg.value == expr && matches!(arg.kind, ArgKind::Keyword(_)));
            is_named && makes_object(call) || call.name().is_some_and(|name| LOADS.contains(&name))
        }),
        _ => false,
    }
}

fn is_key_of_display(file: File<'_>, expr: ExprId) -> bool {
    let outer = file.index().parent(expr);
    outer.is_some_and(|outer| matches!(file.module().expr(outer), Expr::Dict(_)))
}

/// `PostOut(published=…)`, `dict(published=…)`, `jsonify(published=…)`.
fn makes_object(call: Call<'_>) -> bool {
    call.name().is_some_and(|name| {
        name.starts_with(|c: char| c.is_uppercase()) || matches!(name, "dict" | "jsonify" | "render_template")
    })
}
