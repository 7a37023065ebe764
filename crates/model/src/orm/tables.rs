//! The table of a mapped class.

use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::Expr;

use crate::Project;
use crate::resolve::{ClassRef, ExprRef, Type};

/// What a class says of its table.
pub(super) enum Table {
    /// `__tablename__`, or the table object's name, if it is a literal.
    Named(Option<String>),
    /// `__table__` is an object of which the columns are not in sight.
    Reflected,
    /// The class says nothing; its library may make a name up.
    Unnamed,
}

impl Table {
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Named(name) => name.clone(),
            Self::Reflected | Self::Unnamed => None,
        }
    }

    pub(super) fn is_unnamed(&self) -> bool {
        matches!(self, Self::Unnamed)
    }

    pub(super) fn is_reflected(&self) -> bool {
        matches!(self, Self::Reflected)
    }
}

/// The table of a class with this lineage.
pub(super) fn of(project: &Project, class: ClassRef, lineage: &[Type]) -> Table {
    if project.class_attribute(class, "__table__").is_some() {
        return Table::Reflected;
    }
    if let Some(ExprRef { file, expr }) = project.class_attribute(class, "__tablename__") {
        return Table::Named(project.string(file, expr));
    }
    let is_computed = lineage.iter().any(|t| match t {
        Type::Project(class) => project.own_method(*class, "__tablename__").is_some(),
        Type::External(_) => false,
    });
    if is_computed { Table::Named(None) } else { Table::Unnamed }
}

/// Whether the class itself says `__abstract__ = True`, or is marked so as a mixin.
pub(super) fn is_abstract(project: &Project, class: ClassRef) -> bool {
    let Some(file) = project.file(class.file) else { return false };
    let module = file.module();
    let Some(name) = module.symbol("__abstract__") else { return false };
    file.index().bindings_of(file.index().class_scope(class.id), name).iter().any(|binding| match binding.kind {
        BindingKind::Assign { value: Some(value), .. } => module.expr(value) == Expr::True,
        _ => false,
    })
}

/// Whether an expression is a call of SQLAlchemy's function or class with this name, however it is imported.
pub(super) fn is_call_of(call: Call<'_>, names: &[&str]) -> bool {
    call.name().is_some_and(|name| names.contains(&name))
}
