//! What the project says of its database: the migration tool it has, and whether it is a server.

use backlint_model::{File, Project};
use backlint_source::Location;
use backlint_syntax::ast::Expr;

/// Where the migration tool of this file's project is declared.
pub(super) fn migration_tool(project: &Project, file: File<'_>) -> Option<Location> {
    let tools = &project.deployment().migration_tools;
    let path = file.path();
    let root = |tool: &Location| root_of(project.sources().file(tool.file).path());
    let covers = |root: &str| root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    tools.iter().filter(|tool| covers(root(tool))).max_by_key(|tool| root(tool).len()).copied()
}

/// The folder of the project that a manifest or migration folder belongs to.
fn root_of(path: &str) -> &str {
    const BELOW_ROOT: &[&str] = &["requirements", "deps", "alembic", "migrations", "versions"];
    let mut folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    loop {
        let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
        if !BELOW_ROOT.contains(&name) {
            return folder;
        }
        folder = parent;
    }
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
