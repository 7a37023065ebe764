//! Resources and method views: `add_resource`, `@ns.route` on a class, `View.as_view`.

use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{Expr, ExprId};

use super::Site;
use super::registrars::forwarded;
use super::verbs::{View, push};
use crate::resolve::{ClassRef, Entity, ExprRef};
use crate::web::callers::loop_values;
use crate::web::containers::ContainerId;
use crate::web::routes::{Draft, methods_of};

/// The resources and method views that a file registers.
pub(super) fn find(site: Site<'_>, drafts: &mut Vec<Draft>) {
    for call in site.file.calls_named(&["add_url_rule", "add_resource"]) {
        let Some(receiver) = call.receiver() else { continue };
        let targets = site.flask_targets(receiver);
        if call.name() == Some("add_resource") {
            add_resource(site, call, &targets, drafts);
        } else {
            add_url_rule(site, call, &targets, drafts);
        }
    }
    decorated(site, drafts);
}

/// `api.add_resource(View, "/a", "/b")`, also in a loop over views and paths or in a function that is given both.
fn add_resource(site: Site<'_>, call: Call<'_>, targets: &[Option<ContainerId>], drafts: &mut Vec<Draft>) {
    let Site { project, file, .. } = site;
    let Some(view) = call.positional(0) else { return };
    let here = |expr| ExprRef { file: file.id(), expr };
    let paths: Vec<ExprRef> = (1..call.args.len()).map_while(|place| call.positional(place)).map(here).collect();
    if let Entity::Class(_) = project.resolve(file.id(), view) {
        push_paths(site, here(view), &paths, targets, drafts);
        return;
    }
    for (turn, view) in loop_values(project, file.id(), view).into_iter().enumerate() {
        let of_turn = |path: &ExprRef| loop_values(project, path.file, path.expr).get(turn).copied().unwrap_or(*path);
        let paths: Vec<ExprRef> = paths.iter().map(of_turn).collect();
        push_paths(site, view, &paths, targets, drafts);
    }
    for found in forwarded(site, call) {
        push_paths(site, found.view, &found.paths, &found.targets, drafts);
    }
}

fn push_paths(
    site: Site<'_>,
    view: ExprRef,
    paths: &[ExprRef],
    targets: &[Option<ContainerId>],
    drafts: &mut Vec<Draft>,
) {
    let Entity::Class(class) = site.project.resolve(view.file, view.expr) else { return };
    for path in paths {
        let path = site.project.string(path.file, path.expr);
        push(site, &View { class, path, wrapper: None, only: None }, targets, drafts);
    }
}

/// `x.add_url_rule("/a", view_func=View.as_view("a"))`, also wrapped in guards.
fn add_url_rule(site: Site<'_>, call: Call<'_>, targets: &[Option<ContainerId>], drafts: &mut Vec<Draft>) {
    let Site { project, file, .. } = site;
    let Some(view) = call.argument("view_func", 2) else { return };
    let Some((class, wrapper)) = as_view(site, view, MAX_WRAPPERS) else { return };
    let path = call.argument("rule", 0).and_then(|path| project.string(file.id(), path));
    let only = call.keyword("methods").and_then(|arg| methods_of(project, file.id(), arg.value));
    push(site, &View { class, path, wrapper, only }, targets, drafts);
}

/// How many names and wrapping calls a view may be behind.
const MAX_WRAPPERS: u32 = 6;

/// The class of `View.as_view(…)`, through names and wrapping calls; with it the outermost wrapper.
fn as_view(site: Site<'_>, view: ExprId, steps: u32) -> Option<(ClassRef, Option<ExprRef>)> {
    let steps = steps.checked_sub(1)?;
    let file = site.file;
    let module = file.module();
    if let Expr::Name(name) = module.expr(view) {
        let binding = file.index().lookup(file.index().scope_of_name(view), name).last()?;
        let BindingKind::Assign { value: Some(value), .. } = binding.kind else { return None };
        return as_view(site, value, steps);
    }
    let call = Call::of(module, view)?;
    if call.name() == Some("as_view") {
        let Entity::Class(class) = site.project.resolve(file.id(), call.receiver()?) else { return None };
        return Some((class, None));
    }
    let (class, _) = as_view(site, call.positional(0)?, steps)?;
    Some((class, Some(ExprRef { file: file.id(), expr: call.function })))
}

/// `@ns.route("/a") class View(Resource)`.
fn decorated(site: Site<'_>, drafts: &mut Vec<Draft>) {
    let file = site.file;
    let module = file.module();
    for id in module.class_ids() {
        for decorator in module.list(file.class(id).decorators) {
            let Some(call) = Call::of(module, decorator.expr).filter(|call| call.name() == Some("route")) else {
                continue;
            };
            let Some(receiver) = call.receiver() else { continue };
            let targets = site.flask_targets(receiver);
            let paths = (0..call.args.len()).map_while(|place| call.positional(place));
            for path in paths {
                let path = site.project.string(file.id(), path);
                let class = ClassRef::new(file.id(), id);
                push(site, &View { class, path, wrapper: None, only: None }, &targets, drafts);
            }
        }
    }
}
