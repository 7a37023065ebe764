//! API005: a handler that does not say what it answers, while nearly all beside it do.

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::{Cohort, Custom, Entity, File, FunctionRef, Project, Route, RouteId, Type};
use backlint_semantic::{BindingKind, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use crate::served::{handlers_by_app, is_technical};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for cohort in packages(project) {
        let spread = cohort.spread(|id| declares(project, project.route(id)));
        if spread.custom() != Some(Custom::Norm) {
            continue;
        }
        for &id in &spread.lack {
            let route = project.route(id);
            let message = format!(
                "`{}` does not declare what it answers; {} JSON routes of `{}` do. Give it a response model or a return \
                 type.",
                route.label(),
                spread.ratio(),
                cohort.subject,
            );
            let mut finding = findings.report(route.at, route.label(), message);
            if let Some(&sibling) = spread.have.first() {
                let sibling = project.route(sibling);
                finding = finding.also(sibling.at, format!("`{}` declares it", sibling.label()));
            }
            finding.also(project.handler_place(route), "the handler");
        }
    }
}

/// The JSON routes of each folder of handlers.
fn packages(project: &Project) -> Vec<Cohort<RouteId>> {
    let mut found: BTreeMap<&str, Vec<RouteId>> = BTreeMap::new();
    for (handler, route) in handlers_by_app(project).into_values().flatten() {
        let Some(file) = project.file(handler.file) else { continue };
        let folder = file.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        if route.is_typed() && !is_technical(route) && !route.methods.contains("WEBSOCKET") {
            let is_judged =
                declares(project, route) || answers_json(project, file, handler) && !is_free(project, route);
            if is_judged {
                found.entry(folder).or_default().push(route.id);
            }
        }
    }
    let cohort = |(folder, members): (&str, Vec<RouteId>)| Cohort { subject: folder.to_owned(), members };
    found.into_iter().map(cohort).collect()
}

/// Whether a route says what it answers, by `response_model=` or a return type that is no response itself.
fn declares(project: &Project, route: &Route) -> bool {
    let by_route = project.declaration(route).and_then(|call| call.keyword("response_model"));
    let Some(handler) = route.handler.function() else { return false };
    let Some(file) = project.file(handler.file) else { return false };
    let is_none = |expr: ExprId| file.module().expr(expr) == Expr::None;
    let returns = file.function(handler.id).returns.filter(|&returns| !is_none(returns));
    by_route.is_some()
        || returns
            .is_some_and(|returns| !file.text_of(returns).contains("Response") || is_schema(project, file, returns))
}

fn is_schema(project: &Project, file: File<'_>, returns: ExprId) -> bool {
    matches!(project.resolve(file.id(), returns), Entity::Class(class) if project.is_schema(class))
}

/// Whether the declaration says that there is no model: another kind of answer, or an answer without a body.
fn is_free(project: &Project, route: &Route) -> bool {
    let Some(call) = project.declaration(route) else { return true };
    let text = call.keyword("status_code").and_then(|arg| Some(project.file(route.at.file)?.text_of(arg.value)));
    call.keyword("response_class").is_some() || text.is_some_and(|text| text.contains("204"))
}

/// Whether every answer of a handler is data, and at least one is seen to be.
fn answers_json(project: &Project, file: File<'_>, handler: FunctionRef) -> bool {
    let module = file.module();
    let mut is_seen = false;
    for stmt in own_statements(module, module.body(handler.id)) {
        let Stmt::Return(Some(value)) = module.stmt(stmt) else { continue };
        match data(project, file, value) {
            Some(true) => is_seen = true,
            Some(false) => return false,
            None => {}
        }
    }
    is_seen
}

/// Whether a value is data (true) or a response (false), if that can be told.
fn data(project: &Project, file: File<'_>, value: ExprId) -> Option<bool> {
    let module = file.module();
    match module.expr(value) {
        Expr::Dict(_) | Expr::List(_) | Expr::Comprehension(_) => Some(true),
        Expr::Name(name) => {
            let bindings = file.index().lookup(file.index().scope_of_name(value), name);
            let assigned = bindings.iter().rev().find_map(|binding| match binding.kind {
                BindingKind::Assign { value: Some(value), .. } => Some(value),
                _ => None,
            })?;
            if matches!(module.expr(assigned), Expr::Name(_)) { None } else { data(project, file, assigned) }
        }
        _ => match project.resolve(file.id(), value) {
            Entity::Instance { of, .. } => Some(!is_response(project, &of)),
            Entity::Result { of, .. } if of.contains("esponse") => Some(false),
            _ if file.text_of(value).contains("Response") => Some(false),
            _ => None,
        },
    }
}

fn is_response(project: &Project, of: &Type) -> bool {
    match of {
        Type::External(path) => path.ends_with("Response"),
        Type::Project(class) => {
            project.lineage(*class).iter().any(|t| matches!(t, Type::External(path) if path.ends_with("Response")))
        }
    }
}
