//! The endpoints that views of Flask-Admin inherit, and what each of them changes.

use crate::Project;
use crate::effects::EffectKind;
use crate::resolve::{ClassRef, Type};
use crate::web::Endpoint;
use crate::web::views::switches::{Switch, is_on};

/// What a view is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// A page of its own.
    Page,
    /// The start page.
    Index,
    /// Rows of a model.
    Model,
    /// Files of a folder.
    Files,
    /// A Redis console.
    Console,
}

/// An inherited endpoint.
pub(super) struct Inherited {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    pub(super) methods: &'static [&'static str],
    change: Option<(Option<Switch>, EffectKind)>,
}

/// The files that come with an admin site.
pub(super) const STATIC: Endpoint = Endpoint { name: "static", changes: None, guard: None };

const GET: &[&str] = &["GET"];
const POST: &[&str] = &["POST"];
const BOTH: &[&str] = &["GET", "POST"];

const fn reading(name: &'static str, path: &'static str) -> Inherited {
    Inherited { name, path, methods: GET, change: None }
}

const fn changing(
    name: &'static str,
    path: &'static str,
    methods: &'static [&'static str],
    switch: Switch,
    effect: EffectKind,
) -> Inherited {
    Inherited { name, path, methods, change: Some((Some(switch), effect)) }
}

const MODEL: &[Inherited] = &[
    reading("index_view", "/"),
    changing("create_view", "/new/", BOTH, Switch::on("can_create"), EffectKind::RowWrite),
    changing("edit_view", "/edit/", BOTH, Switch::on("can_edit"), EffectKind::RowWrite),
    reading("details_view", "/details/"),
    changing("delete_view", "/delete/", POST, Switch::on("can_delete"), EffectKind::RowDelete),
    // The one action that every view brings along deletes rows.
    changing("action_view", "/action/", POST, Switch::on("can_delete"), EffectKind::RowDelete),
    reading("export", "/export/<export_type>/"),
    reading("ajax_lookup", "/ajax/lookup/"),
    changing("ajax_update", "/ajax/update/", POST, Switch::off("column_editable_list"), EffectKind::RowWrite),
];

const FILES: &[Inherited] = &[
    reading("index", "/old_index"),
    reading("index", "/old_b/<path:path>"),
    reading("index_view", "/"),
    reading("index_view", "/b/<path:path>"),
    changing("upload", "/upload/", BOTH, Switch::on("can_upload"), EffectKind::FileWrite),
    changing("upload", "/upload/<path:path>", BOTH, Switch::on("can_upload"), EffectKind::FileWrite),
    reading("download", "/download/<path:path>"),
    changing("mkdir", "/mkdir/", BOTH, Switch::on("can_mkdir"), EffectKind::FileWrite),
    changing("mkdir", "/mkdir/<path:path>", BOTH, Switch::on("can_mkdir"), EffectKind::FileWrite),
    changing("delete", "/delete/", POST, Switch::on("can_delete"), EffectKind::FileWrite),
    changing("rename", "/rename/", BOTH, Switch::on("can_rename"), EffectKind::FileWrite),
    changing("edit", "/edit/", BOTH, Switch::off("editable_extensions"), EffectKind::FileWrite),
    changing("action_view", "/action/", POST, Switch::on("can_delete"), EffectKind::FileWrite),
];

const CONSOLE: &[Inherited] = &[
    reading("console_view", "/"),
    Inherited { name: "execute_view", path: "/run/", methods: POST, change: Some((None, EffectKind::RowWrite)) },
];

const INDEX: &[Inherited] = &[reading("index", "/")];

impl Family {
    /// The family of a view class, by the library's class above it.
    pub(super) fn of(project: &Project, class: &Type) -> Option<Self> {
        let lineage = match class {
            Type::Project(class) => project.lineage(*class),
            Type::External(_) => vec![class.clone()],
        };
        lineage.iter().find_map(|t| match t {
            Type::External(path) if path.starts_with("flask_admin.") => Self::of_library(path),
            _ => None,
        })
    }

    fn of_library(path: &str) -> Option<Self> {
        match path.rsplit('.').next()? {
            "BaseView" => Some(Self::Page),
            "AdminIndexView" => Some(Self::Index),
            "ModelView" | "BaseModelView" => Some(Self::Model),
            "FileAdmin" | "BaseFileAdmin" | "S3FileAdmin" | "AzureFileAdmin" => Some(Self::Files),
            "RedisCli" => Some(Self::Console),
            _ => None,
        }
    }

    pub(super) fn endpoints(self) -> &'static [Inherited] {
        match self {
            Self::Page => &[],
            Self::Index => INDEX,
            Self::Model => MODEL,
            Self::Files => FILES,
            Self::Console => CONSOLE,
        }
    }
}

impl Inherited {
    /// The endpoint as a class serves it, with the switches of that class.
    pub(super) fn of(&self, project: &Project, class: Option<ClassRef>) -> Endpoint {
        let is_enabled = |switch: Option<Switch>| switch.is_none_or(|switch| is_on(project, class, switch));
        let changes = self.change.filter(|&(switch, _)| is_enabled(switch)).map(|(_, effect)| effect);
        Endpoint { name: self.name, changes, guard: None }
    }
}
