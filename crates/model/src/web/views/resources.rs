//! Resources and method views: `add_resource`, `@ns.route` on a class, `View.as_view`.

use std::collections::BTreeSet;

use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{Arg, ArgKind, Expr, ExprId};

use super::Site;
use super::registrars::forwarded;
use super::verbs::{View, push};
use crate::File;
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

/// `api.add_resource(View, "/a", "/b")`.
fn add_resource(site: Site<'_>, call: Call<'_>, targets: &[Option<ContainerId>], drafts: &mut Vec<Draft>) {
    let Some(view) = call.positional(0) else { return };
    let is_path = |arg: &&Arg| matches!(arg.kind, ArgKind::Positional | ArgKind::Star);
    let paths = call.args.iter().filter(is_path).skip(1).copied().collect();
    register(site, call, targets, &Registration { view, paths, wrapper: None, only: None }, drafts);
}

/// `x.add_url_rule("/a", view_func=View.as_view("a"))`, also wrapped in guards.
fn add_url_rule(site: Site<'_>, call: Call<'_>, targets: &[Option<ContainerId>], drafts: &mut Vec<Draft>) {
    let Site { project, file, .. } = site;
    let Some(view) = call.argument("view_func", 2) else { return };
    let Some((view, wrapper)) = viewed(file, view, MAX_WRAPPERS) else { return };
    let Some(value) = call.argument("rule", 0) else { return };
    let only = call.keyword("methods").and_then(|arg| methods_of(project, file.id(), arg.value));
    let paths = vec![Arg { kind: ArgKind::Positional, value, span: file.module().span(value) }];
    register(site, call, targets, &Registration { view, paths, wrapper, only }, drafts);
}

/// What a registering call says.
struct Registration {
    /// The class of the view.
    view: ExprId,
    paths: Vec<Arg>,
    wrapper: Option<ExprRef>,
    only: Option<BTreeSet<String>>,
}

/// Registers a view: a class, the variable of a loop over classes, or whatever the callers of the function around the
/// call pass.
fn register(
    site: Site<'_>,
    call: Call<'_>,
    targets: &[Option<ContainerId>],
    registration: &Registration,
    drafts: &mut Vec<Draft>,
) {
    let Site { project, file, .. } = site;
    let paths = registration.paths.iter().filter(|path| path.kind == ArgKind::Positional);
    let paths: Vec<ExprRef> = paths.map(|path| ExprRef { file: file.id(), expr: path.value }).collect();
    let mut push_all = |class: ClassRef, paths: Vec<Option<String>>, targets: &[Option<ContainerId>]| {
        for path in paths {
            let Registration { wrapper, ref only, .. } = *registration;
            push(site, &View { class, path, wrapper, only: only.clone() }, targets, drafts);
        }
    };
    for (turn, view) in loop_values(project, file.id(), registration.view).into_iter().enumerate() {
        let of_turn = |path: &ExprRef| loop_values(project, path.file, path.expr).get(turn).copied().unwrap_or(*path);
        let Entity::Class(class) = project.resolve(view.file, view.expr) else { continue };
        let paths = paths.iter().map(of_turn).map(|path| project.string(path.file, path.expr));
        push_all(class, paths.collect(), targets);
    }
    let own: Vec<Option<String>> = paths.iter().map(|path| project.string(path.file, path.expr)).collect();
    let class = match project.resolve(file.id(), registration.view) {
        Entity::Class(class) => Some(class),
        _ => None,
    };
    let is_told = own.iter().all(Option::is_some) && own.len() == registration.paths.len();
    if let Some(class) = class.filter(|_| is_told) {
        push_all(class, own, targets);
        return;
    }
    let forwarded = forwarded(site, call, registration.view, &registration.paths);
    if let Some(class) = class.filter(|_| forwarded.is_empty()) {
        push_all(class, own, targets);
    }
    for found in forwarded {
        push_all(found.class, found.paths, &found.targets);
    }
}

/// How many names and wrapping calls a view may be behind.
const MAX_WRAPPERS: u32 = 6;

/// Whether an expression is the view function of a class, perhaps wrapped.
pub(crate) fn is_class_view(file: File<'_>, view: ExprId) -> bool {
    viewed(file, view, MAX_WRAPPERS).is_some()
}

/// The class of `View.as_view(…)`, through names and wrapping calls; with it the outermost wrapper.
fn viewed(file: File<'_>, view: ExprId, steps: u32) -> Option<(ExprId, Option<ExprRef>)> {
    let steps = steps.checked_sub(1)?;
    let module = file.module();
    if let Expr::Name(name) = module.expr(view) {
        let binding = file.index().lookup(file.index().scope_of_name(view), name).last()?;
        let BindingKind::Assign { value: Some(value), .. } = binding.kind else { return None };
        return viewed(file, value, steps);
    }
    let call = Call::of(module, view)?;
    if call.name() == Some("as_view") {
        return Some((call.receiver()?, None));
    }
    let (class, _) = viewed(file, call.positional(0)?, steps)?;
    Some((class, Some(ExprRef { file: file.id(), expr: call.function })))
}

/// `@ns.route("/a") class View(Resource)`, `@api.resource("/a") class View(Resource)`.
fn decorated(site: Site<'_>, drafts: &mut Vec<Draft>) {
    let file = site.file;
    let module = file.module();
    for id in module.class_ids() {
        for decorator in module.list(file.class(id).decorators) {
            let Some(call) = Call::of(module, decorator.expr).filter(|call| is_registering(*call)) else {
                continue;
            };
            let Some(receiver) = call.receiver() else { continue };
            let targets = site.flask_targets(receiver);
            let only = call.keyword("methods").and_then(|arg| methods_of(site.project, file.id(), arg.value));
            let paths = (0..call.args.len()).map_while(|place| call.positional(place));
            for path in paths {
                let path = site.project.string(file.id(), path);
                let class = ClassRef::new(file.id(), id);
                push(site, &View { class, path, wrapper: None, only: only.clone() }, &targets, drafts);
            }
        }
    }
}

fn is_registering(call: Call<'_>) -> bool {
    matches!(call.name(), Some("route" | "resource"))
}
