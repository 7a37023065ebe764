//! The keys of the dict that a handler returns, itself or through one function.

use backlint_model::{File, FunctionRef, Project};
use backlint_semantic::{Call, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

/// A key of a dict display.
pub(super) struct Key {
    pub(super) text: String,
    pub(super) at: Location,
}

/// How many functions may stand between a handler and the dict.
const MAX_DEPTH: u32 = 2;

/// The keys, if everything that the handler returns is one dict display, or a list of such.
pub(super) fn returned_keys(project: &Project, function: FunctionRef) -> Option<Vec<Key>> {
    within(project, function, MAX_DEPTH)
}

fn within(project: &Project, function: FunctionRef, depth: u32) -> Option<Vec<Key>> {
    let depth = depth.checked_sub(1)?;
    let file = project.file(function.file)?;
    let module = file.module();
    let returns =
        own_statements(module, module.body(function.id)).into_iter().filter_map(|stmt| match module.stmt(stmt) {
            Stmt::Return(value) => Some(value),
            _ => None,
        });
    let returned: Option<Vec<ExprId>> = returns.collect();
    let [only] = *returned?.as_slice() else { return None };
    keys(project, file, element(file, only), depth)
}

/// What a list is made of.
fn element(file: File<'_>, value: ExprId) -> ExprId {
    let module = file.module();
    match module.expr(value) {
        Expr::Comprehension(id) => module.comprehension(id).element,
        _ => value,
    }
}

fn keys(project: &Project, file: File<'_>, value: ExprId, depth: u32) -> Option<Vec<Key>> {
    let module = file.module();
    match module.expr(value) {
        Expr::Dict(items) => {
            let items = module.list(items).iter();
            items
                .map(|item| match module.expr(item.key?) {
                    Expr::Str(text) => Some(Key { text: module.text(text).to_owned(), at: file.at_expr(item.key?) }),
                    _ => None,
                })
                .collect()
        }
        Expr::Await(inner) => keys(project, file, inner, depth),
        Expr::Call { .. } => {
            let call = Call::of(module, value)?;
            within(project, project.resolve(file.id(), call.function).function()?, depth)
        }
        _ => None,
    }
}
