//! Flask-Admin: views of the project's classes and the endpoints they inherit.

mod endpoints;
mod place;

use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, Expr, ExprId};

use super::exposed::Exposed;
use super::{Served, Site, class_place};
use crate::Project;
use crate::resolve::{ClassRef, Entity, ExprRef, Type};
use crate::web::callers::loop_values;
use crate::web::containers::ContainerId;
use crate::web::mounting::joined;
use crate::web::routes::Draft;
use crate::web::{Answer, Handler};
use endpoints::{Family, STATIC};

const ADMIN: &[&str] = &["flask_admin.Admin", "flask_admin.base.Admin"];

/// The admin views that a file registers.
pub(super) fn find(site: Site<'_>, drafts: &mut Vec<Draft>) {
    for admin in site.made_here(ADMIN) {
        index_view(site, admin, drafts);
    }
    for call in site.file.calls_named(&["add_view", "add_views"]) {
        let Some(receiver) = call.receiver() else { continue };
        let admins = site.objects_of(receiver, ADMIN);
        let views = added(site, call);
        if admins.is_empty() {
            // Somewhere below a site that is not seen.
            for view in views.iter().filter(|view| Family::of(site.project, &view.class).is_some()) {
                serve(site.project, view, None, None, drafts);
            }
        }
        for &admin in &admins {
            let base = place::base_url(site, admin);
            for view in &views {
                let path = place::url(site.project, view, base.as_deref());
                serve(site.project, view, Some(admin), path.as_deref(), drafts);
            }
        }
    }
}

/// An object of a view class.
pub(super) struct View {
    class: Type,
    /// The call that makes it.
    made: ExprRef,
    /// The model it is for, when a loop hands it in.
    model: Option<ExprRef>,
}

/// The views among the arguments of `add_view` or `add_views`.
fn added(site: Site<'_>, call: Call<'_>) -> Vec<View> {
    let module = site.file.module();
    let arguments = call.args.iter().flat_map(|arg| match (arg.kind, module.expr(arg.value)) {
        (ArgKind::Star, Expr::List(items) | Expr::Tuple(items)) => module.list(items).to_vec(),
        _ => vec![arg.value],
    });
    arguments.flat_map(|argument| views(site, argument)).collect()
}

/// The view objects that an argument may be: one, or one for each turn of the loop around it.
fn views(site: Site<'_>, argument: ExprId) -> Vec<View> {
    let Site { project, file, .. } = site;
    if let Entity::Instance { of: class, origin: Some(made) } = project.resolve(file.id(), argument) {
        let models = match Call::of(file.module(), argument).and_then(|call| call.positional(0)) {
            Some(model) => loop_values(project, file.id(), model),
            None => Vec::new(),
        };
        if models.is_empty() {
            return vec![View { class, made, model: None }];
        }
        return models.into_iter().map(|model| View { class: class.clone(), made, model: Some(model) }).collect();
    }
    let Some(call) = Call::of(file.module(), argument) else { return Vec::new() };
    let made = ExprRef { file: file.id(), expr: argument };
    let models = call.positional(0).map(|model| loop_values(project, file.id(), model)).unwrap_or_default();
    let classes = loop_values(project, file.id(), call.function);
    let classes = classes.into_iter().enumerate().filter_map(|(turn, at)| match project.resolve(at.file, at.expr) {
        Entity::Class(class) => Some(View { class: Type::Project(class), made, model: models.get(turn).copied() }),
        Entity::External(path) => Some(View { class: Type::External(path), made, model: models.get(turn).copied() }),
        _ => None,
    });
    classes.collect()
}

/// The start page of an admin site, with the files it serves.
fn index_view(site: Site<'_>, admin: ContainerId, drafts: &mut Vec<Draft>) {
    let project = site.project;
    let made = site.containers.get(admin).made;
    let Some(path) = place::index_url(site, admin) else { return };
    let given = place::index_object(site, admin);
    let view = given.unwrap_or(View { class: Type::External(place::INDEX_CLASS.to_owned()), made, model: None });
    serve(project, &view, Some(admin), Some(&path), drafts);
    let files = if path == "/" { "/static/admin".to_owned() } else { joined(&path, "/static") };
    drafts.push(
        Served {
            handler: Handler { answer: Answer::Library(STATIC), class: None },
            container: Some(admin),
            methods: ["GET".to_owned()].into(),
            path: Some(joined(&files, "/<path:filename>")),
            at: project.at(made),
        }
        .draft(project),
    );
}

/// One draft per endpoint of a view.
fn serve(project: &Project, view: &View, container: Option<ContainerId>, path: Option<&str>, drafts: &mut Vec<Draft>) {
    let class = match &view.class {
        Type::Project(class) => Some(*class),
        Type::External(_) => None,
    };
    let exposed = class.map(|class| Exposed::of(project, class)).unwrap_or_default();
    let below = |rule: &str| path.map(|path| joined(path, rule));
    for endpoint in &exposed.endpoints {
        let served = Served {
            handler: Handler::of_function(endpoint.function, class),
            container,
            methods: endpoint.methods.clone(),
            path: endpoint.path.as_deref().and_then(below),
            at: endpoint.at,
        };
        drafts.push(served.draft(project));
    }
    let inherited = Family::of(project, &view.class).map_or(&[][..], Family::endpoints);
    for endpoint in inherited.iter().filter(|endpoint| !exposed.defines(endpoint.name)) {
        let served = Served {
            handler: Handler { answer: Answer::Library(endpoint.of(project, class)), class },
            container,
            methods: endpoint.methods.iter().map(|&method| method.to_owned()).collect(),
            path: below(endpoint.path),
            at: view_place(project, class, view.made),
        };
        drafts.push(served.draft(project));
    }
}

/// The line that opens the project's class; for a library's class the call that makes the view.
fn view_place(project: &Project, class: Option<ClassRef>, made: ExprRef) -> Location {
    match (class, project.file(made.file)) {
        (Some(class), _) => class_place(project, class),
        (None, Some(file)) => file.at(file.first_line(file.module().span(made.expr))),
        (None, None) => project.at(made),
    }
}
