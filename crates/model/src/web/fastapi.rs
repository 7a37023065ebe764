//! FastAPI and Starlette: route decorators and `add_api_route`.

use std::collections::BTreeSet;

use backlint_semantic::Call;
use backlint_syntax::ast::ExprId;

use super::callers::Callers;
use super::containers::{ContainerId, Containers, Framework};
use super::flask::{handler, imports};
use super::routes::{Draft, methods_of};
use crate::resolve::{Entity, ExprRef};
use crate::{File, Project};

const VERBS: &[&str] = &["get", "post", "put", "patch", "delete", "options", "head", "trace"];
const OTHERS: &[&str] = &["api_route", "route", "websocket", "websocket_route"];

/// Route decorators and `add_api_route` calls of a file.
pub(crate) fn find(
    project: &Project,
    file: File<'_>,
    containers: &Containers,
    callers: &Callers<'_>,
    drafts: &mut Vec<Draft>,
) {
    let module = file.module();
    for function in module.function_ids() {
        let decorators = module.list(file.function(function).decorators);
        for (place, decorator) in decorators.iter().enumerate() {
            let Some(declared) = route_call(file, decorator.expr) else { continue };
            let exprs = || decorators.iter().map(|d| ExprRef { file: file.id(), expr: d.expr });
            for container in targets(project, file, declared, containers, callers) {
                drafts.push(Draft {
                    handler: handler(file, function),
                    framework: Framework::FastApi,
                    container,
                    methods: declared_methods(project, file, declared),
                    path: declared.argument("path", 0).and_then(|path| project.string(file.id(), path)),
                    at: file.at(file.first_line(decorator.span)),
                    decorators: exprs().skip(place + 1).collect(),
                    outer_decorators: exprs().take(place).collect(),
                    dependencies: dependencies(file, declared),
                    takes_dependencies: true,
                    wrapper: None,
                    described: None,
                });
            }
        }
    }
    for call in file.calls_named(&["add_api_route", "add_api_websocket_route", "add_route", "add_websocket_route"]) {
        drafts.extend(api_routes(project, file, call, containers, callers));
    }
}

fn dependencies(file: File<'_>, call: Call<'_>) -> Option<ExprRef> {
    call.keyword("dependencies").map(|arg| ExprRef { file: file.id(), expr: arg.value })
}

fn route_call(file: File<'_>, decorator: ExprId) -> Option<Call<'_>> {
    let call = Call::of(file.module(), decorator)?;
    call.receiver()?;
    let name = call.name()?;
    (VERBS.contains(&name) || OTHERS.contains(&name)).then_some(call)
}

/// The FastAPI containers that a route decorator is called on. An untraceable receiver counts as one unknown container
/// when the file has to do with FastAPI and the first argument is a path.
fn targets(
    project: &Project,
    file: File<'_>,
    call: Call<'_>,
    containers: &Containers,
    callers: &Callers<'_>,
) -> Vec<Option<ContainerId>> {
    let Some(receiver) = call.receiver() else { return Vec::new() };
    let all = callers.containers_of(project, file.id(), receiver);
    if !all.is_empty() {
        return all.into_iter().filter(|&id| containers.get(id).framework == Framework::FastApi).map(Some).collect();
    }
    let entity = project.resolve(file.id(), receiver);
    let is_open = matches!(entity, Entity::Unknown | Entity::Param(..) | Entity::Instance { origin: None, .. });
    let has_path =
        call.argument("path", 0).and_then(|path| project.string(file.id(), path)).is_some_and(|p| p.starts_with('/'));
    if is_open && has_path && imports(file, "fastapi") { vec![None] } else { Vec::new() }
}

fn declared_methods(project: &Project, file: File<'_>, call: Call<'_>) -> BTreeSet<String> {
    let name = call.name().unwrap_or_default();
    if VERBS.contains(&name) {
        return BTreeSet::from([name.to_ascii_uppercase()]);
    }
    if name.contains("websocket") {
        return BTreeSet::from(["WEBSOCKET".to_owned()]);
    }
    call.keyword("methods")
        .and_then(|arg| methods_of(project, file.id(), arg.value))
        .unwrap_or_else(|| BTreeSet::from(["GET".to_owned()]))
}

/// `x.add_api_route("/path", endpoint)`.
fn api_routes(
    project: &Project,
    file: File<'_>,
    call: Call<'_>,
    containers: &Containers,
    callers: &Callers<'_>,
) -> Vec<Draft> {
    let Some(endpoint) = call.argument("endpoint", 1).or_else(|| call.positional(1)) else { return Vec::new() };
    let Some(function) = project.resolve(file.id(), endpoint).function() else { return Vec::new() };
    let Some(target) = project.file(function.file) else { return Vec::new() };
    let decorators: Vec<ExprRef> = target
        .module()
        .list(target.function(function.id).decorators)
        .iter()
        .map(|d| ExprRef { file: function.file, expr: d.expr })
        .collect();
    targets(project, file, call, containers, callers)
        .into_iter()
        .map(|container| Draft {
            handler: handler(target, function.id),
            framework: Framework::FastApi,
            container,
            methods: declared_methods(project, file, call),
            path: call.argument("path", 0).and_then(|path| project.string(file.id(), path)),
            at: file.at(file.first_line(call.span())),
            decorators: decorators.clone(),
            outer_decorators: Vec::new(),
            dependencies: dependencies(file, call),
            takes_dependencies: true,
            wrapper: None,
            described: None,
        })
        .collect()
}
