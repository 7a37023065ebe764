//! The folders whose files the application hands out for browsers to show.

use std::collections::BTreeMap;

use backlint_model::{File, Framework, PathKey, Project};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{BinaryOp, Expr, ExprId, Part};

use crate::expressions::assigned_value;

/// How many names a path may be behind.
const MAX_STEPS: u32 = 6;

/// Calls that hand out files.
const SERVING: &[&str] = &["FileResponse", "StaticFiles", "send_file", "send_from_directory"];

/// What hands the files of a folder to browsers.
pub(super) enum Served {
    /// A route or mount of the application.
    By(Location),
    /// Flask, which serves the static folder unasked.
    AsStatic,
}

/// Folders, each with the place that serves it.
pub(super) struct ServedFolders<'p> {
    project: &'p Project,
    folders: BTreeMap<PathKey, Location>,
}

impl<'p> ServedFolders<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        let mut folders = BTreeMap::new();
        for file in project.app_files() {
            for call in file.calls_named(SERVING) {
                if let Some(folder) = served_by(project, file, call) {
                    folders.entry(folder).or_insert(file.at_expr(call.expr));
                }
            }
        }
        Self { project, folders }
    }

    /// What serves the folder that a path leads into.
    pub(super) fn serving(&self, file: File<'_>, path: ExprId) -> Option<Served> {
        let prefixes = prefixes(self.project, file, path, MAX_STEPS);
        if let Some(at) = prefixes.iter().find_map(|prefix| self.folders.get(prefix)) {
            return Some(Served::By(*at));
        }
        let is_static = prefixes.iter().any(is_static) && self.has_flask();
        is_static.then_some(Served::AsStatic)
    }

    fn has_flask(&self) -> bool {
        self.project.routes().iter().any(|route| route.framework == Framework::Flask)
    }
}

/// The folder that a call serves from, unless browsers are told to save its files.
fn served_by(project: &Project, file: File<'_>, call: Call<'_>) -> Option<PathKey> {
    let is_saved = ["as_attachment", "filename"].iter().any(|name| call.keyword(name).is_some());
    let path = match call.name()? {
        "StaticFiles" => call.argument("directory", 0)?,
        _ if is_saved => return None,
        "send_from_directory" => call.argument("directory", 0)?,
        _ => {
            let path = call.positional(0).or_else(|| call.keyword("path").map(|arg| arg.value))?;
            // A file whose path is known is one file, and no folder.
            return match project.path_key(file, path) {
                Some(_) => None,
                None => prefixes(project, file, path, MAX_STEPS).into_iter().next(),
            };
        }
    };
    project.path_key(file, path)
}

/// The beginnings of a path that are the same in every run, longest first.
fn prefixes(project: &Project, file: File<'_>, path: ExprId, steps: u32) -> Vec<PathKey> {
    let Some(steps) = steps.checked_sub(1) else { return Vec::new() };
    let module = file.module();
    let mut found: Vec<PathKey> = project.path_key(file, path).into_iter().collect();
    let further = match module.expr(path) {
        Expr::Binary { left, op: BinaryOp::Div | BinaryOp::Add, .. } => prefixes(project, file, left, steps),
        Expr::FString(parts) => match module.list(parts).first() {
            Some(Part::Value { value, .. }) => prefixes(project, file, *value, steps),
            Some(Part::Text(text)) => vec![PathKey::Text(module.text(*text).to_owned())],
            None => Vec::new(),
        },
        Expr::Name(_) => {
            assigned_value(file, path).map(|value| prefixes(project, file, value, steps)).unwrap_or_default()
        }
        Expr::Call { .. } => Call::of(module, path).map(|call| of_call(project, file, call, steps)).unwrap_or_default(),
        _ => Vec::new(),
    };
    found.extend(further);
    found
}

/// `os.path.join(FOLDER, name)`, `str(path)`, `FOLDER.joinpath(name)`.
fn of_call(project: &Project, file: File<'_>, call: Call<'_>, steps: u32) -> Vec<PathKey> {
    match (call.name(), call.receiver()) {
        (Some("join"), _) if file.path_of(call.function).is_some_and(|path| path == "os.path.join") => {
            let keys: Vec<PathKey> = call.args.iter().map_while(|arg| project.path_key(file, arg.value)).collect();
            let joined = |length: usize| match &keys[..length] {
                [only] => only.clone(),
                several => PathKey::Joined(several.to_vec()),
            };
            (1..=keys.len()).rev().map(joined).collect()
        }
        (Some("str" | "Path" | "abspath" | "fspath"), _) => {
            call.positional(0).map(|inner| prefixes(project, file, inner, steps)).unwrap_or_default()
        }
        (Some("joinpath" | "resolve" | "absolute"), Some(receiver)) => prefixes(project, file, receiver, steps),
        _ => Vec::new(),
    }
}

/// Whether a path leads into the folder that Flask serves under `/static`.
fn is_static(key: &PathKey) -> bool {
    match key {
        PathKey::Text(text) => {
            let text = text.trim_start_matches("./");
            matches!(text, "static" | "app/static") || text.starts_with("static/") || text.starts_with("app/static/")
        }
        PathKey::Attribute(_, name) | PathKey::Global(_, name) => name == "static_folder",
        PathKey::Joined(parts) => {
            parts.iter().any(is_static) || parts.iter().any(|part| *part == PathKey::Text("static_folder".to_owned()))
        }
        PathKey::Made(_) | PathKey::Setting(_) => false,
    }
}
