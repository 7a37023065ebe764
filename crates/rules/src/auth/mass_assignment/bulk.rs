//! Writes of fields to rows by the names that come with them.

use backlint_model::{Entity, File, FunctionRef, Model, Project};
use backlint_semantic::{BindingKind, Call};
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, Expr, ExprId};

/// A write to a row of whatever fields a mapping holds.
pub(super) struct BulkWrite<'p> {
    pub(super) model: &'p Model,
    /// The mapping.
    pub(super) fields: ExprId,
    pub(super) at: Location,
}

/// The writes to rows that exist which a function makes itself.
pub(super) fn bulk_writes(project: &Project, function: FunctionRef) -> Vec<BulkWrite<'_>> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    project.calls_in(function).into_iter().filter_map(|call| bulk_write(project, file, call)).collect()
}

/// The write to rows that exist which a call is.
pub(super) fn bulk_write<'p>(project: &'p Project, file: File<'p>, call: Call<'_>) -> Option<BulkWrite<'p>> {
    let (model, fields) = match (call.name()?, call.receiver()) {
        ("setattr", None) => (project.row_model(file.id(), call.positional(0)?)?, items_of_loop(file, call)?),
        // SQLModel's way to set what a dict or another object holds.
        ("sqlmodel_update", Some(row)) => (project.row_model(file.id(), row)?, call.positional(0)?),
        ("values", Some(statement)) => (updated(project, file, statement)?, spread(file, call)?),
        ("update", Some(query)) => {
            let fields = call.positional(0).filter(|&fields| !matches!(file.module().expr(fields), Expr::Dict(_)))?;
            (project.queried_model(file.id(), query)?, fields)
        }
        _ => return None,
    };
    Some(BulkWrite { model, fields, at: file.at_expr(call.expr) })
}

/// The mapping of `for key, value in mapping.items(): setattr(row, key, value)`; what the loop runs over otherwise.
fn items_of_loop(file: File<'_>, call: Call<'_>) -> Option<ExprId> {
    let module = file.module();
    let key = call.positional(1)?;
    let iter = looped_over(file, key)?;
    let items = Call::of(module, iter).filter(|items| items.name() == Some("items"));
    Some(items.and_then(|items| items.receiver()).unwrap_or(iter))
}

/// What the loop runs over that gives a name its value.
pub(super) fn looped_over(file: File<'_>, name: ExprId) -> Option<ExprId> {
    let Expr::Name(symbol) = file.module().expr(name) else { return None };
    let bindings = file.index().lookup(file.index().scope_of_name(name), symbol);
    bindings.iter().find_map(|binding| match binding.kind {
        BindingKind::Loop { iter } => Some(iter),
        _ => None,
    })
}

/// The class of `update(Order).where(…)`.
fn updated<'p>(project: &'p Project, file: File<'_>, mut statement: ExprId) -> Option<&'p Model> {
    loop {
        let call = Call::of(file.module(), statement)?;
        if call.name() == Some("update") {
            let Entity::Class(class) = project.resolve(file.id(), call.positional(0)?) else { return None };
            return project.model(class);
        }
        statement = call.receiver()?;
    }
}

/// The mapping of `values(**mapping)` and `values(mapping)`.
fn spread(file: File<'_>, call: Call<'_>) -> Option<ExprId> {
    let is_open = |value: ExprId| !matches!(file.module().expr(value), Expr::Dict(_));
    let mut open = call.args.iter().filter(|arg| matches!(arg.kind, ArgKind::DoubleStar | ArgKind::Positional));
    open.find(|arg| is_open(arg.value)).map(|arg| arg.value)
}
