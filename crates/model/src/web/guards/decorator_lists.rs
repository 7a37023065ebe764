//! Lists of decorators that a class or router applies to its views.

use backlint_syntax::ast::{BinaryOp, Expr};

use crate::Project;
use crate::resolve::{Entity, ExprRef};

/// How many names and sums a list may be made of.
const MAX_STEPS: u32 = 8;

/// The decorators in a list that apply to one of these HTTP methods; none when the list could not be told. In
/// Flask-RESTful the list may be a mapping from methods to lists.
pub(super) fn decorators<'m>(
    project: &Project,
    list: ExprRef,
    methods: impl Iterator<Item = &'m str> + Clone,
) -> Option<Vec<ExprRef>> {
    within(project, list, methods, MAX_STEPS)
}

fn within<'m>(
    project: &Project,
    list: ExprRef,
    methods: impl Iterator<Item = &'m str> + Clone,
    steps: u32,
) -> Option<Vec<ExprRef>> {
    let steps = steps.checked_sub(1)?;
    let module = project.file(list.file)?.module();
    let here = |expr| ExprRef { file: list.file, expr };
    match module.expr(list.expr) {
        Expr::None => Some(Vec::new()),
        Expr::List(items) | Expr::Tuple(items) => Some(module.list(items).iter().map(|&item| here(item)).collect()),
        Expr::Binary { left, op: BinaryOp::Add, right } => {
            let mut found = within(project, here(left), methods.clone(), steps)?;
            found.extend(within(project, here(right), methods, steps)?);
            Some(found)
        }
        Expr::Dict(items) => {
            let names = |expr| match module.expr(expr) {
                Expr::Str(name) => methods.clone().any(|method| method.eq_ignore_ascii_case(module.text(name))),
                _ => false,
            };
            let own = module.list(items).iter().filter(|item| item.key.is_some_and(names));
            let lists = own.map(|item| within(project, here(item.value), methods.clone(), steps));
            lists.collect::<Option<Vec<_>>>().map(|lists| lists.concat())
        }
        Expr::Name(_) | Expr::Attribute { .. } => match project.resolve(list.file, list.expr) {
            Entity::Literal(found) if found != list => within(project, found, methods, steps),
            // The library's own list is empty.
            Entity::External(_) => Some(Vec::new()),
            _ => None,
        },
        _ => None,
    }
}
