//! Whether a path is made when the program is built, deployed or run, or its absence is expected.

use backlint_model::{File, Project, Role};
use backlint_semantic::Block;
use backlint_syntax::ast::{ExprId, Stmt};

/// Folders that hold what builds, users and runs leave behind.
const FOLDERS: &[&str] = &[
    "artifacts",
    "build",
    "cache",
    "certs",
    "data",
    "db",
    "dist",
    "downloads",
    "frontend",
    "generated",
    "keys",
    "logs",
    "media",
    "models",
    "node_modules",
    "out",
    "output",
    "outputs",
    "public",
    "reports",
    "results",
    "secrets",
    "target",
    "temp",
    "tmp",
    "uploads",
    "weights",
];

/// Endings of files that are made on the machine they are used on.
const ENDINGS: &[&str] = &[".db", ".key", ".log", ".pem", ".pid", ".pkl", ".sqlite", ".sqlite3", ".env", ".bin", ".pt"];

pub(super) fn is_made_later(project: &Project, file: File<'_>, call: ExprId, path: &str) -> bool {
    let root = file.path().strip_suffix(file.local_path()).unwrap_or_default();
    let path = path.strip_prefix(root).unwrap_or(path);
    let is_of_build = path.split('/').any(|part| FOLDERS.contains(&part)) || ENDINGS.iter().any(|e| path.ends_with(e));
    is_of_build || is_expected(file, call) || is_written(project, file, path) || is_deployed(project, path)
}

/// Whether the code copes with the absence: a test for it, or a `try` around.
fn is_expected(file: File<'_>, call: ExprId) -> bool {
    let module = file.module();
    let in_try =
        file.index().stmt_of(call).into_iter().flat_map(|stmt| file.index().stmt_ancestors(stmt)).any(|parent| {
            parent.block == Block::Body
                && matches!(module.stmt(parent.stmt), Stmt::Try { handlers, .. } if !module.list(handlers).is_empty())
        });
    let around = match file.index().function_of(call) {
        Some(function) => file.slice(module.stmt_span(file.function(function).stmt)),
        None => file.source().text(),
    };
    in_try
        || ["exists(", "is_file(", "is_dir(", "isfile(", "isdir(", "listdir(", "iterdir("]
            .iter()
            .any(|test| around.contains(test))
}

/// Whether code of the project writes something of that name.
fn is_written(project: &Project, file: File<'_>, path: &str) -> bool {
    const WRITING: &[&str] =
        &["mkdir(", "makedirs(", "write_text(", "write_bytes(", "\"w\"", "'w'", "\"wb\"", "'wb'", "copy"];
    let name = path.rsplit('/').next().unwrap_or(path);
    let writes = |text: &str| WRITING.iter().any(|word| text.contains(word));
    writes(file.source().text())
        || project.files().filter(|other| other.role() != Role::Test && other.id() != file.id()).any(|other| {
            let text = other.source().text();
            text.contains(name) && writes(text)
        })
}

/// Whether a build or deployment file speaks of the path: something there may make it or put it in place.
fn is_deployed(project: &Project, path: &str) -> bool {
    let start = path.match_indices('/').rev().nth(1).map_or(0, |(at, _)| at + 1);
    let tail = path.get(start..).unwrap_or(path);
    project.sources().iter().any(|(id, source)| project.file(id).is_none() && source.text().contains(tail))
}
