//! Routers and blueprints with routes that no app or router includes.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::Findings;
use backlint_model::{Container, ContainerId, ContainerKind, File, Liveness, Project, Role, Route};
use backlint_semantic::BindingKind;
use backlint_syntax::ast::{Expr, ExprId, Symbol};

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let mut candidates = candidates(project);
    if candidates.is_empty() {
        return;
    }
    for id in used_elsewhere(project, &candidates) {
        candidates.remove(&id);
    }
    for (id, routes) in candidates {
        let container = project.container(id);
        let Some(file) = project.file(container.made.file) else { continue };
        let what = if file.text_of(container.made.expr).contains("Blueprint") { "blueprint" } else { "router" };
        let count = if routes.len() == 1 { "1 route".to_owned() } else { format!("{} routes", routes.len()) };
        let message = format!(
            "`{}` has {count} but nothing registers this {what}, so none of them is served. Register it on the app, or \
             remove it.",
            container.name,
        );
        let at = file.at(file.first_line(file.module().span(container.made.expr)));
        let mut finding = findings.report(at, container.import_path.clone(), message);
        for route in routes.iter().take(3) {
            finding = finding.also(route.at, format!("`{}` is not served", route.label()));
        }
    }
}

/// Routers that nothing registers, with their routes.
fn candidates(project: &Project) -> BTreeMap<ContainerId, Vec<&Route>> {
    let registered: BTreeSet<ContainerId> = project.registrations().iter().map(|edge| edge.child).collect();
    let mut found: BTreeMap<ContainerId, Vec<&Route>> = BTreeMap::new();
    for route in project.routes().iter().filter(|route| route.liveness == Liveness::Dead) {
        let Some(id) = route.container.filter(|id| !registered.contains(id)) else { continue };
        let container = project.container(id);
        if container.kind == ContainerKind::Router
            && is_reported(project, container)
            && route.handler.function().is_some()
        {
            found.entry(id).or_default().push(route);
        }
    }
    found
}

/// Whether the router is a variable of an application's module: what functions and classes make is somebody's to use.
fn is_reported(project: &Project, container: &Container) -> bool {
    let Some(file) = project.file(container.made.file) else { return false };
    let is_top_level = file.index().function_of(container.made.expr).is_none();
    file.role() == Role::App && is_top_level && !container.name.is_empty()
}

/// The candidates that code uses for anything but declaring routes on them: passes, lists, returns, imports as members.
fn used_elsewhere(project: &Project, candidates: &BTreeMap<ContainerId, Vec<&Route>>) -> BTreeSet<ContainerId> {
    let names: BTreeSet<&str> = candidates.keys().map(|&id| project.container(id).name.as_str()).collect();
    let by_place: BTreeMap<_, ContainerId> = candidates.keys().map(|&id| (project.container(id).made, id)).collect();
    let mut found = BTreeSet::new();
    for file in project.files().filter(|file| file.role() != Role::Test) {
        let module = file.module();
        let spoken = spoken_names(file, &names);
        for expr in module.expr_ids().filter(|_| !spoken.is_empty()) {
            let (Expr::Name(name) | Expr::Attribute { name, .. }) = module.expr(expr) else { continue };
            if !spoken.contains(&name) || declares(file, expr) {
                continue;
            }
            let made = project.resolve(file.id(), expr).origin();
            found.extend(made.and_then(|made| by_place.get(&made)));
        }
    }
    found
}

/// The names that a file uses, and those under which it imports them.
fn spoken_names(file: File<'_>, names: &BTreeSet<&str>) -> BTreeSet<Symbol> {
    let module = file.module();
    let imported = file.index().imports().iter().filter_map(|binding| match binding.kind {
        BindingKind::Import(import) => Some((import.name?, binding.name)),
        _ => None,
    });
    let renamed = imported.filter(|&(name, _)| names.contains(module.text(name))).map(|(_, own)| own);
    names.iter().filter_map(|name| module.symbol(name)).chain(renamed).collect()
}

/// Whether the name is that of an assignment, or the receiver of a call as in `@router.get(…)`.
fn declares(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Some(parent) = file.index().parent(expr) else {
        // A target stands in its statement directly, as a value that is only named does.
        let value = file.index().stmt_of(expr).and_then(|stmt| match module.stmt(stmt) {
            backlint_syntax::ast::Stmt::Assign { value, .. } => Some(value),
            backlint_syntax::ast::Stmt::AnnAssign { value, .. } => value,
            _ => Some(expr),
        });
        return value != Some(expr);
    };
    let is_receiver = matches!(module.expr(parent), Expr::Attribute { value, .. } if value == expr);
    let grandparent = file.index().parent(parent).map(|expr| module.expr(expr));
    is_receiver && matches!(grandparent, Some(Expr::Call { function, .. }) if function == parent)
}
