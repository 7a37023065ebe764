//! The endpoints that views and APIs of Flask-AppBuilder inherit. The library itself puts a guard in front of them.

use crate::Project;
use crate::effects::EffectKind;
use crate::resolve::{ClassRef, Type};
use crate::web::Endpoint;

/// What a class of the library is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Pages of its own.
    Page,
    /// The start page.
    Index,
    /// Rows of a model.
    Model,
    /// Rows of a model, edited in one page.
    Compact,
    /// Rows of a model below another one.
    Detail,
    /// Several views on one page.
    Multiple,
    /// A form for users.
    Form,
    /// A form for everybody.
    PublicForm,
    /// A chart.
    Chart,
    /// An API of its own.
    Api,
    /// Rows of a model as an API.
    ModelApi,
}

/// An inherited endpoint.
pub(super) struct Inherited {
    pub(super) endpoint: Endpoint,
    pub(super) path: &'static str,
    pub(super) methods: &'static [&'static str],
}

const GET: &[&str] = &["GET"];
const POST: &[&str] = &["POST"];
const BOTH: &[&str] = &["GET", "POST"];

const fn page(
    name: &'static str,
    path: &'static str,
    methods: &'static [&'static str],
    changes: Option<EffectKind>,
) -> Inherited {
    Inherited { endpoint: Endpoint { name, changes, guard: Some("has_access") }, path, methods }
}

const fn api(
    name: &'static str,
    path: &'static str,
    methods: &'static [&'static str],
    changes: Option<EffectKind>,
) -> Inherited {
    Inherited { endpoint: Endpoint { name, changes, guard: Some("protect") }, path, methods }
}

const fn open(name: &'static str, path: &'static str, methods: &'static [&'static str]) -> Inherited {
    Inherited { endpoint: Endpoint { name, changes: None, guard: None }, path, methods }
}

const MODEL: &[Inherited] = &[
    page("list", "/list/", GET, None),
    page("show", "/show/<pk>", GET, None),
    page("add", "/add", BOTH, Some(EffectKind::RowWrite)),
    page("edit", "/edit/<pk>", BOTH, Some(EffectKind::RowWrite)),
    page("delete", "/delete/<pk>", BOTH, Some(EffectKind::RowDelete)),
    page("download", "/download/<string:filename>", GET, None),
    page("action", "/action/<string:name>/<pk>", BOTH, None),
    page("action_post", "/action_post", POST, None),
];

const COMPACT: &[Inherited] = &[
    page("list", "/list/", BOTH, Some(EffectKind::RowWrite)),
    page("add", "/add/", BOTH, Some(EffectKind::RowWrite)),
    page("edit", "/edit/<pk>", BOTH, Some(EffectKind::RowWrite)),
    page("delete", "/delete/<pk>", BOTH, Some(EffectKind::RowDelete)),
];

const DETAIL: &[Inherited] = &[page("list", "/list/", GET, None), page("list", "/list/<pk>", GET, None)];
const MULTIPLE: &[Inherited] = &[page("list", "/list/", GET, None)];
const FORM: &[Inherited] = &[page("this_form_get", "/form", GET, None), page("this_form_post", "/form", POST, None)];
const PUBLIC_FORM: &[Inherited] = &[open("this_form_get", "/form", GET), open("this_form_post", "/form", POST)];
const CHART: &[Inherited] = &[page("chart", "/chart/<group_by>", GET, None), page("chart", "/chart/", GET, None)];
const INDEX: &[Inherited] = &[open("index", "/", GET)];

const MODEL_API: &[Inherited] = &[
    api("info", "/_info", GET, None),
    api("get", "/<int:pk>", GET, None),
    api("get_list", "/", GET, None),
    api("post", "/", POST, Some(EffectKind::RowWrite)),
    api("put", "/<pk>", &["PUT"], Some(EffectKind::RowWrite)),
    api("delete", "/<pk>", &["DELETE"], Some(EffectKind::RowDelete)),
];

impl Family {
    /// The family of a class of the project, by the library's class above it.
    pub(super) fn of(project: &Project, class: ClassRef) -> Option<Self> {
        project.lineage(class).iter().find_map(|t| match t {
            Type::External(path) if path.starts_with("flask_appbuilder.") => Self::of_library(path),
            _ => None,
        })
    }

    fn of_library(path: &str) -> Option<Self> {
        match path.rsplit('.').next()? {
            "BaseView" => Some(Self::Page),
            "IndexView" => Some(Self::Index),
            "ModelView" => Some(Self::Model),
            "CompactCRUDMixin" => Some(Self::Compact),
            "MasterDetailView" => Some(Self::Detail),
            "MultipleView" => Some(Self::Multiple),
            "SimpleFormView" => Some(Self::Form),
            "PublicFormView" => Some(Self::PublicForm),
            "DirectByChartView" | "GroupByChartView" => Some(Self::Chart),
            "BaseApi" | "BaseModelApi" => Some(Self::Api),
            "ModelRestApi" => Some(Self::ModelApi),
            _ => None,
        }
    }

    pub(super) fn is_api(self) -> bool {
        matches!(self, Self::Api | Self::ModelApi)
    }

    pub(super) fn endpoints(self) -> &'static [Inherited] {
        match self {
            Self::Page | Self::Api => &[],
            Self::Index => INDEX,
            Self::Model => MODEL,
            Self::Compact => COMPACT,
            Self::Detail => DETAIL,
            Self::Multiple => MULTIPLE,
            Self::Form => FORM,
            Self::PublicForm => PUBLIC_FORM,
            Self::Chart => CHART,
            Self::ModelApi => MODEL_API,
        }
    }
}
