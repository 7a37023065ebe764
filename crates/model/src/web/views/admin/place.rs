//! Where the views of an admin site are served.

use backlint_semantic::Call;

use super::View;
use super::endpoints::Family;
use crate::Project;
use crate::resolve::{Entity, ExprRef, Type};
use crate::web::constructor::{Parameter, argument};
use crate::web::containers::ContainerId;
use crate::web::mounting::joined;
use crate::web::views::Site;

/// The start page that a site has unless it is given another.
pub(super) const INDEX_CLASS: &str = "flask_admin.AdminIndexView";

const SITE_URL: Parameter = Parameter { keyword: "url", place: 2 };
const SITE_INDEX: Parameter = Parameter { keyword: "index_view", place: 4 };
const INDEX_URL: Parameter = Parameter { keyword: "url", place: 3 };

/// The path of an admin site, below which its views are served.
pub(super) fn base_url(site: Site<'_>, admin: ContainerId) -> Option<String> {
    let container = site.containers.get(admin);
    match argument(site.project, &container.class, container.made, SITE_URL) {
        Some(url) => site.project.string(url.file, url.expr),
        None => index_url(site, admin),
    }
}

/// The path of the start page.
pub(super) fn index_url(site: Site<'_>, admin: ContainerId) -> Option<String> {
    let container = site.containers.get(admin);
    let url = match index_object(site, admin) {
        Some(view) => argument(site.project, &view.class, view.made, INDEX_URL),
        None => argument(site.project, &container.class, container.made, SITE_URL),
    };
    match url {
        Some(url) => site.project.string(url.file, url.expr),
        None => Some("/admin".to_owned()),
    }
}

/// The start page that a site is given.
pub(super) fn index_object(site: Site<'_>, admin: ContainerId) -> Option<View> {
    let container = site.containers.get(admin);
    let given = argument(site.project, &container.class, container.made, SITE_INDEX)?;
    match site.project.resolve(given.file, given.expr) {
        Entity::Instance { of: class, origin: Some(made) } => Some(View { class, made, model: None }),
        _ => None,
    }
}

/// The path of a view: its `url`, else its endpoint, below the site unless it starts with a slash.
pub(super) fn url(project: &Project, view: &View, base: Option<&str>) -> Option<String> {
    let (endpoint, url) = parameters(project, &view.class);
    let below = |name: &str| base.map(|base| joined(base, &format!("/{name}")));
    if let Some(given) = argument(project, &view.class, view.made, url) {
        let given = project.string(given.file, given.expr)?;
        return if given.starts_with('/') { Some(given) } else { below(&given) };
    }
    match argument(project, &view.class, view.made, endpoint) {
        Some(given) => below(&project.string(given.file, given.expr)?),
        None => below(&default_endpoint(project, view)?),
    }
}

/// The places of `endpoint` and `url` in the constructor of the library's class.
fn parameters(project: &Project, class: &Type) -> (Parameter, Parameter) {
    let has_session = project.derives_from(
        class,
        &[
            "flask_admin.contrib.sqla.ModelView",
            "flask_admin.contrib.sqla.view.ModelView",
            "flask_admin.contrib.geoa.ModelView",
        ],
    );
    let place = match Family::of(project, class) {
        Some(Family::Model) if has_session => 4,
        Some(Family::Model | Family::Files | Family::Console) => 3,
        Some(Family::Page | Family::Index) | None => 2,
    };
    (Parameter { keyword: "endpoint", place }, Parameter { keyword: "url", place: place + 1 })
}

/// The name of the model, or of the class for what has none.
fn default_endpoint(project: &Project, view: &View) -> Option<String> {
    const MODEL: Parameter = Parameter { keyword: "model", place: 0 };
    let is_model = Family::of(project, &view.class) == Some(Family::Model)
        && !project.derives_from(&view.class, &["flask_admin.contrib.pymongo.ModelView"]);
    let name = if is_model {
        let model = view.model.or_else(|| argument(project, &view.class, view.made, MODEL))?;
        model_name(project, model)?
    } else {
        class_name(project, &view.class)?
    };
    Some(name.to_lowercase())
}

fn class_name(project: &Project, class: &Type) -> Option<String> {
    match class {
        Type::Project(class) => Some(project.file(class.file)?.class_name(class.id).to_owned()),
        Type::External(path) => path.rsplit('.').next().map(str::to_owned),
    }
}

/// The class that an expression names, as far as its last segment tells.
fn model_name(project: &Project, at: ExprRef) -> Option<String> {
    let file = project.file(at.file)?;
    match project.resolve(at.file, at.expr) {
        Entity::Class(class) => Some(project.file(class.file)?.class_name(class.id).to_owned()),
        _ if Call::of(file.module(), at.expr).is_some() => None,
        _ => {
            let last = file.text_of(at.expr).rsplit('.').next()?;
            last.starts_with(|c: char| c.is_ascii_uppercase()).then(|| last.to_owned())
        }
    }
}
