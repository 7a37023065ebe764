//! `@app.on_event(…)` on an app that is built with `lifespan=`: Starlette then runs the lifespan only.

use backlint_finding::Findings;
use backlint_model::{ContainerKind, Entity, File, FunctionRef, Project, Role};
use backlint_semantic::Call;

pub(super) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        for call in file.calls_named(&["on_event", "add_event_handler"]) {
            report(project, file, call, findings);
        }
    }
}

fn report(project: &Project, file: File<'_>, call: Call<'_>, findings: &mut Findings) {
    let event = call.argument("event_type", 0).and_then(|event| project.string(file.id(), event));
    let Some(event) = event.filter(|event| matches!(event.as_str(), "startup" | "shutdown")) else { return };
    let Some(made) = call.receiver().and_then(|app| project.resolve(file.id(), app).origin()) else { return };
    let is_app = project.containers().any(|(_, c)| c.made == made && c.kind == ContainerKind::App);
    let Some(maker) = project.file(made.file).filter(|maker| is_app && maker.role() == Role::App) else { return };
    let Some(lifespan) = Call::of(maker.module(), made.expr).and_then(|call| call.keyword("lifespan")) else { return };
    let Entity::Function(function) = project.resolve(made.file, lifespan.value) else { return };
    if runs_hooks(project, function) {
        return;
    }
    let message = format!(
        "The app is built with `lifespan=`, so this {event} hook never runs. Move what it does into the lifespan function."
    );
    findings
        .report(file.at(file.first_line(call.span())), format!("{event} hook"), message)
        .also(maker.at(lifespan.span), "with `lifespan=` only that function runs");
}

/// Whether the lifespan function runs the hooks of the router itself.
fn runs_hooks(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return true };
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
    ["startup()", "shutdown()", "on_startup", "on_shutdown", "_DefaultLifespan"].iter().any(|call| text.contains(call))
}
