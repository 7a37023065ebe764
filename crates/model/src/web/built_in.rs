//! Routes that frameworks add to apps by themselves: static files, API documentation.

mod extensions;

use std::collections::BTreeSet;

use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, Expr};

use super::containers::{Container, ContainerId, ContainerKind, Containers, Framework, init_keyword};
use super::handler::Endpoint;
use super::routes::Draft;
use super::{Answer, Handler};
use crate::resolve::{Entity, ExprRef, Type};
use crate::{File, Project};

/// The routes that every app and router brings along.
pub(crate) fn find(project: &Project, containers: &Containers, drafts: &mut Vec<Draft>) {
    for (index, container) in containers.list().iter().enumerate() {
        let reader = Reader { project, container };
        let mut add = |name: &'static str, path: String| {
            drafts.push(draft(project, ContainerId::new(index), container, name, path));
        };
        match (container.framework, container.kind) {
            (Framework::Flask, ContainerKind::App) => {
                if let Some(path) = reader.static_files("static_folder", 2, 1, Some("static")) {
                    add("static", path);
                }
                extensions::apiflask(&reader, add);
            }
            (Framework::Flask, ContainerKind::RestApi) => {
                extensions::restx(&reader, containers, ContainerId::new(index), |served_by, name, path| {
                    drafts.push(draft(project, served_by, container, name, path));
                });
            }
            (Framework::Flask, ContainerKind::Router) => {
                if let Some(path) = reader.static_files("static_folder", 2, 3, None) {
                    add("static", path);
                }
            }
            (Framework::FastApi, ContainerKind::App) => reader.documentation(add),
            _ => {}
        }
    }
}

fn draft(project: &Project, id: ContainerId, container: &Container, name: &'static str, path: String) -> Draft {
    Draft {
        handler: Handler { answer: Answer::Library(Endpoint { name, changes: None, guard: None }), class: None },
        framework: container.framework,
        container: Some(id),
        methods: BTreeSet::from(["GET".to_owned()]),
        path: Some(path),
        at: project.at(container.made),
        decorators: Vec::new(),
        outer_decorators: Vec::new(),
        dependencies: None,
        takes_dependencies: false,
        wrapper: None,
        described: None,
        call: None,
    }
}

/// What a constructor is told.
#[derive(Debug, PartialEq, Eq)]
enum Setting {
    /// Nothing: the framework's default holds.
    Absent,
    /// `None` or `False`.
    Off,
    /// This text.
    Text(String),
    /// Something that could not be told.
    Unknown,
}

/// Reads the arguments of the call that makes a container.
struct Reader<'a> {
    project: &'a Project,
    container: &'a Container,
}

impl Reader<'_> {
    /// The rule for static files; none if there are none. `default` is the folder when the constructor names none.
    fn static_files(&self, keyword: &str, folder: usize, url: usize, default: Option<&str>) -> Option<String> {
        // Subclasses may order their parameters as they like.
        let is_plain = matches!(&self.container.class, Type::External(path) if path.starts_with("flask."));
        let (folder, url) = if is_plain { (Some(folder), Some(url)) } else { (None, None) };
        let folder = match self.setting(keyword, folder) {
            Setting::Absent => default?.to_owned(),
            Setting::Off => return None,
            Setting::Text(folder) => folder,
            Setting::Unknown => return self.static_url(url, None),
        };
        let last = folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        self.static_url(url, Some(last))
    }

    fn static_url(&self, place: Option<usize>, folder: Option<String>) -> Option<String> {
        let url = match self.setting("static_url_path", place) {
            Setting::Text(url) => url,
            Setting::Absent | Setting::Off => format!("/{}", folder?),
            Setting::Unknown => return None,
        };
        Some(format!("{}/<path:filename>", url.trim_end_matches('/')))
    }

    /// FastAPI's own pages: `openapi_url=None` takes away all of them, `docs_url=None` the two of Swagger.
    fn documentation(&self, mut add: impl FnMut(&'static str, String)) {
        if !self.project.derives_from(&self.container.class, &["fastapi.FastAPI", "fastapi.applications.FastAPI"]) {
            return;
        }
        let page = |keyword, default: &str| match self.setting(keyword, None) {
            Setting::Absent => Some(default.to_owned()),
            Setting::Text(path) if !path.is_empty() => Some(path),
            Setting::Text(_) | Setting::Off | Setting::Unknown => None,
        };
        let Some(openapi) = page("openapi_url", "/openapi.json") else { return };
        add("openapi", openapi);
        if let Some(docs) = page("docs_url", "/docs") {
            add("swagger_ui_html", docs);
            if let Some(redirect) = page("swagger_ui_oauth2_redirect_url", "/docs/oauth2-redirect") {
                add("swagger_ui_redirect", redirect);
            }
        }
        if let Some(redoc) = page("redoc_url", "/redoc") {
            add("redoc_html", redoc);
        }
    }

    fn setting(&self, keyword: &str, place: Option<usize>) -> Setting {
        let Container { made, class, .. } = self.container;
        let Some(file) = self.project.file(made.file) else { return Setting::Unknown };
        let Some(call) = Call::of(file.module(), made.expr) else { return Setting::Unknown };
        let given = call.keyword(keyword).map(|arg| arg.value).or_else(|| call.positional(place?));
        let given = given.map(|expr| ExprRef { file: made.file, expr });
        let unpacked = || {
            let maps = call.args.iter().filter(|arg| arg.kind == ArgKind::DoubleStar);
            maps.map(|arg| ExprRef { file: made.file, expr: arg.value }).find_map(|map| self.entry(map, keyword))
        };
        match given.or_else(unpacked).or_else(|| init_keyword(self.project, class, keyword)) {
            Some(at) => self.value(at),
            None => Setting::Absent,
        }
    }

    /// The value that a dict display has under a key.
    fn entry(&self, map: ExprRef, key: &str) -> Option<ExprRef> {
        let Entity::Literal(at) = self.project.resolve(map.file, map.expr) else { return None };
        let module = self.project.file(at.file)?.module();
        let Expr::Dict(items) = module.expr(at.expr) else { return None };
        let has_key = |expr| matches!(module.expr(expr), Expr::Str(text) if module.text(text) == key);
        let item = module.list(items).iter().find(|item| item.key.is_some_and(has_key))?;
        Some(ExprRef { file: at.file, expr: item.value })
    }

    fn value(&self, at: ExprRef) -> Setting {
        let Some(file) = self.project.file(at.file) else { return Setting::Unknown };
        let module = file.module();
        // Shown on some condition is shown.
        if let Expr::Conditional { body, orelse, .. } = module.expr(at.expr) {
            let [body, orelse] = [body, orelse].map(|expr| self.value(ExprRef { file: at.file, expr }));
            return if matches!(body, Setting::Text(_)) { body } else { orelse };
        }
        // `os.path.join(root, "static")` ends in its last part.
        let joined = Call::of(module, at.expr).filter(|call| call.name() == Some("join"));
        let text = joined.and_then(|call| call.args.last()).map_or(at.expr, |last| last.value);
        if let Some(text) = self.project.string(at.file, text) {
            return Setting::Text(text);
        }
        let Entity::Literal(literal) = self.project.resolve(at.file, at.expr) else { return Setting::Unknown };
        let module = self.project.file(literal.file).map(File::module);
        let is_off = module.is_some_and(|module| matches!(module.expr(literal.expr), Expr::None | Expr::False));
        if is_off { Setting::Off } else { Setting::Unknown }
    }
}
