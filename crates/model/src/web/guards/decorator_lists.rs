//! Lists of decorators that a class or router applies to its views.

use backlint_semantic::own_statements;
use backlint_syntax::ast::{BinaryOp, Expr, Stmt};
use rustc_hash::FxHashMap;

use crate::resolve::{Entity, ExprRef};
use crate::web::containers::{Container, ContainerId, Framework};
use crate::{File, Project};

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

/// The lists that containers get after they are made: `api.decorators = [login_required]`.
pub(super) fn assigned(project: &Project, containers: &[Container]) -> FxHashMap<ContainerId, ExprRef> {
    let flask = containers.iter().enumerate().filter(|(_, container)| container.framework == Framework::Flask);
    flask
        .filter_map(|(number, container)| {
            let file = project.file(container.made.file)?;
            Some((ContainerId::new(number), assigned_to(file, container)?))
        })
        .collect()
}

fn assigned_to(file: File<'_>, container: &Container) -> Option<ExprRef> {
    let module = file.module();
    module.symbol("decorators")?;
    let around = file.index().stmt_of(container.made.expr).and_then(|stmt| file.index().function_of_stmt(stmt));
    let body = around.map_or(module.top_level(), |function| module.body(function));
    let target = format!("{}.decorators", container.name);
    own_statements(module, body).into_iter().find_map(|stmt| match module.stmt(stmt) {
        Stmt::Assign { targets, value } => {
            let is_it = module.list(targets).iter().any(|&expr| file.text_of(expr) == target);
            is_it.then_some(ExprRef { file: file.id(), expr: value })
        }
        _ => None,
    })
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
