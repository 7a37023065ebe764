//! Database URLs that fall back to a file or to the program's own host.

use std::collections::BTreeSet;

use backlint_model::{EnvironmentRead, Project, Role, words};
use backlint_semantic::fold;
use backlint_source::Location;

use crate::startup_checks::StartupChecks;

/// What a database URL is while nothing sets it.
pub(crate) struct DatabaseDefault {
    pub(crate) read: EnvironmentRead,
    pub(crate) at: Location,
    pub(crate) place: Place,
}

/// Where the default points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file of `SQLite`, with what is known of its path.
    File(String),
    /// The host that the program runs on.
    OwnHost,
}

/// The database URLs that fall back to a file or the own host and that no check refuses.
pub(crate) fn find(project: &Project) -> Vec<DatabaseDefault> {
    let found: Vec<DatabaseDefault> =
        project.environment_reads().into_iter().filter_map(|read| of(project, read)).collect();
    if found.is_empty() {
        return found;
    }
    let mut checks = StartupChecks::default();
    for file in project.files().filter(|file| matches!(file.role(), Role::App | Role::Script)) {
        checks.read(file);
    }
    let mut seen = BTreeSet::new();
    found
        .into_iter()
        .filter(|default| {
            let names = [&default.read.key, &default.read.name].map(|name| words::snake_case(name));
            !checks.refuse(&names, "") && seen.insert((default.read.key.clone(), default.at))
        })
        .collect()
}

fn of(project: &Project, read: EnvironmentRead) -> Option<DatabaseDefault> {
    let default = read.default.filter(|_| !read.is_dev_only)?;
    let file = project.file(default.file).filter(|file| file.role() == Role::App)?;
    if !is_database_name(&read.key) && !is_database_name(&read.name) || file.is_dev_only(default.expr) {
        return None;
    }
    let folded = fold(file.module(), file.index(), default.expr).pattern();
    let url = folded.or_else(|| project.string(default.file, default.expr))?;
    Some(DatabaseDefault { place: place(&url)?, at: file.at_expr(default.expr), read })
}

/// `DATABASE_URL`, `SQLALCHEMY_DATABASE_URI`, `db_dsn`; not those of tests, caches and brokers.
fn is_database_name(name: &str) -> bool {
    let snake = words::snake_case(name);
    let is_url = ["url", "uri", "dsn"].iter().any(|end| snake.ends_with(end));
    let is_database = ["database", "db", "sqlalchemy", "postgres", "postgresql", "mysql"];
    is_url && is_database.iter().any(|word| words::has_word(&snake, word)) && !words::is_dev_identifier(&snake)
}

fn place(url: &str) -> Option<Place> {
    if let Some((scheme, path)) = url.split_once("://").filter(|(scheme, _)| scheme.starts_with("sqlite")) {
        // One in memory is for tests.
        let is_memory = path.is_empty() || path.contains(":memory:");
        return (!is_memory && !scheme.is_empty()).then(|| Place::File(path.to_owned()));
    }
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    matches!(host, "localhost" | "127.0.0.1" | "[").then_some(Place::OwnHost)
}
