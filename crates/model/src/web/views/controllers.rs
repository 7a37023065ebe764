//! Class-based views of FastAPI whose methods are named after the HTTP verbs: `@cbv(router, "/path")`.

use std::collections::BTreeSet;

use backlint_semantic::Call;

use super::{Site, decorators_of, method_place};
use crate::resolve::{ClassRef, Entity, Type};
use crate::web::Handler;
use crate::web::containers::{ContainerId, Framework};
use crate::web::routes::Draft;

const VERBS: &[&str] = &["get", "post", "put", "patch", "delete", "options", "head", "trace"];

/// The controllers of a file that are registered under paths of their own. Methods with route decorators are routes
/// without that.
pub(super) fn find(site: Site<'_>, drafts: &mut Vec<Draft>) {
    let Site { project, file, .. } = site;
    let module = file.module();
    resources(site, drafts);
    for id in module.class_ids() {
        for decorator in module.list(file.class(id).decorators) {
            let Some(call) = Call::of(module, decorator.expr).filter(|call| is_controller(*call)) else { continue };
            let Some(router) = call.positional(0) else { continue };
            let routers = site.fastapi_targets(router);
            let class = ClassRef::new(file.id(), id);
            let paths = (1..call.args.len()).map_while(|place| call.positional(place));
            for path in paths.map(|path| project.string(file.id(), path)) {
                push(site, &routers, class, Some(class), path.as_deref(), drafts);
            }
        }
    }
}

/// `Api(app).add_resource(View(), "/path")` of fastapi-utils. Class attributes are no dependencies of such an object.
fn resources(site: Site<'_>, drafts: &mut Vec<Draft>) {
    let Site { project, file, .. } = site;
    for call in file.calls_named(&["add_resource"]) {
        let (Some(api), Some(view)) = (call.receiver(), call.positional(0)) else { continue };
        let Entity::Instance { of: Type::Project(class), .. } = project.resolve(file.id(), view) else { continue };
        let apis = site.fastapi_targets(api);
        let paths = (1..call.args.len()).map_while(|place| call.positional(place));
        for path in paths.map(|path| project.string(file.id(), path)) {
            push(site, &apis, class, None, path.as_deref(), drafts);
        }
    }
}

fn is_controller(call: Call<'_>) -> bool {
    matches!(call.name(), Some("cbv" | "controller" | "Controller"))
}

/// One draft per verb; `guarding` is the class when its attributes are dependencies.
fn push(
    site: Site<'_>,
    routers: &[ContainerId],
    class: ClassRef,
    guarding: Option<ClassRef>,
    path: Option<&str>,
    drafts: &mut Vec<Draft>,
) {
    let project = site.project;
    for &container in routers {
        for verb in VERBS {
            let Some(function) = project.method(class, verb) else { continue };
            drafts.push(Draft {
                handler: Handler::of_function(function, guarding),
                framework: Framework::FastApi,
                container: Some(container),
                methods: BTreeSet::from([verb.to_ascii_uppercase()]),
                path: path.map(str::to_owned),
                at: method_place(project, class, function),
                decorators: decorators_of(project, function),
                outer_decorators: Vec::new(),
                dependencies: None,
                takes_dependencies: true,
                wrapper: None,
                described: None,
                call: None,
            });
        }
    }
}
