//! Apps and routers, by the call that makes each.

use backlint_semantic::{BindingKind, Call, ScopeId};
use backlint_syntax::ast::{Expr, ExprId, Stmt};
use rustc_hash::{FxHashMap, FxHashSet};

use super::constructor::{Parameter, argument};
use super::frames::{Frame, Framed};
use crate::resolve::{Entity, ExprRef, Type};
use crate::{File, Project, Role};

/// An app or router of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId(u32);

impl ContainerId {
    pub(crate) fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whose rules a container follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Framework {
    /// Flask and its extensions.
    Flask,
    /// FastAPI and Starlette.
    FastApi,
}

impl Framework {
    /// Its name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flask => "flask",
            Self::FastApi => "fastapi",
        }
    }
}

/// What a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerKind {
    /// Serves requests itself.
    App,
    /// Serves once it is registered: a blueprint or router.
    Router,
    /// A REST extension object on an app or blueprint (`Api(app)`).
    RestApi,
}

/// An app or router.
#[derive(Clone, Debug)]
pub struct Container {
    /// What it is.
    pub kind: ContainerKind,
    /// Whose rules it follows.
    pub framework: Framework,
    /// Its class.
    pub class: Type,
    /// The call that makes it.
    pub made: ExprRef,
    /// The name it is bound to.
    pub name: String,
    /// `module:name`, as servers want it.
    pub import_path: String,
    /// Its own path prefix; none if it could not be told.
    pub prefix: Option<String>,
}

/// A class from outside that makes containers.
struct Known {
    path: &'static str,
    kind: ContainerKind,
    framework: Framework,
}

const fn known(path: &'static str, kind: ContainerKind, framework: Framework) -> Known {
    Known { path, kind, framework }
}

const KNOWN: &[Known] = &[
    known("flask.Flask", ContainerKind::App, Framework::Flask),
    known("flask.app.Flask", ContainerKind::App, Framework::Flask),
    known("apiflask.APIFlask", ContainerKind::App, Framework::Flask),
    known("flask_openapi3.OpenAPI", ContainerKind::App, Framework::Flask),
    known("flask.Blueprint", ContainerKind::Router, Framework::Flask),
    known("flask.blueprints.Blueprint", ContainerKind::Router, Framework::Flask),
    known("apiflask.APIBlueprint", ContainerKind::Router, Framework::Flask),
    known("flask_openapi3.APIBlueprint", ContainerKind::Router, Framework::Flask),
    known("flask_smorest.Blueprint", ContainerKind::Router, Framework::Flask),
    known("flask_restx.Namespace", ContainerKind::Router, Framework::Flask),
    known("flask_restful.Api", ContainerKind::RestApi, Framework::Flask),
    known("flask_restx.Api", ContainerKind::RestApi, Framework::Flask),
    known("flask_smorest.Api", ContainerKind::RestApi, Framework::Flask),
    known("flask_admin.Admin", ContainerKind::RestApi, Framework::Flask),
    known("flask_admin.base.Admin", ContainerKind::RestApi, Framework::Flask),
    known("connexion.App", ContainerKind::App, Framework::Flask),
    known("connexion.FlaskApp", ContainerKind::App, Framework::Flask),
    known("connexion.AsyncApp", ContainerKind::App, Framework::Flask),
    known("connexion.apps.flask.FlaskApp", ContainerKind::App, Framework::Flask),
    known("connexion.apps.asynchronous.AsyncApp", ContainerKind::App, Framework::Flask),
    known("flask_appbuilder.AppBuilder", ContainerKind::RestApi, Framework::Flask),
    known("flask_appbuilder.base.AppBuilder", ContainerKind::RestApi, Framework::Flask),
    known("fastapi.FastAPI", ContainerKind::App, Framework::FastApi),
    known("fastapi.applications.FastAPI", ContainerKind::App, Framework::FastApi),
    known("starlette.applications.Starlette", ContainerKind::App, Framework::FastApi),
    known("fastapi.APIRouter", ContainerKind::Router, Framework::FastApi),
    known("fastapi.routing.APIRouter", ContainerKind::Router, Framework::FastApi),
    known("fastapi_utils.inferring_router.InferringRouter", ContainerKind::Router, Framework::FastApi),
    known("fastapi_utils.Api", ContainerKind::RestApi, Framework::FastApi),
    known("fastapi_utils.cbv_base.Api", ContainerKind::RestApi, Framework::FastApi),
    known("fastapi_restful.Api", ContainerKind::RestApi, Framework::FastApi),
    known("fastapi_restful.cbv_base.Api", ContainerKind::RestApi, Framework::FastApi),
    known("starlette.routing.Router", ContainerKind::Router, Framework::FastApi),
];

