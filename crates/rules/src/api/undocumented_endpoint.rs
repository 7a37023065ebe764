//! API007: handlers that say nothing of themselves where the API description is made of what they say.

use backlint_finding::Findings;
use backlint_model::{ContainerId, Framework, FunctionRef, Project, Route};
use backlint_semantic::Call;
use backlint_syntax::ast::Expr;

use crate::served::{handlers_by_app, is_technical};

/// How many handlers are listed for an app.
const MAX_LISTED: usize = 20;

/// From how many handlers on an app has a custom.
const MIN_HANDLERS: usize = 3;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for (app, handlers) in handlers_by_app(project) {
        if project.container(app).framework != Framework::FastApi {
            continue;
        }
        let handlers: Vec<(FunctionRef, &Route)> =
            handlers.into_iter().filter(|(_, route)| is_in_schema(project, route)).collect();
        let silent: Vec<(FunctionRef, &Route)> =
            handlers.iter().copied().filter(|&(handler, route)| !is_documented(project, handler, route)).collect();
        let documented = handlers.len() - silent.len();
        if handlers.len() < MIN_HANDLERS || silent.is_empty() {
            continue;
        }
        if documented * 2 < handlers.len() {
            report_app(project, app, &silent, handlers.len(), findings);
        } else if documented * 5 > handlers.len() * 4 {
            for (handler, route) in silent {
                let name = project.handler_name(route.handler);
                let message = format!(
                    "`{}` has no docstring, summary or description; {documented} of {} routes of this app have one.",
                    route.label(),
                    handlers.len(),
                );
                let Some(file) = project.file(handler.file) else { continue };
                findings
                    .report(route.at, route.label(), message)
                    .also(file.at_function(handler.id), format!("`{name}` answers it"));
            }
        }
    }
}

fn report_app(
    project: &Project,
    app: ContainerId,
    silent: &[(FunctionRef, &Route)],
    all: usize,
    findings: &mut Findings,
) {
    let container = project.container(app);
    let Some(file) = project.file(container.made.file) else { return };
    let count = match all - silent.len() {
        0 => format!("None of the {all} routes has"),
        some => format!("Only {some} of {all} routes have"),
    };
    let at = file.at(file.first_line(file.module().span(container.made.expr)));
    let message = format!("{count} a docstring, summary or description, so the generated documentation says nothing.");
    let mut finding = findings.report(at, format!("app {}", container.import_path), message);
    for (_, route) in silent.iter().take(MAX_LISTED) {
        finding = finding.also(route.at, format!("`{}` says nothing of itself", route.label()));
    }
}

/// Whether the API description lists the route: not hidden itself, nor by a router or registration above it.
fn is_in_schema(project: &Project, route: &Route) -> bool {
    if is_technical(route) || route.methods.contains("WEBSOCKET") || !route.is_typed() {
        return false;
    }
    let above = route.chain.iter().filter_map(|&edge| project.registrations().get(edge));
    let made = route.container.into_iter().chain(above.clone().map(|edge| edge.parent));
    let made = made.map(|id| project.at(project.container(id).made));
    let mut places = made.chain(above.map(|edge| edge.at)).chain([route.at]);
    !places.any(|at| project.file(at.file).is_some_and(|file| hides(file, at)))
}

/// Whether a call says `include_in_schema=False`.
fn hides(file: backlint_model::File<'_>, at: backlint_source::Location) -> bool {
    let module = file.module();
    let calls = file.calls_named(&[
        "APIRouter",
        "FastAPI",
        "add_api_route",
        "api_route",
        "delete",
        "get",
        "include_router",
        "mount",
        "patch",
        "post",
        "put",
        "route",
    ]);
    let mut here = calls.filter(|call| at.span.start <= call.span().start + 1 && call.span().start <= at.span.end);
    here.any(|call| call.keyword("include_in_schema").is_some_and(|arg| module.expr(arg.value) == Expr::False))
}

/// A docstring of the handler, or a text given with the route.
fn is_documented(project: &Project, handler: FunctionRef, route: &Route) -> bool {
    let Some(file) = project.file(handler.file) else { return true };
    let module = file.module();
    let has_docstring = module.docstring(module.body(handler.id)).is_some();
    let declares = |call: Call<'_>| call.keyword("summary").is_some() || call.keyword("description").is_some();
    has_docstring || project.declaration(route).is_some_and(declares)
}
