//! What the project says of its database: the migration tool it has, and whether it is a server.

use std::collections::BTreeSet;

use backlint_model::{File, Project};
use backlint_source::Location;
use backlint_syntax::ast::Expr;

/// The migration tool of a project.
pub(super) struct Tool {
    /// Where it is declared.
    pub(super) at: Location,
    /// How far it has got.
    pub(super) progress: Progress,
}

/// How far a migration tool has got.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// Only a manifest speaks of it.
    Declared,
    /// It has its configuration or an environment, and no revision is in sight.
    SetUp,
    /// There are migrations.
    InUse,
}

/// The migration tool of this file's project.
pub(super) fn migration_tool(project: &Project, file: File<'_>) -> Option<Tool> {
    let roots = manifest_folders(project);
    let root_of = |path: &str| roots.iter().filter(|root| covers(root, path)).max_by_key(|root| root.len());
    let path_of = |tool: &Location| project.sources().file(tool.file).path();
    let tools = project.deployment().migration_tools.iter().copied();
    let own: Vec<Location> = tools.filter(|tool| root_of(path_of(tool)) == root_of(file.path())).collect();
    let is_set_up = own.iter().any(|tool| !is_manifest(path_of(tool)));
    let mut chains = project.migration_chains().iter().filter(|chain| chain.covers(file.path())).peekable();
    let has_none =
        chains.peek().is_some() && chains.all(|chain| chain.revisions.is_empty() && !chain.has_other_locations);
    let progress = match is_set_up {
        false => Progress::Declared,
        true if has_none => Progress::SetUp,
        true => Progress::InUse,
    };
    own.first().map(|&at| Tool { at, progress })
}

fn covers(folder: &str, path: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The folders of the projects of a repository: those with a manifest of their own.
fn manifest_folders(project: &Project) -> BTreeSet<&str> {
    let files = project.sources().iter().map(|(_, file)| file.path());
    files.filter(|path| is_manifest(path)).map(above_requirements).collect()
}

fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "Pipfile" | "pyproject.toml" | "setup.cfg" | "setup.py")
        || name.strip_suffix(".txt").is_some_and(|_| path.contains("requirements"))
}

/// The folder that a manifest speaks for; those in a folder of requirements speak for the one above.
fn above_requirements(path: &str) -> &str {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
    if matches!(name, "requirements" | "deps") { parent } else { folder }
}

/// Whether the project speaks to a database server rather than to a file.
pub(super) fn is_server_database(project: &Project) -> bool {
    const SCHEMES: &[&str] = &["postgres", "mysql", "mariadb", "mssql", "oracle", "cockroachdb"];
    project.reported_files().any(|file| {
        let module = file.module();
        module.expr_ids().any(|expr| match module.expr(expr) {
            Expr::Str(text) => {
                let text = module.text(text);
                text.contains("://") && SCHEMES.iter().any(|scheme| text.starts_with(scheme))
            }
            _ => false,
        })
    })
}