/// All containers, by the call that makes them.
#[derive(Debug, Default)]
pub(crate) struct Containers {
    list: Vec<Container>,
    by_call: FxHashMap<ExprRef, ContainerId>,
}

impl Containers {
    pub(crate) fn list(&self) -> &[Container] {
        &self.list
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, id: ContainerId) -> &Container {
        &self.list[id.index()]
    }

    /// The container that `entity` is.
    pub(crate) fn of(&self, entity: &Entity) -> Option<ContainerId> {
        self.by_call.get(&entity.origin()?).copied()
    }

    /// The only app of a framework, which an untraceable `app` parameter must be.
    pub(crate) fn only_app(&self, framework: Framework) -> Option<ContainerId> {
        let mut apps = (0..self.list.len()).map(ContainerId::new).filter(|&id| {
            let container = self.get(id);
            container.kind == ContainerKind::App && container.framework == framework
        });
        let first = apps.next()?;
        apps.next().is_none().then_some(first)
    }
}

/// Finds all containers of non-test files.
pub(crate) fn find(project: &Project) -> Containers {
    let names = constructor_names(project);
    let mut found = Containers::default();
    for file in project.files().filter(|file| file.role() != Role::Test && file.role() != Role::Frozen) {
        let module = file.module();
        let aliases = aliased_constructors(file, &names);
        if aliases.is_empty() && !names.iter().any(|name| module.symbol(name).is_some()) {
            continue;
        }
        for call in file.calls() {
            let Some(name) = call.name() else { continue };
            if !names.contains(name) && !aliases.contains(name) {
                continue;
            }
            let Entity::Instance { of, origin: Some(made) } = project.resolve(file.id(), call.expr) else { continue };
            let Some((kind, framework)) = classify(project, &of) else { continue };
            if made.file == file.id() && made.expr == call.expr {
                let container = describe(project, file, call, of, kind, framework);
                let id = ContainerId::new(found.list.len());
                found.by_call.insert(made, id);
                found.list.push(container);
            }
        }
    }
    found
}

/// Class names whose calls may make a container: those of the frameworks and of project classes below them.
fn constructor_names(project: &Project) -> FxHashSet<String> {
    let mut names: FxHashSet<String> =
        KNOWN.iter().filter_map(|known| known.path.rsplit('.').next()).map(str::to_owned).collect();
    let subclasses = project.lineages.iter().filter(|(_, lineage)| {
        lineage.iter().any(|t| matches!(t, Type::External(path) if KNOWN.iter().any(|known| known.path == path)))
    });
    // `api.namespace("orders")` makes a namespace.
    names.insert("namespace".to_owned());
    names.extend(subclasses.filter_map(|(class, _)| Some(project.file(class.file)?.class_name(class.id).to_owned())));
    names
}

fn aliased_constructors<'p>(file: File<'p>, names: &FxHashSet<String>) -> FxHashSet<&'p str> {
    let module = file.module();
    let renamed = file.index().imports().iter().filter(|binding| match binding.kind {
        BindingKind::Import(import) => import.is_aliased && import.name.is_some_and(|n| names.contains(module.text(n))),
        _ => false,
    });
    renamed.map(|binding| module.text(binding.name)).collect()
}

fn classify(project: &Project, of: &Type) -> Option<(ContainerKind, Framework)> {
    KNOWN.iter().find(|known| project.derives_from(of, &[known.path])).map(|known| (known.kind, known.framework))
}

