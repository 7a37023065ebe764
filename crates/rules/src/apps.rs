//! Which expressions are applications.

use backlint_model::{Entity, File, Project, Type};
use backlint_syntax::ast::ExprId;

use crate::expressions::path_ends_with;

/// Whether `expr` is a Flask application.
pub(crate) fn is_flask(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    match project.resolve(file.id(), expr) {
        Entity::Instance { of, .. } => {
            matches!(&of, Type::External(path) if path_ends_with(path, "Flask"))
                || project.derives_from(&of, &["flask.Flask"])
        }
        _ => false,
    }
}
