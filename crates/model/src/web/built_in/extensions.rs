//! Documentation that extensions of Flask add to an app.

use backlint_semantic::Call;

use super::{Reader, Setting};
use crate::web::containers::{ContainerId, Containers, Framework};

/// The pages of `APIFlask`; `enable_openapi=False` takes all of them away, `docs_path=None` the two of Swagger.
pub(super) fn apiflask(reader: &Reader<'_>, mut add: impl FnMut(&'static str, String)) {
    let is_apiflask = reader.project.derives_from(&reader.container.class, &["apiflask.APIFlask"]);
    if !is_apiflask || reader.setting("enable_openapi", None) == Setting::Off {
        return;
    }
    let prefix = match reader.setting("openapi_blueprint_url_prefix", None) {
        Setting::Absent | Setting::Off => String::new(),
        Setting::Text(prefix) => prefix,
        Setting::Unknown => return,
    };
    let page = |keyword, default: &str| Some(format!("{prefix}{}", path(reader.setting(keyword, None), default)?));
    if let Some(description) = page("spec_path", "/openapi.json") {
        add("spec", description);
    }
    if let Some(docs) = page("docs_path", "/docs") {
        add("docs", docs);
        if let Some(redirect) = page("docs_oauth2_redirect_path", "/docs/oauth2-redirect") {
            add("swagger_ui_oauth_redirect", redirect);
        }
    }
}

/// The pages of an `Api` of Flask-RESTX, by the container that serves each.
pub(super) fn restx(
    reader: &Reader<'_>,
    containers: &Containers,
    api: ContainerId,
    mut add: impl FnMut(ContainerId, &'static str, String),
) {
    if !reader.project.derives_from(&reader.container.class, &["flask_restx.Api", "flask_restplus.Api"]) {
        return;
    }
    let Some(prefix) = reader.container.prefix.as_deref() else { return };
    let has_description = reader.setting("add_specs", None) != Setting::Off;
    if has_description && let Some(name) = path(reader.setting("default_swagger_filename", None), "swagger.json") {
        add(api, "specs", format!("/{name}"));
    }
    add(api, "root", if prefix.is_empty() { "/".to_owned() } else { String::new() });
    // The page of the documentation stands beside the prefix, not below it.
    let beside = if prefix.is_empty() { Some(api) } else { parent(reader, containers) };
    let docs = path(reader.setting("doc", None), "/").filter(|_| has_description);
    if let (Some(beside), Some(docs)) = (beside, docs) {
        add(beside, "doc", docs);
    }
    if let Some(app) = containers.only_app(Framework::Flask) {
        add(app, "static", "/swaggerui/<path:filename>".to_owned());
    }
}

/// The app or blueprint that an `Api` is made for.
fn parent(reader: &Reader<'_>, containers: &Containers) -> Option<ContainerId> {
    let made = reader.container.made;
    let call = Call::of(reader.project.file(made.file)?.module(), made.expr)?;
    containers.of(&reader.project.resolve(made.file, call.argument("app", 0)?))
}

fn path(setting: Setting, default: &str) -> Option<String> {
    match setting {
        Setting::Absent => Some(default.to_owned()),
        Setting::Text(path) if !path.is_empty() => Some(path),
        Setting::Text(_) | Setting::Off | Setting::Unknown => None,
    }
}