fn describe(
    project: &Project,
    file: File<'_>,
    call: Call<'_>,
    class: Type,
    kind: ContainerKind,
    framework: Framework,
) -> Container {
    let name = bound_name(file, call.expr).unwrap_or_else(|| call.name().unwrap_or_default().to_owned());
    let import_path = format!("{}:{name}", module_path(file.local_path()));
    let made = ExprRef { file: file.id(), expr: call.expr };
    let mut container = Container { kind, framework, class, made, name, import_path, prefix: None };
    container.prefix = own_prefix(project, &container, &Frame::default());
    container
}

/// The name that the result of a call is bound to, `self.` included.
pub(super) fn bound_name(file: File<'_>, expr: ExprId) -> Option<String> {
    let module = file.module();
    let stmt = file.index().stmt_of(expr)?;
    let target = match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => *module.list(targets).first()?,
        Stmt::AnnAssign { target, .. } => target,
        _ => return None,
    };
    matches!(module.expr(target), Expr::Name(_) | Expr::Attribute { .. }).then(|| file.text_of(target).to_owned())
}

/// The dotted path of the module at this place.
pub(crate) fn module_path(local: &str) -> String {
    let stem = local.strip_suffix(".py").unwrap_or(local);
    stem.strip_suffix("/__init__").unwrap_or(stem).replace('/', ".")
}

/// The prefix that a container gives itself, made in this frame.
pub(crate) fn own_prefix(project: &Project, container: &Container, frame: &Frame) -> Option<String> {
    let Container { made, class, .. } = container;
    let file = project.file(made.file)?;
    let call = Call::of(file.module(), made.expr)?;
    let init = match class {
        Type::Project(class) => project.method(*class, "__init__"),
        Type::External(_) => None,
    };
    let frame = init.map_or_else(|| frame.clone(), |init| frame.entering(project, made.file, call, init));
    let given = |keyword, place| {
        let at = argument(project, class, *made, Parameter { keyword, place })?;
        Some(Framed { at, frame: frame.clone() })
    };
    let is_namespace = project.derives_from(class, &["flask_restx.Namespace"]);
    let prefix = match (container.kind, container.framework) {
        // `Namespace("orders")` serves below `/orders` unless it says otherwise.
        _ if is_namespace => {
            let Some(path) = given("path", 2) else {
                return project.string_in(&given("name", 0)?).map(|name| format!("/{name}"));
            };
            Some(path)
        }
        // Flask-RESTX has other parameters in second place.
        (ContainerKind::RestApi, _) if project.derives_from(class, &["flask_restful.Api"]) => given("prefix", 1),
        (ContainerKind::RestApi, _) | (_, Framework::FastApi) => given("prefix", KEYWORD_ONLY),
        (_, Framework::Flask) => given("url_prefix", 5),
    };
    prefix.map_or_else(|| Some(String::new()), |prefix| project.string_in(&prefix))
}

/// The place of an argument that is only passed by keyword.
const KEYWORD_ONLY: usize = 99;

/// What `__init__` of a project class hands to `super().__init__` by this keyword.
pub(crate) fn init_keyword(project: &Project, class: &Type, keyword: &str) -> Option<ExprRef> {
    let Type::Project(class) = class else { return None };
    let init = project.method(*class, "__init__")?;
    let file = project.file(init.file)?;
    let module = file.module();
    let scope = file.index().function_scope(init.id);
    file.calls()
        .filter(|call| call.name() == Some("__init__") && file.index().scope_of(call.expr) == scope)
        .find_map(|call| call.keyword(keyword))
        .filter(|arg| !matches!(module.expr(arg.value), Expr::Name(name) if is_param(file, scope, name)))
        .map(|arg| ExprRef { file: init.file, expr: arg.value })
}

fn is_param(file: File<'_>, scope: ScopeId, name: backlint_syntax::ast::Symbol) -> bool {
    file.index().bindings_of(scope, name).iter().any(|b| matches!(b.kind, BindingKind::Param(..)))
}
