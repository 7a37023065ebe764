//! How many connections a deployed database takes, and how many processes are started beside it.

use std::collections::BTreeSet;

use backlint_model::{Project, Purpose, Service};
use backlint_source::Location;

/// How many connections a database takes.
pub(super) struct ConnectionLimit {
    pub(super) connections: i64,
    pub(super) at: Location,
}

/// How many processes of a server are started.
pub(super) struct Workers {
    pub(super) count: u32,
    pub(super) at: Location,
}

/// The limit of the deployed database, if there is one.
pub(super) fn connection_limit(project: &Project) -> Option<ConnectionLimit> {
    let services = project.deployment().services.iter();
    let mut limits = services.filter(|service| service.purpose == Purpose::Production).filter_map(limit);
    let first = limits.next()?;
    limits.all(|other| other.connections == first.connections).then_some(first)
}

/// `-c max_connections=100` of `PostgreSQL`, `--max-connections=100` of `MySQL`.
fn limit(service: &Service) -> Option<ConnectionLimit> {
    let is_database =
        ["maria", "mysql", "postg", "timescale", "pgvector"].iter().any(|name| service.image_name().starts_with(name));
    let mut words = service.command.iter().filter(|_| is_database);
    words.find_map(|word| {
        let (name, value) = word.text.split_once('=')?;
        let name = name.trim_start_matches("-c").trim_start_matches('-').replace('-', "_");
        let connections = value.trim().parse().ok().filter(|_| name == "max_connections")?;
        Some(ConnectionLimit { connections, at: Location { file: service.file(), span: word.span } })
    })
}

/// The most workers that the file of the limit starts; if it starts none, as many as all other places agree on.
pub(super) fn workers_beside(project: &Project, limit: &ConnectionLimit) -> Option<Workers> {
    let counted = || {
        let all = project.deployment().workers.iter();
        all.filter_map(|evidence| Some(Workers { count: evidence.count?, at: evidence.at }))
    };
    let beside = counted().filter(|workers| workers.at.file == limit.at.file).max_by_key(|workers| workers.count);
    beside.or_else(|| {
        let counts: BTreeSet<u32> = counted().map(|workers| workers.count).collect();
        counted().next().filter(|_| counts.len() == 1)
    })
}
